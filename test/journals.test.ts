import assert from 'node:assert/strict';
import { test } from 'node:test';
import { troubleOf } from '../src/cli/errors.ts';
import { Exit } from '../src/cli/exit-codes.ts';
import { loanReturnText } from '../src/model/loan.ts';
import { journalPath, parseJournal } from '../src/run/journal.ts';
import { isOver } from '../src/run/state.ts';
import { play, readFixtures, startOn } from './journal-fixtures.ts';

const fixtures = readFixtures();
const unfinished = fixtures.filter(({ state }) => !isOver(state));

test('there must be journals of runs that ended, that paused, and that were cut off in every step that lasts', () => {
  const phases = new Set(fixtures.map(({ state }) => state.phase));
  assert.deepEqual([...phases].sort(), ['abandoned', 'finished', 'paused', 'running']);
  const inFlight = new Set(
    fixtures.flatMap(({ state }) => [...state.steps.values()].flatMap(({ step, status }) => (status === 'in-flight' ? [step.kind] : []))),
  );
  for (const kind of ['fetch', 'drain', 'upgrade', 'reboot', 'rejoin', 'return'] as const) assert.ok(inFlight.has(kind), kind);
  const torn = fixtures.filter(({ text }) => !text.endsWith('\n'));
  assert.ok(torn.length > 0);
  const loans = new Set(fixtures.flatMap(({ state }) => state.loans.map(({ kind }) => kind)));
  assert.deepEqual([...loans].sort(), ['guard', 'guest-moved', 'guest-stopped', 'ha-maintenance', 'noout']);
});

for (const { title, scenario, text, run } of unfinished)
  test(`${title}: this journal must be taken up again, and its run end as its scenario expects`, async () => {
    const { lives } = await play(scenario);
    const { rehearsal, journals } = await play(scenario, { life: lives, run, text });
    // Today's process told lines of its own before the old journal took their place.
    assert.deepEqual(
      rehearsal.problems.filter((text) => !/was told and is not in the journal on the disk$/.test(text)),
      [],
    );
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const now = journals.get(run) ?? '';
    assert.equal(now.slice(0, whole.length), whole, 'what the old release wrote must stay');
    assert.ok(now.length > whole.length, 'and today’s must go on behind it');
  });

for (const { title, text, run } of fixtures.filter(({ state }) => isOver(state)))
  test(`${title}: a run that is over must be left as it is, and the next one begin`, async () => {
    const { rehearsal, files } = await startOn(run, text);
    assert.deepEqual([rehearsal.ending.kind, rehearsal.problems], ['finished', []]);
    assert.equal(files.get(journalPath(run)), text);
  });

/** What may have become of a journal, and what whoever starts is told. */
const damages: readonly [what: string, damage: (lines: string[]) => string[], says: RegExp][] = [
  [
    'written by a later release',
    (lines) => [...lines, '{"v":2,"seq":0,"at":0,"before":"","event":{}}'],
    /has version 2.*resume it with the release that wrote it/,
  ],
  [
    'with a line changed',
    (lines) => lines.map((line, at) => (at === 2 ? line.replace('"at":1', '"at":2') : line)),
    /does not follow the line before it/,
  ],
  ['with a line missing', (lines) => lines.filter((_line, at) => at !== 3), /line 4 does not follow the line before it/],
  ['with rubbish in the middle', (lines) => lines.map((line, at) => (at === 4 ? line.slice(0, 20) : line)), /line 5 is not JSON/],
];
const [example] = unfinished.filter(({ state }) => state.loans.length > 0);
for (const [what, damage, says] of damages)
  test(`a journal ${what} must be refused before anything is touched, with the way out`, async () => {
    assert.ok(example !== undefined);
    const text = `${damage(example.text.trimEnd().split('\n')).join('\n')}\n`;
    const { rehearsal, files } = await startOn(example.run, text);
    assert.equal(rehearsal.ending.kind, 'failed');
    assert.match('why' in rehearsal.ending ? rehearsal.ending.why : '', says);
    assert.deepEqual([rehearsal.calls, files.get(journalPath(example.run))], [0, text]);
    const told = troubleOf(damaged(example.run, text));
    for (const loan of example.state.loans)
      if (text.startsWith(example.text.trimEnd())) assert.ok(told.next.includes(loanReturnText(loan)));
    assert.match(told.next, new RegExp(`runs/${example.run}`));
    assert.equal(told.exit, Exit.blocked);
  });

const strangers: readonly [what: string, change: (event: Record<string, unknown>) => object, says: RegExp][] = [
  ['an event', () => ({ type: 'cluster.upgraded', node: 'pve2' }), /nothing is known of an event cluster\.upgraded/],
  [
    'a step',
    (event) => ({ ...event, steps: [{ id: 'pve/pve2/transmute', kind: 'transmute', node: 'pve2', why: '' }] }),
    /plans pve\/pve2\/transmute, and this proxroll knows no step transmute; resume it with release 0\.1\.0/,
  ],
];
for (const [what, change, says] of strangers)
  test(`a sound journal with ${what} that only a later release knows must be refused before anything is touched`, async () => {
    const planned = example?.text.split('\n').findIndex((line) => line.includes('"steps.planned"')) ?? -1;
    assert.ok(example !== undefined && planned > 0);
    const { rehearsal } = await startOn(example.run, rewritten(example.text, planned, change));
    assert.equal(rehearsal.ending.kind, 'failed');
    assert.match('why' in rehearsal.ending ? rehearsal.ending.why : '', says);
    assert.equal(rehearsal.calls, 0);
  });

/** The lines up to this one, its event changed and its seal right. */
function rewritten(text: string, at: number, change: (event: Record<string, unknown>) => object): string {
  const lines = text.split('\n').slice(0, at + 1);
  const line = JSON.parse(lines[at] ?? '') as { event: Record<string, unknown> };
  lines[at] = JSON.stringify({ ...line, event: change(line.event) });
  return `${lines.join('\n')}\n`;
}

function damaged(run: string, text: string): unknown {
  try {
    parseJournal(run, text);
    return undefined;
  } catch (error) {
    return error;
  }
}
