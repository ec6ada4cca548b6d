import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installTimesQuery, keptConffilesQuery, needsBoot } from '../../src/clients/dpkg.ts';
import { staleProcessesQuery, vmProcessesQuery } from '../../src/clients/processes.ts';
import { known } from '../../src/model/reading.ts';
import { node, snapshot } from '../builders.ts';
import { said } from '../run/checks/findings.ts';
import { assertUnparsable, parsed } from './said.ts';

const stale =
  '/proc/1234 /usr/bin/qemu-system-x86_64 (deleted)\n/proc/77 /usr/bin/ceph-osd (deleted)\n/proc/78 /usr/bin/ceph-osd (deleted)\n';

test('processes that run from replaced programs are told, also when another one ended meanwhile', () => {
  const rows = [
    { pid: 1234, program: '/usr/bin/qemu-system-x86_64' },
    { pid: 77, program: '/usr/bin/ceph-osd' },
    { pid: 78, program: '/usr/bin/ceph-osd' },
  ];
  assert.deepEqual(parsed(staleProcessesQuery, stale), rows);
  const ended = { exitCode: 1, stdout: stale, stderr: "find: '/proc/99': No such file or directory\n", tookMs: 1 };
  assert.deepEqual(staleProcessesQuery.parse(ended, 'pve1'), rows);
  assertUnparsable(() => parsed(staleProcessesQuery, 'hello\n'), { command: staleProcessesQuery.command.argv.join(' '), field: /process/ });
});

test('the process of every VM is told by its pid file, and none where no VM ever ran', () => {
  assert.deepEqual(parsed(vmProcessesQuery, '/run/qemu-server/101.pid:1234\n/run/qemu-server/102.pid:4321\n'), {
    '101': 1234,
    '102': 4321,
  });
  const none = { exitCode: 2, stdout: '', stderr: 'grep: /run/qemu-server: No such file or directory\n', tookMs: 1 };
  assert.deepEqual(vmProcessesQuery.parse(none, 'pve1'), {});
});

test('a VM on an older QEMU is one finding, daemons on older programs another', () => {
  const facts = {
    staleProcesses: known(parsed(staleProcessesQuery, stale)),
    vmProcesses: known(parsed(vmProcessesQuery, '/run/qemu-server/101.pid:1234\n/run/qemu-server/102.pid:4321\n')),
  };
  const found = said('replaced-programs', { snapshot: snapshot({ nodes: [node('pve1'), node('pve2', { facts }), node('pve3')] }) });
  assert.deepEqual(
    found.map(({ severity, what, seen }) => [severity, what, seen]),
    [
      ['info', '1 VM on pve2 runs an older QEMU than is installed', 'vm 101; a migration to another node is enough'],
      [
        'info',
        '2 processes on pve2 run from programs that were replaced',
        'ceph-osd (2); a restart of each, or a reboot, brings the new ones',
      ],
    ],
  );
});

test('the times of installation are told without architecture', () => {
  assert.deepEqual(parsed(installTimesQuery, 'libc6:amd64.list 1763735000.1230000000\nsystemd.list 1763000000.0\n'), {
    libc6: 1763735000.123,
    systemd: 1763000000,
  });
  assertUnparsable(() => parsed(installTimesQuery, 'hello\n'), {
    command: installTimesQuery.command.argv.join(' '),
    field: /list of files/,
  });
});
test('microcode, firmware, libc and systemd take a boot to be in use, a shell does not', () =>
  assert.deepEqual(
    ['intel-microcode', 'firmware-linux-free', 'libc6', 'systemd', 'bash', 'libc6-dev', 'systemd-timesyncd'].map(needsBoot),
    [...[true, true, true, true], ...[false, false, false]],
  ));

test('configuration files that were put aside are told with the time of their writing', () => {
  const text = '/etc/ssh/sshd_config.ucf-dist 1763735000.1230000000\n/etc/default/pve firewall.dpkg-dist 1763735001.0\n';
  assert.equal(parsed(keptConffilesQuery, text).length, 2);
  assertUnparsable(() => parsed(keptConffilesQuery, 'hello\n'), { command: keptConffilesQuery.command.argv.join(' '), field: /file/ });
});
