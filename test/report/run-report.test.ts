import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runReport, type RunReport } from '../../src/report/run-report.ts';
import { at, began, entriesOf, stateOf, untilFinished, untilPaused, untilReboot, type Told } from './a-run.ts';

const report = (told: readonly Told[], ...earlier: readonly (readonly Told[])[]): RunReport =>
  runReport(entriesOf(told), earlier.map(stateOf));

test('the shares of the time must add up to the whole run', () => {
  for (const told of [untilFinished, untilPaused, untilReboot, [began]]) {
    const { shares, beganAtMs, lastAtMs } = report(told);
    assert.equal(
      shares.reduce((sum, { ms }) => sum + ms, 0),
      lastAtMs - beganAtMs,
    );
  }
});

test('what was not done must be told with its reason', () => {
  const { nodes, left } = report(untilFinished);
  assert.deepEqual(nodes.find((node) => node.node === 'pve1')?.left, ['a reboot is due and was left, because reboot is set to never']);
  assert.deepEqual(left, [{ subject: 'pve3', why: 'nothing pending, no reboot due' }]);
});

test('packages of a node that was not upgraded must be called planned, and not count', () => {
  const { nodes, totals } = report(untilReboot.slice(0, 12));
  assert.equal(nodes[0]?.packagesAre, 'planned');
  assert.equal(totals.packages, 0);
  assert.equal(report(untilFinished).totals.packages, 2);
  assert.equal(report(untilFinished).totals.security, 1);
});

test('a reboot whose end was not seen must not be called one', () => {
  assert.equal(report(untilReboot).totals.reboots, 0);
  assert.equal(report(untilReboot).nodes[0]?.reboot?.awayMs, undefined);
  assert.equal(report(untilFinished).nodes[0]?.reboot?.awayMs, 120_000);
});

test('a guest must be told with its whole way, and how long it did not run at most', () => {
  const { guests } = report(untilFinished);
  assert.deepEqual(
    guests.map(({ title, home, on, interruptedMs }) => [title, home, on, interruptedMs]),
    [
      ['vm 101 (db)', 'pve2', 'pve3', 0],
      ['vm 102 (mail)', 'pve2', undefined, 0],
      ['ct 200 (web)', 'pve2', 'pve1', 9000],
    ],
  );
  const stopped: readonly Told[] = [
    ...untilReboot,
    [210, { type: 'guest.leaving', vmid: 9, kind: 'qemu', title: 'vm 9', from: 'pve2', to: 'pve2', how: 'shutdown' }],
    [220, { type: 'guest.arrived', vmid: 9, title: 'vm 9', on: 'pve2', tookMs: 10_000 }],
    [300, { type: 'guest.leaving', vmid: 9, kind: 'qemu', title: 'vm 9', from: 'pve2', to: 'pve2', how: 'start' }],
    [305, { type: 'guest.arrived', vmid: 9, title: 'vm 9', on: 'pve2', tookMs: 5000 }],
  ];
  assert.equal(report(stopped).guests.find((guest) => guest.vmid === 9)?.interruptedMs, 95_000);
  assert.equal(report(stopped.slice(0, -2)).guests.find((guest) => guest.vmid === 9)?.interruptedMs, 10_000);
});

test('a loan that is out must carry the command that returns it, one that came back when it did', () => {
  const paused = report(untilPaused);
  assert.equal(paused.totals.loansOut, 2);
  assert.match(paused.loans[0]?.byHand ?? '', /node-maintenance disable pve2/);
  assert.deepEqual(
    report(untilFinished).loans.map((loan) => [loan.returnedAtMs, loan.byHand]),
    [
      [at(360), undefined],
      [at(400), undefined],
    ],
  );
});

test('a pause must be lost time, until somebody took the run up', () => {
  const resumed: readonly Told[] = [
    ...untilPaused,
    [5120, { type: 'run.resumed', node: 'pve1', bootId: 'b1', version: '0.1.0' }],
    [5121, { type: 'step.done', step: 'pve/pve2/rejoin', how: 'found-done', tookMs: 1000 }],
  ];
  const { lost, shares } = report(resumed);
  assert.equal(lost[0]?.ms, 3600_000);
  assert.match(lost[0].what, /paused \[rejoin\.deadline\]/);
  assert.equal(shares.find(({ what }) => what === 'waiting for a person')?.ms, 3600_000);
});

test('a run that nobody carried must be told as that, but not while its own node reboots', () => {
  const taken: Told = [900, { type: 'run.resumed', node: 'pve1', bootId: 'b9', version: '0.1.0' }];
  assert.deepEqual(
    report([...untilReboot, taken]).lost.map(({ what, ms }) => [what, ms]),
    [['nobody carried the run', 700_000]],
  );
  const own = untilReboot.map(([seconds, event]): Told => [seconds, JSON.parse(JSON.stringify(event).replaceAll('pve2', 'pve1'))]);
  assert.deepEqual(report([...own, taken]).lost, []);
});

test('a step must be slow only against what was measured', () => {
  const slow = untilFinished.map(([seconds, event]): Told => [seconds <= 200 ? seconds : seconds + 600, event]);
  assert.deepEqual(report(slow).lost, []);
  const [lost] = report(slow, untilFinished).lost;
  assert.equal(lost?.what, 'pve/pve2/reboot was slow');
  assert.equal(lost.why, 'it took 12 min, usually 2 min');
});

test('what was expected must come from earlier runs, and be missing without any', () => {
  assert.equal(report(untilFinished).nodes[0]?.planned?.expectedMs, undefined);
  assert.equal(report(untilFinished, untilFinished).nodes[0]?.planned?.expectedMs, 390_000);
});

test('findings must be those of the look that the plan was made on', () => {
  const finding = { check: 'holds', severity: 'warning', subject: 'pve3', what: 'is held', seen: '', next: 'rm it' } as const;
  const told: readonly Told[] = untilReboot.map(([seconds, event]): Told =>
    event.type === 'plan.made' ? [seconds, { ...event, findings: [finding] }] : [seconds, event],
  );
  assert.deepEqual(report(told).findings, [finding]);
  assert.deepEqual(report(untilReboot).findings, []);
});
