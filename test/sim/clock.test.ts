import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../src/sim/random.ts';
import { SimDisk } from '../../src/sim/store.ts';
import { Stuck, VirtualClock } from '../../src/sim/virtual-clock.ts';

test('an hour must pass in no time', async () => {
  const clock = new VirtualClock();
  await clock.drive(clock.sleep(3_600_000));
  assert.equal(clock.elapsed(), 3_600_000);
});

test('what is due at the same moment must happen in the order in which it was asked for', async () => {
  const clock = new VirtualClock();
  const order: number[] = [];
  for (const at of [3, 1, 2, 1]) clock.after(at, () => order.push(at * 10 + order.length));
  await clock.pass(5);
  assert.deepEqual(order, [10, 11, 22, 33]);
});

test('a promise that nothing will ever wake must be reported, not waited for', async () => {
  const clock = new VirtualClock();
  await assert.rejects(clock.drive(new Promise(() => undefined)), Stuck);
});

test('a promise that takes longer than it may must be reported', async () => {
  const clock = new VirtualClock();
  await assert.rejects(clock.drive(clock.sleep(10_000), 5_000), Stuck);
});

test('what was called off must not happen, and must not count as waiting', async () => {
  const clock = new VirtualClock();
  const cancel = clock.after(5, () => assert.fail('it happened'));
  cancel();
  assert.equal(clock.waiting, 0);
  await clock.pass(10);
});

test('an aborted sleep must be over at once and leave no timer behind', async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const slept = clock.sleep(60_000, stop.signal);
  stop.abort();
  await slept;
  assert.deepEqual([clock.elapsed(), clock.waiting], [0, 0]);
});

test('the hook must see the world at rest after every event', async () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  clock.onIdle = () => seen.push(clock.elapsed());
  clock.after(1, () => undefined);
  await clock.pass(2);
  assert.deepEqual(seen, [0, 1, 2]);
});

test('one seed must give the same draws on every run, and one stream must not disturb another', () => {
  const drawn = (extra: boolean): number[] => {
    const random = new SeededRandom(7);
    if (extra) random.stream('latencies').next();
    return [random.stream('faults').next(), random.stream('faults').next()];
  };
  assert.deepEqual(drawn(false), drawn(true));
  assert.notDeepEqual(drawn(false), [new SeededRandom(8).stream('faults').next(), 0]);
});

test('seed 0 must leave every duration nominal and every list in its order', () => {
  const stream = new SeededRandom(0).stream('calls');
  assert.equal(stream.around(60), 60);
  assert.deepEqual(stream.shuffled([1, 2, 3]), [1, 2, 3]);
});

test('a process that is killed while it appends must leave a torn line and a free lock', async () => {
  const clock = new VirtualClock();
  const disk = new SimDisk(clock);
  const first = disk.open();
  await clock.drive(first.append('runs/a/journal.jsonl', 'one\n'));
  assert.notEqual(await first.lock('run'), 'busy');
  void first.append('runs/a/journal.jsonl', 'two is never whole\n');
  first.kill();
  const second = disk.open();
  assert.equal(await second.read('runs/a/journal.jsonl'), 'one\ntwo is ne');
  assert.notEqual(await second.lock('run'), 'busy');
  assert.deepEqual(await second.list('runs'), ['a']);
});

test('a lock that lives must be busy for others', async () => {
  const disk = new SimDisk(new VirtualClock());
  const lock = await disk.open().lock('run');
  assert.equal(await disk.open().lock('run'), 'busy');
  if (lock !== 'busy') await lock.release();
  assert.notEqual(await disk.open().lock('run'), 'busy');
});

test('a full disk must refuse the write and keep what is there', async () => {
  const clock = new VirtualClock();
  const disk = new SimDisk(clock);
  const store = disk.open();
  await clock.drive(store.write('a', 'old'));
  disk.freeBytes = 0;
  await assert.rejects(store.write('a', 'new'), { name: 'StoreFull' });
  assert.equal(await store.read('a'), 'old');
});
