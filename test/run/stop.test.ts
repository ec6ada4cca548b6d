import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { rehearse } from '../../src/sim/rehearse.ts';
import { readScenario } from '../../src/sim/scenario.ts';
import { proxroll } from '../sim/rehearsed-agent.ts';

const unit = readFileSync(new URL('../../systemd/proxroll.service', import.meta.url), 'utf8');
const allowedMs = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1] ?? '0') * 1000;

const scenario = readScenario(
  readFileSync(new URL('../scenarios/ha-guests-follow-maintenance/scenario.yaml', import.meta.url), 'utf8'),
  'ha-guests-follow-maintenance.yaml',
);

/** @returns how long the process went on after it was told to end at this call, in milliseconds, and how it ended */
async function stoppedAt(call: number, hung?: string): Promise<{ readonly ms: number; readonly end: string } | undefined> {
  let toldMs: number | undefined;
  let elapsed = () => 0;
  let ended: { ms: number; end: string } | undefined;
  let calls = 0;
  await rehearse(
    scenario,
    async (ports, life) => {
      elapsed = () => ports.clock.elapsed();
      const ending = await proxroll(ports, life);
      if (toldMs !== undefined) ended ??= { ms: elapsed() - toldMs, end: ending.kind === 'paused' ? (ending.code ?? '') : ending.kind };
      return ending;
    },
    {
      hooks: [
        ({ person, world }) => ({
          before: () => {
            if (++calls !== call) return undefined;
            toldMs = elapsed();
            if (hung !== undefined) world.node(hung).hung = true;
            person({ kind: 'terminates' });
            return undefined;
          },
        }),
      ],
    },
  );
  return ended;
}

for (const [what, hung, stride] of [
  ['whatever the run is doing', undefined, 13],
  ['even when a node hangs at that moment', 'pve2', 7],
] as const)
  test(`systemctl stop must be heard within TimeoutStopSec, ${what}`, async () => {
    const slow: string[] = [];
    let heard = 0;
    for (let call = 5; ; call += stride) {
      const stopped = await stoppedAt(call, hung);
      if (stopped === undefined) break;
      heard += 1;
      if (stopped.ms > allowedMs * 0.9 || !['asked', 'leaving', 'finished', 'blocked'].includes(stopped.end))
        slow.push(`call ${call}: ${stopped.end} after ${stopped.ms / 1000} s`);
    }
    assert.deepEqual(slow, []);
    assert.ok(heard > 10, `${heard}`);
  });
