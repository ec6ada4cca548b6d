import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rehearse } from '../../src/sim/rehearse.ts';
import { proxroll } from '../sim/rehearsed-agent.ts';
import { readSwept } from '../swept.ts';

test('a node that is not whole for long must be looked at closely for a minute, and then with a breath between two looks', async () => {
  const waits: number[][] = [];
  await rehearse(readSwept('node-returns-with-a-silent-lrm').scenario, proxroll, {
    hooks: [
      ({ world }) => ({
        before: ({ commands }) => {
          if (commands[0]?.argv.slice(0, 2).join(' ') !== 'systemctl is-active') return undefined;
          const atMs = world.timers.now();
          const last = waits.at(-1);
          if (last === undefined || atMs - (last.at(-1) ?? 0) > 60_000) waits.push([atMs]);
          else last.push(atMs);
          return undefined;
        },
      }),
    ],
  });
  const looksMs = waits.reduce((longest, wait) => (wait.length > longest.length ? wait : longest), []);
  const close = looksMs.filter((atMs) => atMs - (looksMs[0] ?? 0) < 60_000).length;
  assert.ok(close >= 25, `${close} looks in the first minute`);
  // The last one comes at the deadline.
  const patient = looksMs.slice(close + 1, -1).map((atMs, index) => atMs - (looksMs[close + index] ?? 0));
  assert.ok(patient.length > 100, `${patient.length} looks later`);
  for (const gapMs of patient) assert.ok(gapMs >= 5000 && gapMs < 9000, `${gapMs} ms between two looks`);
});
