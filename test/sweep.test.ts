import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rehearse } from '../src/sim/rehearse.ts';
import type { ShellCall } from '../src/sim/shell.ts';
import { sweepFaults } from '../src/sim/sweep.ts';
import { withHandlers } from './plant.ts';
import { proxroll } from './sim/rehearsed-agent.ts';
import { commandFor, failureText, placesOf, readSwept, sampleOf, strikeAt, sweptNames } from './swept.ts';
import type { SweepPlace } from './swept.ts';

const three = await placesOf(readSwept('settled-three-nodes'));

test('a sweep must have every fault at every call or write', () => {
  for (const { title } of sweepFaults) {
    const counts = three.filter(({ fault }) => fault.title === title).map(({ count }) => count);
    assert.ok(counts.length > 50, title);
    assert.deepEqual(
      counts,
      counts.map((_count, index) => index + 1),
    );
  }
});

test('every scenario must be swept', () => {
  const names = sweptNames();
  assert.ok(names.length > 60);
  for (const name of names) assert.equal(readSwept(name).name, name);
});

test('a sample must be the same every time, from all over the places', () => {
  const sample = sampleOf(three, 9, 1);
  assert.deepEqual(sample, sampleOf(three, 9, 1));
  assert.notDeepEqual(sample, sampleOf(three, 9, 2));
  assert.ok(new Set(sample.map(({ fault }) => fault.title)).size >= 7);
});

for (const place of sampleOf(three, 9, 1))
  test(`three nodes must be patched whatever happens: ${place.fault.title} at ${place.count}`, async () => {
    const result = await strikeAt(place);
    assert.deepEqual(result.wrong, [], failureText(place, result));
  });

/** The place at which a fault strikes the order of the first reboot. */
async function atTheReboot(title: string): Promise<SweepPlace> {
  let seen = 0;
  let ordered = 0;
  const before = ({ commands }: ShellCall): undefined => {
    seen++;
    if (ordered === 0 && commands.some(({ argv }) => argv.join(' ').endsWith('systemctl reboot'))) ordered = seen;
  };
  await rehearse(readSwept('settled-three-nodes').scenario, proxroll, { hooks: [() => ({ before })] });
  const place = three.find(({ fault, count }) => fault.title === title && count === ordered);
  assert.ok(place);
  return place;
}

test('a bug that only shows after a death must be found, with one command that repeats it', async () => {
  const place = await atTheReboot('killed before, back later');
  const result = await withHandlers(
    (real) => ({ reboot: { ...real.reboot, satisfied: () => Promise.resolve({ yes: true }) } }),
    () => strikeAt(place),
  );
  assert.match(result.wrong.join('\n'), /^invariant 8 .* pve3 is called patched/m);
  const text = failureText(place, result);
  assert.match(text, /^settled-three-nodes: killed before, back later at call \d+$/m);
  assert.ok(text.endsWith(`  again: ${commandFor(place)}`));
  assert.match(commandFor(place), /^npm run sweep -- settled-three-nodes --fault 'killed before, back later' --at \d+$/);
});
