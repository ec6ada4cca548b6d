import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import {
  failedUnitsQuery,
  forgetUnit,
  nodeServicesQuery,
  ownUnitsQuery,
  rebootCommand,
  startUnit,
  startUnitCommand,
  stopUnit,
  sinceLastStart,
  unitLogQuery,
  unitStateQuery,
} from '../../src/clients/systemd.ts';
import { fetchUnit, guestUnit, rebootUnit, refreshUnit, upgradeUnit } from '../../src/clients/unit-names.ts';
import type { Answer, Argv } from '../../src/ports/shell.ts';
import { assertUnparsable, parsed, said } from './said.ts';

const run = '20261122-0400-3fa9';
const unit = { unit: upgradeUnit(run), environment: { LC_ALL: 'C' }, argv: ['apt-get', 'dist-upgrade'] as Argv };
const show = (load: string, active: string, sub: string, result: string, status = 0) =>
  `LoadState=${load}\nActiveState=${active}\nSubState=${sub}\nResult=${result}\nExecMainStatus=${status}\n`;

const states: readonly (readonly [obligation: string, text: string, expected: unknown])[] = [
  ['a unit nobody knows is absent', show('not-found', 'inactive', 'dead', 'success'), { kind: 'absent' }],
  ['a unit that was stopped by hand is absent', show('loaded', 'inactive', 'dead', 'success'), { kind: 'absent' }],
  ['a unit that is being started works', show('loaded', 'activating', 'start', 'success'), { kind: 'working' }],
  ['a unit that runs works', show('loaded', 'active', 'running', 'success'), { kind: 'working' }],
  ['a unit that is being stopped still works', show('loaded', 'deactivating', 'stop-sigterm', 'success'), { kind: 'working' }],
  ['a unit that stayed after success has succeeded', show('loaded', 'active', 'exited', 'success'), { kind: 'succeeded' }],
  [
    'a unit that ended with an exit code has failed',
    show('loaded', 'failed', 'failed', 'exit-code', 100),
    { kind: 'failed', result: 'exit-code', exitStatus: 100 },
  ],
  [
    'a unit that stayed after a failure has failed',
    show('loaded', 'active', 'exited', 'signal', 9),
    { kind: 'failed', result: 'signal', exitStatus: 9 },
  ],
];
for (const [obligation, text, expected] of states) test(obligation, () => assert.deepEqual(parsed(unitStateQuery('u'), text), expected));

test('the properties may come in any order', () =>
  assert.deepEqual(parsed(unitStateQuery('u'), show('loaded', 'active', 'exited', 'success').split('\n').reverse().join('\n')), {
    kind: 'succeeded',
  }));

test('a state that nobody knows, half an answer and none are refused', () => {
  const command = 'systemctl show u --property=LoadState,ActiveState,SubState,Result,ExecMainStatus';
  assertUnparsable(() => parsed(unitStateQuery('u'), show('loaded', 'dreaming', 'rem', 'success')), { command, field: /^ActiveState$/ });
  assertUnparsable(() => parsed(unitStateQuery('u'), 'LoadState=loaded\n'), { command, field: /^ActiveState$/ });
  assertUnparsable(() => parsed(unitStateQuery('u'), ''), { command, field: /^LoadState$/ });
});

test('a transient unit outlives its program, so that its end can be seen', () =>
  assert.equal(
    startUnitCommand(unit).argv.join(' '),
    `systemd-run --unit=proxroll-upgrade-${run} --service-type=exec --remain-after-exit --quiet --setenv=LC_ALL=C -- apt-get dist-upgrade`,
  ));

function atSaying(answers: Readonly<Record<string, Answer>>) {
  const asked: string[] = [];
  const shell = {
    run: async (_host: unknown, { argv }: { readonly argv: Argv }) => {
      asked.push(argv.join(' '));
      return answers[`${argv[0]} ${argv[1] ?? ''}`] ?? answers[argv[0]] ?? assert.fail(argv.join(' '));
    },
    runAll: () => assert.fail('no batch here'),
    disconnect: async () => undefined,
  };
  return { asked, at: { host: { name: 'pve2', own: false }, shell } };
}

test('a unit that is there already, after a broken connection, is taken up and not started twice', async () => {
  const taken = said('', { exitCode: 1, stderr: `Failed to start transient service unit: Unit ${unit.unit}.service was already loaded` });
  const { at, asked } = atSaying({ 'systemd-run': taken, 'systemctl show': said(show('loaded', 'active', 'running', 'success')) });
  assert.equal(await startUnit(at, unit), 'already-there');
  assert.equal(asked.length, 2);
});

test('a unit that could not be started is an error', async () => {
  const refused = said('', { exitCode: 1, stderr: 'Failed to connect to bus' });
  const { at } = atSaying({ 'systemd-run': refused, 'systemctl show': said(show('not-found', 'inactive', 'dead', 'success')) });
  await assert.rejects(startUnit(at, unit), CommandFailed);
});

test('stopping or forgetting a unit that is gone is no error', async () => {
  const gone = said('', { exitCode: 5, stderr: `Failed to stop ${unit.unit}.service: Unit ${unit.unit}.service not loaded.` });
  await stopUnit(atSaying({ 'systemctl stop': gone }).at, unit.unit);
  await forgetUnit(atSaying({ 'systemctl reset-failed': gone }).at, unit.unit);
  await assert.rejects(
    stopUnit(atSaying({ 'systemctl stop': said('', { exitCode: 1, stderr: 'Access denied' }) }).at, unit.unit),
    CommandFailed,
  );
});

test('our transient units are told from the units we install', () => {
  const text = [
    `proxroll-upgrade-${run}.service loaded active exited /usr/bin/apt-get -q`,
    'proxroll-resume.service loaded inactive dead proxroll, going on after a reboot',
    `proxroll-reboot-${run}.timer loaded active waiting /usr/bin/systemctl reboot`,
    `● proxroll-guest-101-${run}-2.service loaded failed failed /usr/sbin/qm migrate`,
    '',
  ].join('\n');
  assert.deepEqual(parsed(ownUnitsQuery, text), [`proxroll-guest-101-${run}-2`, `proxroll-reboot-${run}.timer`, `proxroll-upgrade-${run}`]);
});

test('failed units are listed by name, none is none', () => {
  assert.deepEqual(
    parsed(failedUnitsQuery, 'zfs-mount.service loaded failed failed Mount ZFS\ndev-sdb.swap loaded failed failed /dev/sdb\n'),
    ['dev-sdb.swap', 'zfs-mount.service'],
  );
  assert.deepEqual(parsed(failedUnitsQuery, ''), []);
});

test('the services of a node are told one by one, whatever the exit code', () => {
  const services = parsed(nodeServicesQuery, 'active\ninactive\nactive\nactive\nactive\nactive\nfailed\nactive\nactive\n', { exitCode: 3 });
  assert.deepEqual([services['pve-cluster'], services['corosync'], services['pve-ha-lrm']], ['active', 'inactive', 'failed']);
});

test('fewer words than services are refused, because nobody could tell which is missing', () =>
  assertUnparsable(() => parsed(nodeServicesQuery, 'active\nactive\n'), {
    command: nodeServicesQuery.command.argv.join(' '),
    field: /^one word for each unit$/,
  }));

test('the log is asked without times and pager', () =>
  assert.equal(unitLogQuery('u', 20).command.argv.join(' '), 'journalctl --unit=u --output=cat --no-pager --lines=20'));

const since: readonly (readonly [obligation: string, log: string, told: string])[] = [
  ["a log of one start must be told without systemd's word of it", 'Started u.service - /usr/bin/apt-get update.\nE: one', 'E: one'],
  [
    'of a unit that was started twice only the last time must be told',
    'Starting u.service - apt-get...\nE: one\nStarted u.service - apt-get.\nu.service: Failed\nStarting u.service - apt-get...\nE: two\nStarted u.service - apt-get.\nE: three',
    'E: two\nStarted u.service - apt-get.\nE: three',
  ],
  ['a log without its beginning must be told whole', 'E: one\nE: two', 'E: one\nE: two'],
];
for (const [obligation, log, told] of since) test(obligation, () => assert.equal(sinceLastStart(log, 'u'), told));

test('the reboot happens after its command was answered', () =>
  assert.equal(
    rebootCommand(run).argv.join(' '),
    `systemd-run --unit=proxroll-reboot-${run} --on-active=500ms --timer-property=AccuracySec=100ms --quiet --collect -- systemctl reboot`,
  ));

test('unit names hold the run, and a run that cannot stand in a name is a mistake of ours', () => {
  assert.deepEqual(
    [refreshUnit(run), fetchUnit(run), rebootUnit(run), guestUnit(101, run, 3)],
    [`proxroll-refresh-${run}`, `proxroll-fetch-${run}`, `proxroll-reboot-${run}`, `proxroll-guest-101-${run}-3`],
  );
  assert.throws(() => upgradeUnit('a run'), /not a run id/);
});
