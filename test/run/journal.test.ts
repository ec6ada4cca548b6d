import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunEvent } from '../../src/model/event.ts';
import { Journal, JournalDamaged, journalPath, parseJournal } from '../../src/run/journal.ts';
import { SimDisk } from '../../src/sim/store.ts';
import { VirtualClock } from '../../src/sim/virtual-clock.ts';

const run = '20260301-0400-0a84';
const began: RunEvent & { type: 'run.began' } = {
  type: 'run.began',
  run,
  node: 'pve1',
  bootId: 'b1',
  version: '0.1.0',
  cluster: 'prod',
  only: [],
};
const warned = (what: string): RunEvent => ({ type: 'warned', subject: 'pve1', what, next: '' });

async function written(events: readonly RunEvent[]): Promise<string> {
  const clock = new VirtualClock();
  const disk = new SimDisk(clock);
  const write = async () => {
    const journal = await Journal.begin(disk.open(), clock, began);
    await Promise.all(events.map((event) => journal.record(event)));
  };
  await clock.drive(write());
  return disk.files.get(journalPath(run)) ?? '';
}

test('events recorded side by side must form one chain in the order they were recorded', async () => {
  const { entries, state } = parseJournal(run, await written([warned('a'), warned('b'), warned('c')]));
  assert.deepEqual(
    entries.map((entry) => entry.seq),
    [0, 1, 2, 3],
  );
  assert.deepEqual(
    state.warnings.map((warning) => warning.what),
    ['a', 'b', 'c'],
  );
});

test('a last line that was torn must be dropped, wherever it was torn', async () => {
  const text = await written([warned('a'), warned('b')]);
  const whole = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1);
  for (let end = whole.length; end < text.length; end += 1) {
    const { entries, tornBytes } = parseJournal(run, text.slice(0, end));
    assert.equal(entries.length, 2);
    assert.equal(tornBytes, end - whole.length);
  }
});

const damages: readonly [what: string, damage: (lines: string[]) => string[], says: RegExp][] = [
  [
    'a changed line',
    (lines) => lines.map((line, at) => (at === 1 ? line.replace('"a"', '"x"') : line)),
    /line 3 does not follow the line before it/,
  ],
  ['a missing line', (lines) => lines.filter((_, at) => at !== 1), /line 2 does not follow the line before it/],
  ['swapped lines', ([first = '', second = '', ...rest]) => [second, first, ...rest], /line 1 does not follow the line before it/],
  ['a line that is not JSON', (lines) => lines.map((line, at) => (at === 1 ? 'hello' : line)), /line 2 is not JSON/],
  [
    'a line of another version',
    (lines) => lines.map((line, at) => (at === 1 ? line.replace('"v":1', '"v":2') : line)),
    /line 2 has version 2, this proxroll reads version 1/,
  ],
  ['no beginning', () => [], /it has no beginning/],
];
for (const [what, damage, says] of damages)
  test(`a journal with ${what} must be refused, naming run and line`, async () => {
    const lines = (await written([warned('a'), warned('b')])).trimEnd().split('\n');
    const text = damage(lines)
      .map((line) => `${line}\n`)
      .join('');
    assert.throws(
      () => parseJournal(run, text),
      (error) => error instanceof JournalDamaged && error.run === run && says.test(error.detail),
    );
  });

test('a journal taken up after a torn line must go on as if that line had never been', async () => {
  const text = await written([warned('a')]);
  const clock = new VirtualClock();
  const disk = new SimDisk(clock);
  disk.files.set(journalPath(run), `${text}{"v":1,"se`);
  await clock.drive(
    (async () => {
      const journal = await Journal.open(disk.open(), clock, run);
      await journal.record(warned('b'));
    })(),
  );
  const { state } = parseJournal(run, disk.files.get(journalPath(run)) ?? '');
  assert.deepEqual(
    state.warnings.map((warning) => warning.what),
    ['a', 'b'],
  );
});

test('an event that could not be made durable must not be in the state', async () => {
  const clock = new VirtualClock();
  const disk = new SimDisk(clock);
  await clock.drive(
    (async () => {
      const journal = await Journal.begin(disk.open(), clock, began);
      disk.freeBytes = 0;
      await assert.rejects(journal.record(warned('lost')), { name: 'StoreFull' });
      assert.deepEqual(journal.state.warnings, []);
      disk.freeBytes = Number.POSITIVE_INFINITY;
      await journal.record(warned('kept'));
    })(),
  );
  const { state } = parseJournal(run, disk.files.get(journalPath(run)) ?? '');
  assert.deepEqual(
    state.warnings.map((warning) => warning.what),
    ['kept'],
  );
});
