import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeReport, type Written } from '../../src/cli/written-report.ts';
import { Journal } from '../../src/run/journal.ts';
import { SimDisk } from '../../src/sim/store.ts';
import { VirtualClock } from '../../src/sim/virtual-clock.ts';
import { began, untilPaused } from '../report/a-run.ts';

const run = '20261122-0400-3fa9';

async function writtenOn(prepare: (disk: SimDisk) => void): Promise<{ readonly disk: SimDisk; readonly written: Written }> {
  const clock = new VirtualClock();
  const disk = new SimDisk(clock);
  const work = async () => {
    const [, first] = began;
    if (first.type !== 'run.began') throw new Error('a story begins with run.began');
    const journal = await Journal.begin(disk.open(), clock, first);
    for (const [, event] of untilPaused.slice(1)) await journal.record(event);
    prepare(disk);
    return writeReport(disk.open(), run, (text) => text.replaceAll('pve3', '[secret]'));
  };
  return { disk, written: await clock.drive(work()) };
}

test('the report must lie in the folder of the run as text, data and page, without a secret', async () => {
  const { disk, written } = await writtenOn(() => undefined);
  assert.deepEqual(written, { kind: 'written', path: `runs/${run}/report.html` });
  const texts = ['txt', 'json', 'html'].map((kind) => disk.files.get(`runs/${run}/report.${kind}`) ?? '');
  assert.match(texts[0] ?? '', /^homelab: Paused: pve2 has not rejoined the cluster/);
  assert.equal((JSON.parse(texts[1] ?? '') as { phase: string }).phase, 'paused');
  assert.match(texts[2] ?? '', /^<!doctype html>/);
  for (const text of texts) assert.doesNotMatch(text, /pve3/);
});

test('a report that cannot be written must change nothing about the run, and be told', async () => {
  const { written } = await writtenOn((disk) => (disk.freeBytes = 0));
  assert.equal(written.kind, 'failed');
});
