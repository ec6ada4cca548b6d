import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../src/model/finding.ts';
import { findingLines, findingsText } from '../../src/report/findings.ts';
import { historyText, runText } from '../../src/report/history.ts';
import { hanging, wrapped } from '../../src/report/paragraph.ts';
import { planText } from '../../src/report/plan.ts';
import { statusLine } from '../../src/report/status-line.ts';
import { statusJson, statusText } from '../../src/report/status.ts';
import { summaryText } from '../../src/report/summary.ts';
import { at, began, entriesOf, plan, stateOf, track, untilFinished, untilPaused, untilReboot } from './a-run.ts';

const plain = { width: 80, colour: false };

/** Text as it stands in the test, without the first line break and the indent. */
function lines(text: string): string {
  return text.replace(/^\n/, '').replaceAll(/^ {4}/gm, '').replace(/ +$/, '');
}

const findings: readonly Finding[] = [
  { check: 'ceph', severity: 'info', subject: 'cluster', what: 'there is no Ceph here', seen: '', next: '' },
  {
    check: 'root-space',
    severity: 'warning',
    subject: 'pve2',
    what: 'the root file system is nearly full',
    seen: '88 % used, the limit is 90 %',
    next: 'apt-get autoremove on pve2',
  },
  {
    check: 'quorum',
    severity: 'blocker',
    subject: 'cluster',
    what: 'no node may leave without the quorum being lost',
    seen: '2 of 3 expected votes are present and 2 are needed, so that nothing at all can be spared',
    next: 'bring pve3 back',
  },
  {
    check: 'zfs',
    severity: 'unknown',
    subject: 'pve3',
    what: 'the health of its pools is unknown',
    seen: 'no route to host',
    next: 'look at pve3',
  },
];

test('findings must come by severity, each with what was seen and what to do, within the width', () => {
  assert.equal(
    findingsText(findings, plain),
    lines(`
    A run cannot start: 2 reasons, 1 warning.

      blocker  cluster: no node may leave without the quorum being lost [quorum]
               seen: 2 of 3 expected votes are present and 2 are needed, so that
                     nothing at all can be spared
               next: bring pve3 back

      unknown  pve3: the health of its pools is unknown [zfs]
               seen: no route to host
               next: look at pve3

      warning  pve2: the root file system is nearly full [root-space]
               seen: 88 % used, the limit is 90 %
               next: apt-get autoremove on pve2

      info     cluster: there is no Ceph here [ceph]
    `),
  );
});

test('a remark that holds for several nodes must be said once, and only where nothing else differs', () => {
  const due = (node: string, kernel = '6.17.4-2-pve'): Finding => ({
    check: 'reboot-due',
    severity: 'info',
    subject: node,
    what: `a reboot of ${node} is due`,
    seen: `kernel ${kernel} is installed`,
    next: '',
  });
  const pool = (node: string): Finding => ({
    check: 'zfs',
    severity: 'blocker',
    subject: node,
    what: `a pool of ${node} is ill`,
    seen: '',
    next: `look at ${node}`,
  });
  assert.equal(
    findingsText([due('pve1'), pool('pve1'), due('pve10'), due('pve2', '6.17.9-1-pve'), pool('pve2'), due('pve3')], plain),
    lines(`
    A run cannot start: 2 reasons.

      blocker  pve1: a pool of pve1 is ill [zfs]
               next: look at pve1

      blocker  pve2: a pool of pve2 is ill [zfs]
               next: look at pve2

      info     pve1: a reboot of pve1 is due [reboot-due]
               seen: kernel 6.17.4-2-pve is installed
               same: pve10, pve3

      info     pve2: a reboot of pve2 is due [reboot-due]
               seen: kernel 6.17.9-1-pve is installed
    `),
  );
});

test('no finding must say that nothing is in the way', () => {
  assert.equal(findingsText([], plain), 'Nothing keeps a run from starting.\n');
});

test('text must be free of escape codes unless colour is wanted', () => {
  assert.doesNotMatch(findingsText(findings, plain) + planText(plan, plain), /\u001b/);
  assert.match(findingsText(findings, { width: 80, colour: true }), /\u001b\[31mblocker\u001b\[39m/);
});

test('in the log a finding must be one line with the level of its severity', () => {
  assert.deepEqual(
    findingLines(findings).map(({ level, text }) => `${level} ${text}`)[0],
    'err blocker: cluster: no node may leave without the quorum being lost [quorum]; seen: 2 of 3 expected votes are present and 2 are needed, so that nothing at all can be spared; next: bring pve3 back',
  );
  assert.deepEqual(
    findingLines(findings).map(({ level }) => level),
    ['err', 'err', 'warning', 'info'],
  );
});

test('a plan must show order, steps, packages, guests that feel it, reboots and what is left out', () => {
  assert.equal(
    planText(plan, plain),
    lines(`
    pve, one at a time
      pve2    maintenance-on, drain, upgrade, reboot, rejoin, maintenance-off,
              return
              2 packages, 1 of them security
              3 guests, 24 GiB
              restarted elsewhere: ct 200 (web)
              reboot: kernel 6.14.8-pve will be installed, 6.14.5-pve is running
      pve1    the same
              2 packages, 1 of them security
              reboot: kernel 6.14.8-pve will be installed, 6.14.5-pve is running
              last: it carries this agent
    not planned
      pve3    nothing pending, no reboot due
    `),
  );
});

test('a plan that fits must have its facts beside the steps', () => {
  const inPlace = track('pve2', { steps: track('pve2').steps.slice(2, 3), rebootReasons: [], drained: false });
  assert.equal(
    planText(
      { ...plan, tracks: [inPlace, { ...inPlace, node: 'pve1', note: 'last: it carries this agent' }] },
      { width: 90, colour: false },
    ),
    lines(`
    pve, one at a time
      pve2    upgrade     2 packages, 1 of them security
      pve1    the same    2 packages, 1 of them security; last: it carries this agent
    not planned
      pve3    nothing pending, no reboot due
    `),
  );
});

test('a guest that is stopped meanwhile must be named, and memory that nobody knows must not be counted as none', () => {
  const text = planText(
    {
      ...plan,
      tracks: [
        track('pve2', {
          guests: [
            { vmid: 7, title: 'vm 107 (old)', way: 'shutdown' },
            { vmid: 8, title: 'vm 108', way: 'live-migration' },
          ],
        }),
      ],
    },
    plain,
  );
  assert.match(text, /1 guest, memory unknown\n/);
  assert.match(text, /stopped meanwhile: vm 107 \(old\)\n/);
});

test('a plan without work must say so', () => {
  assert.equal(
    planText({ ...plan, tracks: [] }, plain),
    lines(`
    not planned
      pve3    nothing pending, no reboot due
    Nothing to do.
    `),
  );
});

test('the status of a running run must tell node by node where it is and what is on loan', () => {
  assert.equal(
    statusText(stateOf(untilReboot), at(260), plain),
    lines(`
    run 20261122-0400-3fa9 of homelab: running for 4 min 20 s
      carried by pve1, began 2026-11-22 04:00, proxroll 0.1.0
      0 of 2 nodes, 3 of 14 steps done; 3 of 3 guests moved, 24 of 24 GiB, 546 MiB/s
      waits for pve2 reboot for 1:00: an answer from a new boot
      expected end 04:20, in 19 of 20 cases by 04:27

      pve2  reboot for 1 min (kernel 6.14.8-pve is installed, 6.14.5-pve is
            running); 3 of 7 steps done; 3 of 3 guests moved
      pve1  waiting

    on loan to run 20261122-0400-3fa9 on pve1
      pve2 is in HA maintenance
        since: 2026-11-22 04:00
        by hand: ha-manager crm-command node-maintenance disable pve2
      vm 101 (db) is away from pve2, on pve3
        since: 2026-11-22 04:00
        by hand: on pve3: qm migrate 101 pve2 --online 1
    `),
  );
});

test('the status of a run that was given up must not say that a node still waits', () => {
  const text = statusText(stateOf([...untilPaused, [1600, { type: 'run.abandoned', outstanding: [] }]]), at(1700), plain);
  assert.match(text, /^ {2}pve2 {2}left at rejoin; /m);
  assert.doesNotMatch(text, /waiting|paused/);
});

test('the status of a paused run must say why and what to do next', () => {
  assert.match(
    statusText(stateOf(untilPaused), at(1600), plain),
    /\npaused {2}pve2 has not rejoined the cluster \[rejoin\.deadline\] at pve\/pve2\/rejoin\n {2}seen {2}2 of 3 members present after 20 min\n {2}next {2}look at the console of pve2, then: proxroll resume\n/,
  );
});

test('status as JSON must hold the same facts and survive being written', () => {
  const json = JSON.parse(JSON.stringify(statusJson(stateOf(untilPaused)))) as Record<string, unknown>;
  assert.equal(json['phase'], 'paused');
  assert.deepEqual(
    (json['nodes'] as Record<string, unknown>[]).map((node) => [node['node'], node['status'], node['step']]),
    [
      ['pve2', 'paused', 'pve/pve2/rejoin'],
      ['pve1', 'waiting', undefined],
    ],
  );
  assert.deepEqual(
    (json['loans'] as Record<string, unknown>[]).map((loan) => loan['id']),
    ['ha-maintenance/pve2', 'guest/101'],
  );
});

test('the summary must tell what each machine got, why it rebooted, who moved, what is left and what to look at', () => {
  assert.equal(
    summaryText(stateOf(untilFinished), plain),
    lines(`
    run 20261122-0400-3fa9 of homelab finished, 6 min 43 s after it began
      pve2  2 packages, rebooted, 6 min 30 s
            rebooted because: kernel 6.14.8-pve is installed, 6.14.5-pve is running
            3 of 3 guests out of the way, the longest took 30 s
      pve1  2 packages, not rebooted
            left: a reboot is due and was left, because reboot is set to never

    not planned
      pve3  nothing pending, no reboot due

    warnings
      pve1: postfix.service has failed since the upgrade; next: journalctl -u
      postfix on pve1
    `),
  );
});

test('the summary of a run that is not over must list what is on loan', () => {
  const text = summaryText(stateOf(untilPaused), plain);
  assert.match(text, /^run 20261122-0400-3fa9 of homelab paused, 25 min 20 s after it began\n/);
  assert.match(text, /\n {2}pve2 {2}not done: 4 of 7 steps, stands at rejoin\n/);
  assert.match(text, /\non loan to run \S+ on pve1\n {2}pve2 is in HA maintenance\n/);
});

const statusLines: readonly [obligation: string, told: Parameters<typeof stateOf>[0], text: string][] = [
  ['before there is a plan', [began], 'looking at the cluster'],
  ['with a step in flight', untilReboot, '0 of 2 nodes done; pve2: reboot (kernel 6.14.8-pve is installed, 6.14.5-pve is running)'],
  [
    'of a paused run',
    untilPaused,
    'paused, 0 of 2 nodes done: pve2 has not rejoined the cluster; next: look at the console of pve2, then: proxroll resume',
  ],
  ['of a finished run', untilFinished, 'finished, 2 of 2 nodes done'],
];
for (const [obligation, told, text] of statusLines)
  test(`the service's status line ${obligation} must read: ${text}`, () => assert.equal(statusLine(stateOf(told)), text));

test('the history must have a line for each run, one that cannot be read included', () => {
  assert.equal(
    historyText([
      { kind: 'read', state: stateOf(untilFinished) },
      { kind: 'damaged', run: '20261129-0400-11aa', detail: 'line 3 is not JSON' },
    ]),
    lines(`
    20261122-0400-3fa9  2026-11-22 04:00  finished   6 min 43 s   2 nodes, 4 packages, 1 reboot
    20261129-0400-11aa  cannot be read: line 3 is not JSON
    `),
  );
});

test('one run must be told event by event with its times', () => {
  const told = runText(entriesOf(untilReboot)).split('\n');
  assert.equal(told[0], '2026-11-22 04:00:00  run 20261122-0400-3fa9 began on pve1 (cluster homelab, proxroll 0.1.0)');
  assert.equal(told.length, untilReboot.length + 1);
});

test('lines must break between words, never inside a figure with its unit, and a long word must stay whole', () => {
  assert.deepEqual(wrapped('it took 6 min 43 s for /a/path/that/is/far/too/long', 10), [
    'it took',
    '6 min 43 s',
    'for',
    '/a/path/that/is/far/too/long',
  ]);
  assert.deepEqual(hanging('  head  ', 'one two three four five', 28), ['  head  one two three four', '        five']);
});
