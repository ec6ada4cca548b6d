import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { systemRandom } from '../../src/adapters/system-random.ts';

const clock = systemClock();

test('a sleep takes its time, and elapsed time never runs back', async () => {
  const before = clock.elapsed();
  await clock.sleep(30);
  assert.ok(clock.elapsed() - before >= 29);
  assert.ok(Math.abs(clock.now() - Date.now()) < 1000);
});

test('a sleep that is no longer wanted is over at once, without an error', async () => {
  const before = clock.elapsed();
  const stop = new AbortController();
  const asleep = clock.sleep(60_000, stop.signal);
  stop.abort();
  await asleep;
  await clock.sleep(60_000, stop.signal);
  assert.ok(clock.elapsed() - before < 5_000);
});

test('a sleep longer than a timer can be does not end at once', async () => {
  const stop = new AbortController();
  let over = false;
  const asleep = clock.sleep(2 ** 33, stop.signal).then(() => (over = true));
  await clock.sleep(20);
  assert.equal(over, false);
  stop.abort();
  await asleep;
});

test('random names have the length asked for and differ', () => {
  const random = systemRandom();
  assert.match(random.hex(8), /^[0-9a-f]{16}$/);
  assert.notEqual(random.hex(8), random.hex(8));
});
