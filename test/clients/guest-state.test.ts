import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import { containersUpQuery, pctMigrateArgv, pctShutdownArgv, pctStartArgv, pctStatusQuery } from '../../src/clients/pct.ts';
import { qmMigrateArgv, qmShutdownArgv, qmStartArgv, qmStatusQuery } from '../../src/clients/qm.ts';
import { answerOf, recording } from '../recorded.ts';
import { assertUnparsable, parsed } from './said.ts';

const cases: readonly (readonly [obligation: string, name: string, expected: unknown])[] = [
  ['a running VM runs', 'qm-status-100-verbose-running', { kind: 'here', status: { kind: 'running' } }],
  ['a paused VM is paused, although its status says running', 'qm-status-100-paused-verbose', { kind: 'here', status: { kind: 'paused' } }],
  ['a paused VM is still paused after it moved', 'qm-status-after-mig-paused', { kind: 'here', status: { kind: 'paused' } }],
  ['a lock is told', 'qm-status-105-locked', { kind: 'here', status: { kind: 'stopped' }, lock: 'backup' }],
  [
    'a VM suspended to disk is stopped and locked',
    'qm-status-suspended-todisk',
    { kind: 'here', status: { kind: 'stopped' }, lock: 'suspended' },
  ],
  ['a VM on another node is not here', 'qm-status-vm-on-other-node', { kind: 'not-here' }],
  ['a VM that moved away is not here any more', 'qm-status-100-after-mig-src', { kind: 'not-here' }],
];
for (const [obligation, name, expected] of cases)
  test(obligation, () => assert.deepEqual(qmStatusQuery(100).parse(answerOf(recording('pve-9.2', name)), 'pve1'), expected));

test('a container is read alike', () => {
  assert.deepEqual(pctStatusQuery(200).parse(answerOf(recording('pve-9.2', 'pct-status-200')), 'pve1'), {
    kind: 'here',
    status: { kind: 'stopped' },
  });
  assert.deepEqual(pctStatusQuery(999).parse(answerOf(recording('pve-9.2', 'pct-status-unknown')), 'pve1'), { kind: 'not-here' });
});

test('of all containers of a node those are told that do not stand still, locked ones too', () => {
  assert.deepEqual(containersUpQuery.parse(answerOf(recording('pve-9.2', 'pct-list')), 'pve1'), []);
  assert.deepEqual(containersUpQuery.parse(answerOf(recording('pve-9.2', 'pct-list-empty')), 'pve1'), []);
  const lines = [
    'VMID       Status     Lock         Name                ',
    '200        running                 ct200               ',
    '201        running    backup       ct201               ',
    '202        stopped    snapshot     ct202               ',
    '',
  ];
  assert.deepEqual(parsed(containersUpQuery, lines.join('\n')), [200, 201]);
});

test('a word of QEMU that is neither running, paused nor stopped is odd', () =>
  assert.deepEqual(parsed(qmStatusQuery(1), 'qmpstatus: io-error\nstatus: running\n'), {
    kind: 'here',
    status: { kind: 'odd', word: 'io-error' },
  }));

test('another failure is not taken for "not here"', () =>
  assert.throws(
    () => parsed(qmStatusQuery(1), '', { exitCode: 111, stderr: 'ipcc_send_rec[1] failed: Connection refused' }),
    CommandFailed,
  ));

test('an answer without a status is refused', () =>
  assertUnparsable(() => parsed(qmStatusQuery(100), 'name: db\n'), { command: 'qm status 100 --verbose', field: /^status$/ }));

test('moves, stops and starts are argv without a shell', () => {
  assert.equal(qmMigrateArgv(101, 'pve2', { withLocalDisks: false }).join(' '), 'qm migrate 101 pve2 --online 1');
  assert.equal(qmMigrateArgv(101, 'pve2', { withLocalDisks: true }).join(' '), 'qm migrate 101 pve2 --online 1 --with-local-disks 1');
  assert.equal(pctMigrateArgv(200, 'pve2', 180).join(' '), 'pct migrate 200 pve2 --restart 1 --timeout 180');
  assert.equal(qmShutdownArgv(101, 60).join(' '), 'qm shutdown 101 --timeout 60');
  assert.equal(pctShutdownArgv(200, 60).join(' '), 'pct shutdown 200 --timeout 60');
  assert.equal(qmStartArgv(101).join(' '), 'qm start 101');
  assert.equal(pctStartArgv(200).join(' '), 'pct start 200');
});
