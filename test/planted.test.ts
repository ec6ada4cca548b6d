import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invariants } from '../src/sim/invariants.ts';
import { plant, unproved } from './plant.ts';
import { plantedBugs } from './planted-bugs.ts';

for (const bug of plantedBugs)
  test(`invariant ${bug.invariant} must catch it when ${bug.bug}`, async () => {
    const { by, said, log } = await plant(bug);
    assert.ok(by, `it said ${said.join('; ') || 'nothing'}\n${log.join('\n')}\nagain: npm run planted -- ${bug.invariant}`);
    assert.deepEqual((await plant(bug, true)).said, [], 'without the bug nothing may be broken');
  });

test('every invariant must have a planted bug that proves it can fail', () => {
  assert.deepEqual(unproved(plantedBugs), []);
  assert.deepEqual(unproved([]).length, invariants.length);
});
