import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuestFacts } from '../../src/model/guest.ts';
import { afterTexts, remarkTexts } from '../../src/model/guests-after.ts';
import type { Plan, PlannedMove } from '../../src/model/plan.ts';
import { known } from '../../src/model/reading.ts';
import { reportPage } from '../../src/report/page/page.ts';
import { reportText } from '../../src/report/report-text.ts';
import { runReport } from '../../src/report/run-report.ts';
import { notAsPlanned } from '../../src/run/after.ts';
import type { GuestTrip, RunState } from '../../src/run/state.ts';
import { guest } from '../builders.ts';
import { entriesOf, track, untilFinished } from '../report/a-run.ts';

const title = 'vm 101';
const move: PlannedMove = { vmid: 101, title, from: 'pve1', to: 'pve2', bytes: 0 };
const plan: Plan = {
  takenAtMs: 0,
  tracks: [track('pve1', { guests: [{ vmid: 101, title, way: 'live-migration' }], out: [move], back: [] })],
  left: [],
  moves: { kind: 'planned', movedBytes: 0, boundBytes: 0, without: { movedBytes: 0, stranded: [] }, spare: [] },
};
const trip = (from: string, to: string, end: GuestTrip['end']): GuestTrip => ({
  ...{ vmid: 101, kind: 'qemu', title, from, to, startedAtMs: 0, attempt: 1, how: 'live-migration', end },
});
type Told = Pick<RunState, 'plan' | 'guests' | 'warnings' | 'loans'>;
const told = (differs: Partial<Told> = {}): Told => ({ plan, guests: [], warnings: [], loans: [], ...differs });
const on = (node: string, differs: Partial<GuestFacts> = {}): GuestFacts => guest(101, { node, ...differs });
const warned = { atMs: 0, subject: title, what: 'stays on pve2: pve1: it is on hold', next: '' };
const managed = { ha: { requested: 'started', crmState: 'started' } };

const cases: readonly (readonly [
  obligation: string,
  state: Told,
  guest: GuestFacts | undefined,
  returns: boolean,
  why: string | undefined,
])[] = [
  ['a guest that is at home is as planned', told(), on('pve1'), true, undefined],
  ['a guest that stayed where its plan sent it is as planned', told(), on('pve2'), false, undefined],
  ['a guest that did not get home tells why', told({ warnings: [warned] }), on('pve2'), true, 'pve1: it is on hold'],
  [
    'a guest that would not go tells where to',
    told({ guests: [trip('pve1', 'pve2', 'stayed')] }),
    on('pve1'),
    false,
    'it would not go to pve2',
  ],
  [
    'a guest that was sent elsewhere tells that its planned node could not take it',
    told({ guests: [trip('pve1', 'pve3', 'arrived')] }),
    on('pve3'),
    false,
    'pve2 could not take it when it left',
  ],
  ['a guest of the HA manager is where that has it', told(), on('pve3', managed), true, 'the HA manager has it there'],
  ['a guest that nobody of us moved was moved by somebody', told(), on('pve3'), true, 'somebody else moved it'],
  ['a guest that was removed is gone', told(), undefined, true, 'somebody removed it during the run'],
  [
    'a guest that is down at home is told',
    told(),
    on('pve1', { status: known({ kind: 'stopped' }) }),
    true,
    'it does not run: somebody stopped it, or it ended by itself',
  ],
  [
    'a guest that is down elsewhere is told',
    told(),
    on('pve3', { status: known({ kind: 'stopped' }) }),
    true,
    'it was stopped there by somebody else, or ended by itself',
  ],
  [
    'where no moves were planned any place is as good',
    told({
      plan: { ...plan, moves: { kind: 'not-found', node: 'pve1', missingBytes: 1, guests: [], without: { movedBytes: 0, stranded: [] } } },
    }),
    on('pve3'),
    false,
    undefined,
  ],
];
for (const [obligation, state, who, returns, why] of cases)
  test(obligation, () => {
    const guests = who === undefined ? [] : [who];
    const stopped = new Set(guests.filter(({ status }) => status.known && status.value.kind === 'stopped').map(({ vmid }) => vmid));
    assert.equal(notAsPlanned(state, guests, stopped, returns)[0]?.why, why);
  });

const after = {
  elsewhere: [
    { vmid: 101, title: 'vm 101 (web)', on: 'pve2', planned: 'pve1', why: 'pve1: it is on hold' },
    { vmid: 102, title: 'vm 102 (db)', on: 'pve3', planned: 'pve2', why: 'the HA manager has it there' },
  ],
  oldQemu: [{ vmid: 103, title: 'vm 103 (mail)', on: 'pve3' }],
  unseen: 'pve4: no route',
};

test('what a person must look at and what is only good to know are told apart', () => {
  assert.deepEqual(afterTexts(after, []), [
    'vm 101 (web) is on pve2 and not on pve1: pve1: it is on hold',
    'where guests are was not wholly seen: pve4: no route',
  ]);
  assert.deepEqual(remarkTexts(after), [
    'vm 102 (db) is on pve3 and not on pve2: the HA manager has it there',
    'the QEMU of before still runs: vm 103 (mail) on pve3',
  ]);
});

test('a guest that is still on loan is not named twice', () => {
  const loan = { kind: 'guest-moved', vmid: 101, guest: 'qemu', title: 'vm 101 (web)', home: 'pve1', to: 'pve2' } as const;
  assert.deepEqual(afterTexts({ ...after, unseen: 'pve4: no route' }, [loan]), ['where guests are was not wholly seen: pve4: no route']);
});

test('text, page and data of a report tell who is elsewhere, and who runs an old QEMU', () => {
  const entries = entriesOf(untilFinished).map((entry) =>
    entry.event.type === 'run.finished' ? { ...entry, event: { ...entry.event, after } } : entry,
  );
  const report = runReport(entries);
  assert.deepEqual(report.after, after);
  for (const text of [reportText(report, { width: 200, colour: false }), reportPage(report)]) {
    assert.match(text, /not as planned, or not on the new QEMU/);
    assert.match(text, /vm 101 \(web\)[\s\S]*on pve2 and not on pve1: pve1: it is on hold/);
    assert.match(text, /vm 103 \(mail\)[\s\S]*on the QEMU of before/);
    assert.match(text, /pve4: no route/);
  }
});
