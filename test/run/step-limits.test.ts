import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../../src/config/schema.ts';
import type { StepKind } from '../../src/model/step.ts';
import { stepLimits } from '../../src/run/step-limits.ts';
import { pveHandlers } from '../../src/stages/pve/steps/index.ts';

const kinds = Object.keys(pveHandlers) as StepKind[];

test('every step must have a deadline and be begun at least once', () => {
  for (const kind of kinds) {
    const { deadlineMs, attempts } = stepLimits(kind, configSchema.parse({}));
    assert.ok(deadlineMs >= 60_000 && attempts >= 1, kind);
  }
});

test('a step that its node may be silent in must be a reboot, or only look or set from the own node', () => {
  const heard = kinds.filter((kind) => stepLimits(kind, configSchema.parse({})).silenceMs !== undefined);
  assert.deepEqual(heard.sort(), ['clean-up', 'drain', 'fetch', 'refresh', 'return', 'upgrade']);
});

const raised: readonly [config: object, kind: StepKind, deadlineMin: number, attempts: number][] = [
  [{ deadlines: { reboot: 60 } }, 'reboot', 60, 3],
  [{ deadlines: { upgrade: 240 }, attempts: { upgrade: 5 } }, 'upgrade', 240, 5],
  [{ deadlines: { drain: 300, guest: 60 } }, 'drain', 360, 3],
  [{ attempts: { other: 1 } }, 'maintenance-on', 10, 1],
  [{ attempts: { refresh: 7 } }, 'refresh', 10, 7],
  [{ attempts: { fetch: 7 } }, 'fetch', 60, 7],
];
for (const [config, kind, deadlineMin, attempts] of raised)
  test(`${JSON.stringify(config)} must be what ${kind} goes by`, () => {
    const limits = stepLimits(kind, configSchema.parse(config));
    assert.deepEqual([limits.deadlineMs, limits.attempts], [deadlineMin * 60_000, attempts]);
  });
