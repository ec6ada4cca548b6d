import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configureArgv, distUpgradeArgv, removeArgv, updateArgv, upgradeEnvironment } from '../../src/clients/apt.ts';
import { chosenFetchBytesQuery, chosenSimulationQuery, removalQuery } from '../../src/clients/apt-simulation.ts';
import { pctMigrateArgv, pctOfflineMigrateArgv, pctShutdownArgv, pctStartArgv, pctStatusQuery } from '../../src/clients/pct.ts';
import { preconditionsQuery } from '../../src/clients/preconditions.ts';
import { qmMigrateArgv, qmOfflineMigrateArgv, qmShutdownArgv, qmStartArgv, qmStatusQuery } from '../../src/clients/qm.ts';
import { allowedBy, sudoersText, sudoRules } from '../../src/clients/sudoers.ts';
import {
  forgetUnitCommand,
  rebootCommand,
  startUnitCommand,
  stopUnitCommand,
  unitLogQuery,
  unitStateQuery,
} from '../../src/clients/systemd.ts';
import { cleanUnit, fetchUnit, guardUnit, guestUnit, refreshUnit, repairUnit, upgradeUnit } from '../../src/clients/unit-names.ts';
import { startGuardCommand } from '../../src/clients/guard.ts';
import { writeHoldCommand } from '../../src/clients/hold.ts';
import { grubRebootCommand, oneShotCommand, pinCommand } from '../../src/clients/kernel-trial.ts';
import { holdQuery } from '../../src/clients/host.ts';
import type { Argv, Command } from '../../src/ports/shell.ts';

const holdPaths = ['/etc/proxroll/hold', '/srv/a b,c:d=e#f'];
const rules = sudoRules(holdPaths);
const run = '20261122-0400-3fa9';
const upgrade = upgradeUnit(run);
const guest = guestUnit(101, run, 2);
const unitOf = (unit: string, argv: Argv) => startUnitCommand({ unit, environment: upgradeEnvironment, argv }).argv;

/** What builds a command from arguments, with arguments as a run would give them. */
const built: Readonly<Record<string, readonly Argv[]>> = {
  distUpgradeArgv: [
    unitOf(upgrade, distUpgradeArgv('everything', ['libc6=2.41-12+deb13u1'])),
    unitOf(fetchUnit(run), distUpgradeArgv('download-only', ['libc6=2.41-12+deb13u1', 'dbus=1:1.16~1'])),
    unitOf(upgrade, distUpgradeArgv('everything')),
    unitOf(fetchUnit(run), distUpgradeArgv('download-only')),
  ],
  chosenSimulationQuery: [chosenSimulationQuery(['libc6:amd64=2.41-12+deb13u1', 'dbus=1:1.16~1']).command.argv],
  chosenFetchBytesQuery: [chosenFetchBytesQuery(['libc6:amd64=2.41-12+deb13u1', 'dbus=1:1.16~1']).command.argv],
  removalQuery: [removalQuery(['libfoo:i386', 'proxmox-kernel-6.14.5-1-pve-signed']).command.argv],
  removeArgv: [unitOf(cleanUnit(run), removeArgv(['libfoo:i386', 'proxmox-kernel-6.14.5-1-pve-signed']))],
  configureArgv: [unitOf(repairUnit(run), configureArgv())],
  updateArgv: [unitOf(refreshUnit(run), updateArgv())],
  qmMigrateArgv: [
    unitOf(guest, qmMigrateArgv(101, 'pve2', { withLocalDisks: false })),
    unitOf(guest, qmMigrateArgv(999_999_999, 'node-with-name', { withLocalDisks: true })),
  ],
  qmOfflineMigrateArgv: [unitOf(guest, qmOfflineMigrateArgv(101, 'pve2'))],
  pctOfflineMigrateArgv: [unitOf(guest, pctOfflineMigrateArgv(200, 'pve2'))],
  qmShutdownArgv: [unitOf(guest, qmShutdownArgv(101, 180))],
  qmStartArgv: [unitOf(guest, qmStartArgv(101))],
  pctMigrateArgv: [unitOf(guest, pctMigrateArgv(200, 'pve3', 180))],
  pctShutdownArgv: [unitOf(guest, pctShutdownArgv(200, 60))],
  pctStartArgv: [unitOf(guest, pctStartArgv(200))],
  qmStatusQuery: [qmStatusQuery(101).command.argv],
  pctStatusQuery: [pctStatusQuery(200).command.argv],
  preconditionsQuery: [preconditionsQuery('pve2', 'qemu', 101).command.argv, preconditionsQuery('node-2', 'lxc', 200).command.argv],
  unitStateQuery: [unitStateQuery(guest).command.argv, unitStateQuery(upgrade).command.argv, unitStateQuery(refreshUnit(run)).command.argv],
  unitLogQuery: [unitLogQuery(guest, 20).command.argv, unitLogQuery(upgrade, 2000).command.argv],
  stopUnitCommand: [stopUnitCommand(guest).argv, stopUnitCommand(fetchUnit(run)).argv, stopUnitCommand(`${guardUnit(run)}.timer`).argv],
  forgetUnitCommand: [forgetUnitCommand(upgrade).argv],
  startUnitCommand: [unitOf(upgrade, distUpgradeArgv('everything'))],
  rebootCommand: [rebootCommand(run).argv],
  pinCommand: [pinCommand('6.14.8-2-pve').argv, pinCommand('6.14.11-4-bpo12-pve').argv],
  oneShotCommand: [oneShotCommand('proxmox-6.17.2-1-pve.conf').argv, oneShotCommand('').argv],
  grubRebootCommand: [grubRebootCommand('gnulinux-advanced-5c9d-0a4e>gnulinux-6.17.2-1-pve-advanced-5c9d-0a4e').argv],
  startGuardCommand: [
    startGuardCommand({ run, node: 'pve1', afterS: 3000, haMaintenance: true, noout: false }).argv,
    startGuardCommand({ run, node: 'pve1', afterS: 60, haMaintenance: false, noout: true }).argv,
  ],
  writeHoldCommand: [writeHoldCommand('reason: x').argv],
  holdQuery: [holdQuery(holdPaths).command.argv],
};

/** Asked of the own node only, where no sudo is needed. */
const ownNodeOnly = new Set([
  ...[
    'membersQuery',
    'vmlistQuery',
    'guestConfigsQuery',
    'clusterConfigQuery',
    'clusterResourcesQuery',
    'configNodesQuery',
    'qdeviceQuery',
    'clusterTasksQuery',
  ],
  ...[
    'storageConfigQuery',
    'haManagerStatusQuery',
    'haResourcesQuery',
    'haStateCommand',
    'haMoveCommand',
    'maintenanceCommand',
    'lockHolderQuery',
    'takeLockCommand',
  ],
  ...['refreshLockCommand', 'expireLockCommand', 'releaseLockCommand', 'writeHolderCommand', 'removeHolderCommand', 'cephConfiguredQuery'],
  ...[
    'cephManagersQuery',
    'cephStatusQuery',
    'osdTreeQuery',
    'nooutHostsQuery',
    'okToStopQuery',
    'nooutCommand',
    'serviceStateQuery',
    'stoppingQuery',
    'serviceLogQuery',
    'changelogQuery',
  ],
]);

/** They make queries of commands that others bring. */
const makers = new Set(['textQuery', 'answerQuery', 'jsonQuery', 'guestStateQuery']);

const folder = new URL('../../src/clients/', import.meta.url);
for (const file of readdirSync(folder).sort()) {
  const exported = (await import(new URL(file, folder).href)) as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(exported)) {
    if (!/(Query|Command|Argv)$/.test(name) || makers.has(name) || ownNodeOnly.has(name)) continue;
    test(`sudo lets ${name} of ${file} through on another node`, () => {
      const argvs = built[name] ?? [
        typeof value === 'function' ? (value as () => Command)().argv : (value as { command: Command }).command.argv,
      ];
      for (const argv of argvs) assert.ok(allowedBy(rules, argv), argv.join(' '));
    });
  }
}

const shape = [
  '--service-type=exec',
  '--remain-after-exit',
  '--quiet',
  ...Object.entries(upgradeEnvironment).map(([k, v]) => `--setenv=${k}=${v}`),
];
const forbidden: readonly (readonly [what: string, argv: Argv])[] = [
  ['a shell in a unit', unitOf(upgrade, ['sh', '-c', 'id'])],
  ['a shell in the unit of a guest', unitOf(guest, ['sh', '-c', 'qm start 101'])],
  ['a unit without a name', ['systemd-run', '--', 'sh', '-c', 'id']],
  ['another unit name', unitOf('sshd', distUpgradeArgv('everything'))],
  [
    'another environment',
    startUnitCommand({ unit: upgrade, environment: { APT_CONFIG: '/tmp/x' }, argv: distUpgradeArgv('everything') }).argv,
  ],
  [
    'another property of a unit',
    ['systemd-run', `--unit=${upgrade}`, '--property=ExecStartPre=/bin/sh', ...shape, '--', ...distUpgradeArgv('everything')],
  ],
  ['an option inside a unit name', unitOf(`${upgrade} --property=User=x`, distUpgradeArgv('everything'))],
  ['a package of somebody’s choice', unitOf(upgrade, [...distUpgradeArgv('everything'), 'evil.deb'])],
  ['a simulation with options of its own', ['apt-get', '-s', 'dist-upgrade', '-o', 'APT::Update::Pre-Invoke::=sh']],
  ['a migration with an extra option', unitOf(guest, [...qmMigrateArgv(101, 'pve2', { withLocalDisks: false }), '--force', '1'])],
  ['a hard stop of a guest', unitOf(guest, ['qm', 'stop', '101'])],
  ['the end of a guest', ['qm', 'destroy', '101']],
  ['another file', ['cat', '/etc/shadow']],
  ['a second file', ['cat', '/proc/uptime', '/etc/shadow']],
  ['a second unit', ['systemctl', 'stop', guest, 'sshd']],
  ['somebody’s unit', ['systemctl', 'stop', 'sshd']],
  ['a reboot at once', ['systemctl', 'reboot']],
  [
    'another script in the guard’s timer',
    startGuardCommand({ run, node: 'pve1', afterS: 60, haMaintenance: true, noout: false }).argv.map((word) =>
      word.startsWith('said=') ? 'id' : word,
    ) as unknown as Argv,
  ],
  [
    'a second command behind the guard’s words',
    [...startGuardCommand({ run, node: 'pve1', afterS: 60, haMaintenance: true, noout: false }).argv, '; id'] as unknown as Argv,
  ],
  ['a pin for the next boot only', [...pinCommand('6.14.8-2-pve').argv, '--next-boot'] as unknown as Argv],
  ['an entry that is no kernel', oneShotCommand('auto-reboot-to-firmware-setup').argv],
  ["an entry of another part of GRUB's list", grubRebootCommand('memtest').argv],
  ['another command in the reboot’s timer', [...rebootCommand(run).argv.slice(0, -2), 'sh', '-c', 'id'] as unknown as Argv],
  ['arguments of a command that has none', ['pveversion', '--verbose']],
  ['a hold file that is not configured', ['head', '-v', '-c', '1000', '--', '/etc/shadow']],
  ['find with an action', ['find', '/boot', '-exec', 'sh', ';']],
  ['any shell', ['sh', '-c', 'id']],
];
for (const [what, argv] of forbidden) test(`sudo does not let ${what} through`, () => assert.equal(allowedBy(rules, argv), false));

test('every rule names its program by an absolute path and ends its arguments', () => {
  const lines = sudoersText('roller', holdPaths)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  assert.equal(lines.length, rules.length);
  for (const line of lines) assert.match(line, /^roller ALL=\(root\) NOPASSWD: \/usr\/s?bin\/[a-z-]+ ("")?(\^[^\n]*\$)?$/);
});

test('a user name that sudo would read otherwise is refused', () => {
  for (const name of ['ALL', '%admins', 'a b', '#0', 'x=y', '']) assert.throws(() => sudoersText(name, holdPaths));
});

const visudo = spawnSync('visudo', ['--version']).error === undefined;
test('visudo takes the file', { skip: !visudo && process.env['CI'] !== 'true' ? 'visudo is not installed' : false }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'proxroll-sudoers-'));
  try {
    const file = join(scratch, 'proxroll');
    writeFileSync(file, sudoersText('roller', holdPaths), { mode: 0o440 });
    assert.match(execFileSync('visudo', ['-cf', file], { encoding: 'utf8' }), /parsed OK/);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
