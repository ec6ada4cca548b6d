import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Journal, journalPath } from '../../src/run/journal.ts';
import { dropStaleMarker, findUnfinished, forgetOldRuns, listRuns, markUnfinished, readEarlier } from '../../src/run/runs.ts';
import { SimDisk } from '../../src/sim/store.ts';
import { VirtualClock } from '../../src/sim/virtual-clock.ts';

async function onDisk(work: (disk: SimDisk, clock: VirtualClock) => Promise<void>): Promise<SimDisk> {
  const clock = new VirtualClock();
  const disk = new SimDisk(clock);
  await clock.drive(work(disk, clock));
  return disk;
}

async function begin(disk: SimDisk, clock: VirtualClock, run: string, over: boolean): Promise<void> {
  const journal = await Journal.begin(disk.open(), clock, {
    type: 'run.began',
    run,
    node: 'pve1',
    bootId: 'b',
    version: '0',
    cluster: 'c',
    only: [],
  });
  if (over) await journal.record({ type: 'run.finished', patched: [], left: [] });
  await clock.sleep(1000);
}

test('runs of one minute must be listed in the order they began, whatever their names end with', async () => {
  const names = ['20260301-0400-ffff', '20260301-0400-0000', '20260301-0400-aaaa', '20260301-0359-9999'];
  await onDisk(async (disk, clock) => {
    for (const run of names) await begin(disk, clock, run, true);
    assert.deepEqual(await listRuns(disk.open()), ['20260301-0359-9999', '20260301-0400-ffff', '20260301-0400-0000', '20260301-0400-aaaa']);
  });
});

test('a run that is not over must be found, even behind a later one that is', async () => {
  await onDisk(async (disk, clock) => {
    await begin(disk, clock, '20260301-0400-bbbb', false);
    await begin(disk, clock, '20260301-0400-aaaa', true);
    assert.equal((await findUnfinished(disk.open()))?.run, '20260301-0400-bbbb');
  });
});

test('a run whose first line was torn never began and must not be listed', async () => {
  await onDisk(async (disk) => {
    disk.files.set(journalPath('20260301-0400-cccc'), '{"v":1,"se');
    assert.deepEqual(await listRuns(disk.open()), []);
    assert.equal(await findUnfinished(disk.open()), undefined);
  });
});

test('only runs that are over must be forgotten, the oldest first', async () => {
  await onDisk(async (disk, clock) => {
    await begin(disk, clock, '20260301-0400-aaaa', false);
    await begin(disk, clock, '20260301-0401-aaaa', true);
    await begin(disk, clock, '20260301-0402-aaaa', true);
    await forgetOldRuns(disk.open(), { keep: 1, beforeMs: 0 });
    assert.deepEqual(await listRuns(disk.open()), ['20260301-0400-aaaa', '20260301-0402-aaaa']);
  });
});

test('runs must be forgotten by their age too, but never the newest', async () => {
  await onDisk(async (disk, clock) => {
    await begin(disk, clock, '20260301-0400-aaaa', true);
    const secondAtMs = clock.now();
    await begin(disk, clock, '20260301-0401-aaaa', true);
    await begin(disk, clock, '20260301-0402-aaaa', true);
    await forgetOldRuns(disk.open(), { keep: 100, beforeMs: secondAtMs });
    assert.deepEqual(await listRuns(disk.open()), ['20260301-0401-aaaa', '20260301-0402-aaaa']);
    await forgetOldRuns(disk.open(), { keep: 100, beforeMs: clock.now() + 86_400_000 });
    assert.deepEqual(await listRuns(disk.open()), ['20260301-0402-aaaa']);
  });
});

test('what tells what is usual must be the runs before, not the run itself nor later ones', async () => {
  await onDisk(async (disk, clock) => {
    for (const minute of [0, 1, 2]) await begin(disk, clock, `20260301-040${minute}-aaaa`, true);
    const earlier = async (run: string) => (await readEarlier(disk.open(), run)).map((state) => state.run);
    assert.deepEqual(await earlier('20260301-0401-aaaa'), ['20260301-0400-aaaa']);
    assert.deepEqual(await earlier('20260301-0400-aaaa'), []);
  });
});

for (const [over, kept] of [
  [true, false],
  [false, true],
] as const)
  test(`a marker of a run that ${over ? 'has ended is no consent to another, and goes' : 'goes on must stay'}`, async () => {
    const disk = await onDisk(async (disk, clock) => {
      await begin(disk, clock, '20260301-0400-aaaa', over);
      await markUnfinished(disk.open(), '20260301-0400-aaaa');
      assert.equal((await dropStaleMarker(disk.open()))?.run, over ? '20260301-0400-aaaa' : undefined);
    });
    assert.equal(disk.files.has('unfinished'), kept);
  });
