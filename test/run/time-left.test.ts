import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../src/model/event.ts';
import { fold, type RunState } from '../../src/run/state.ts';
import { expectedParts } from '../../src/run/time-left.ts';
import { worlds } from '../../src/sim/worlds.ts';
import { simulatedRun } from '../report/simulated-run.ts';

const entries = await simulatedRun({ world: worlds['three-nodes'] ?? { nodes: {} }, ownNode: 'pve1' });

/** The run with what a step of pve2 took changed to this many minutes. */
function withStep(step: 'upgrade' | 'reboot' | 'drain', minutes: number): RunState {
  const changed = entries.map((entry): Entry =>
    entry.event.type === 'step.done' && entry.event.step === `pve/pve2/${step}`
      ? { ...entry, event: { ...entry.event, tookMs: minutes * 60_000 } }
      : entry,
  );
  const state = fold(changed);
  assert.ok(state !== undefined);
  return state;
}

const begun = fold(
  entries.slice(
    0,
    entries.findIndex(({ event }) => event.type === 'step.started' && event.step.endsWith('/drain')),
  ),
);
const minutes = (what: RegExp, earlier: readonly RunState[]) => {
  assert.ok(begun !== undefined);
  const part = expectedParts(begun, 'pve2', earlier).find((one) => what.test(one.what));
  return part === undefined ? undefined : Math.round(part.ms / 60_000);
};

test('a node that was never patched must be given half an hour', () => {
  assert.ok(begun !== undefined);
  assert.deepEqual(expectedParts(begun, 'pve2', []), [{ what: 'a first turn', ms: 30 * 60_000 }]);
});

test('a server that boots slowly must be given what 95 of 100 of its boots took, not what other servers take', () => {
  const slow = Array.from({ length: 20 }, (_, at) => withStep('reboot', at === 0 ? 90 : 30));
  const boot = minutes(/^boot$/, slow) ?? 0;
  assert.ok(boot >= 33 && boot < 60, `${boot} min`);
});

test('one slow upgrade must not be the measure of all others', () => {
  assert.equal(minutes(/^apt$/, [withStep('upgrade', 10), withStep('upgrade', 10), withStep('upgrade', 10)]), 10);
});

test('moving guests must be told by the memory that has to move', () => {
  const parts = begun === undefined ? [] : expectedParts(begun, 'pve2', [withStep('drain', 8), withStep('drain', 8), withStep('drain', 8)]);
  const moving = parts.find(({ what }) => /^moving \d+ GiB of guests$/.test(what));
  assert.ok(moving !== undefined, parts.map(({ what }) => what).join());
  assert.ok(moving.ms >= 8 * 60_000, `${moving.ms}`);
});
