import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import * as host from '../../src/clients/host.ts';
import { pveVersionQuery } from '../../src/clients/pveversion.ts';
import { zpoolQuery } from '../../src/clients/zpool.ts';
import { known, unknown } from '../../src/model/reading.ts';
import { answerOf, recording } from '../recorded.ts';
import { assertUnparsable, parsed } from './said.ts';

const missing = (path: string) => ({ exitCode: 1, stderr: `stat: cannot statx '${path}': No such file or directory` });

test('a boot id is one, a truncated one is none', () => {
  assert.equal(parsed(host.bootIdQuery, '0b1f4c0e-8b1d-4b0c-9d5a-2f8a4d9f0b11\n'), '0b1f4c0e-8b1d-4b0c-9d5a-2f8a4d9f0b11');
  assertUnparsable(() => parsed(host.bootIdQuery, '0b1f4c0e-8b1d\n'), {
    command: 'cat /proc/sys/kernel/random/boot_id',
    field: /^boot id$/,
  });
});

test('the release is told by its code name, quoted or not', () => {
  assert.equal(host.codenameQuery.parse(answerOf(recording('debian-12', 'cat-os-release')), 'pve2'), 'bookworm');
  assert.equal(parsed(host.codenameQuery, 'NAME=x\nVERSION_CODENAME="trixie"\n'), 'trixie');
  assertUnparsable(() => parsed(host.codenameQuery, 'NAME=x\n'), { command: 'cat /etc/os-release', field: /^VERSION_CODENAME$/ });
});

test('a clock must be held against the middle of asking and answering, and what a slow answer leaves open not against it', () => {
  assert.equal(parsed(host.clockQuery, '1795255137123\n'), 1795255137123);
  assert.deepEqual(host.clockOffset(known(10_500), { beforeMs: 10_000, afterMs: 10_200 }), known(300));
  assert.deepEqual(host.clockOffset(known(9_000), { beforeMs: 10_000, afterMs: 10_200 }), known(-1000));
  assert.deepEqual(host.clockOffset(known(13_900), { beforeMs: 10_000, afterMs: 14_000 }), known(0));
  assert.deepEqual(host.clockOffset(unknown('why'), { beforeMs: 0, afterMs: 0 }), unknown('why'));
  assertUnparsable(() => parsed(host.clockQuery, '1795255137\n'), { command: 'date +%s%3N', field: /^milliseconds$/ });
});

test('a clock is kept or not; another word is neither', () => {
  assert.deepEqual([parsed(host.clockSynchronisedQuery, 'yes\n'), parsed(host.clockSynchronisedQuery, 'no\n')], [true, false]);
  assertUnparsable(() => parsed(host.clockSynchronisedQuery, '\n'), {
    command: 'timedatectl show --property=NTPSynchronized --value',
    field: /^NTPSynchronized$/,
  });
});

test('memory is in bytes', () => {
  assert.deepEqual(parsed(host.memoryQuery, 'MemTotal:  2048 kB\nMemFree: 1 kB\nMemAvailable:  1024 kB\n'), {
    totalBytes: 2_097_152,
    availableBytes: 1_048_576,
  });
  assertUnparsable(() => parsed(host.memoryQuery, 'MemTotal:  2048 kB\n'), { command: 'cat /proc/meminfo', field: /^MemAvailable$/ });
});

test('the processor is told by the model of the first', () => {
  assert.equal(
    parsed(host.cpuModelQuery, 'processor\t: 0\nmodel name\t: AMD EPYC 7302 16-Core Processor\nmodel name\t: other\n'),
    'AMD EPYC 7302 16-Core Processor',
  );
  assertUnparsable(() => parsed(host.cpuModelQuery, ''), { command: 'cat /proc/cpuinfo', field: /^model name$/ });
});

test('a missing path does not spoil the space of the others, and one file system counts once', () =>
  assert.deepEqual(
    host.fileSystemsQuery
      .parse(answerOf(recording('debian-12', 'df-written-paths')), 'pve2')
      .map(({ mountPoint, totalBytes }) => [mountPoint, totalBytes]),
    [['/', 270553174016]],
  ));

test('space is told for each mount point, and an answer without the root is refused', () => {
  const head = 'Mounted on 1B-blocks Avail\n';
  assert.deepEqual(parsed(host.fileSystemsQuery, `${head}/ 100 40\n/boot/efi 50 20\n`), [
    { mountPoint: '/', totalBytes: 100, freeBytes: 40 },
    { mountPoint: '/boot/efi', totalBytes: 50, freeBytes: 20 },
  ]);
  const command = host.fileSystemsQuery.command.argv.join(' ');
  assertUnparsable(() => parsed(host.fileSystemsQuery, `${head}/boot 50 20\n`, { exitCode: 1 }), { command, field: /^a row for \/$/ });
  assertUnparsable(() => parsed(host.fileSystemsQuery, ''), { command, field: /^the heading$/ });
  assertUnparsable(() => parsed(host.fileSystemsQuery, `${head}/ - -\n`), { command, field: /^a row$/ });
});

test('a subscription is a key file that holds something', () => {
  assert.equal(parsed(host.subscribedQuery, '812\n'), true);
  assert.equal(parsed(host.subscribedQuery, '0\n'), false);
  assert.equal(parsed(host.subscribedQuery, '', missing('/etc/subscription')), false);
  assert.throws(() => parsed(host.subscribedQuery, '', { exitCode: 1, stderr: 'stat: Permission denied' }), CommandFailed);
});

test('a wish to reboot names who has it, or that nobody signed', () => {
  const mark = parsed(host.rebootMarkQuery, '/run/reboot-required\n');
  const names = parsed(host.rebootPackagesQuery, 'linux-base\nlibc6\nlibc6\n');
  assert.deepEqual(host.rebootRequired(known(mark), known(names)), known(['libc6', 'linux-base']));
  const none = parsed(host.rebootPackagesQuery, '', missing('/run/reboot-required.pkgs'));
  assert.deepEqual(host.rebootRequired(known(mark), known(none)), known(['(unnamed)']));
  assert.deepEqual(host.rebootRequired(known(parsed(host.rebootMarkQuery, '', missing('/run/reboot-required'))), known(none)), known([]));
  assert.deepEqual(host.rebootRequired(unknown('why'), known(names)), unknown('why'));
});

test('every hold file that is there is told, with its text or without', () => {
  const query = host.holdQuery(['/etc/a', '/etc/b']);
  const noB = { exitCode: 1, stderr: "head: cannot open '/etc/b' for reading: No such file or directory\n" };
  assert.deepEqual(parsed(query, '==> /etc/a <==\ndisk swap\n', noB), [{ path: '/etc/a', text: 'disk swap' }]);
  assert.deepEqual(parsed(query, '==> /etc/a <==\n', noB), [{ path: '/etc/a', text: '' }]);
  assert.deepEqual(parsed(query, '==> /etc/a <==\none\n\n==> /etc/b <==\ntwo\n'), [
    { path: '/etc/a', text: 'one' },
    { path: '/etc/b', text: 'two' },
  ]);
  assert.deepEqual(
    parsed(query, '', { exitCode: 1, stderr: `head: cannot open '/etc/a' for reading: No such file or directory\n${noB.stderr}` }),
    [],
  );
});

test('a hold file that cannot be read is not taken for none', () =>
  assert.throws(
    () => parsed(host.holdQuery(['/etc/a']), '', { exitCode: 1, stderr: "head: cannot open '/etc/a' for reading: Permission denied\n" }),
    CommandFailed,
  ));

test('what sudo remarks beside the answer is no complaint about a hold', () => {
  const remark = 'sudo: unable to resolve host pve2: Name or service not known\n';
  const noFile = "head: cannot open '/etc/a' for reading: No such file or directory\n";
  assert.deepEqual(parsed(host.holdQuery(['/etc/a']), '', { exitCode: 1, stderr: remark + noFile }), []);
  assert.deepEqual(parsed(host.holdQuery(['/etc/a']), '==> /etc/a <==\n', { stderr: remark }), [{ path: '/etc/a', text: '' }]);
  assert.throws(() => parsed(host.holdQuery(['/etc/a']), '', { exitCode: 1, stderr: remark }), CommandFailed);
});

test('pools are healthy, not there, or told with zpool’s own words', () => {
  assert.deepEqual(parsed(zpoolQuery, 'all pools are healthy\n'), { kind: 'healthy' });
  assert.deepEqual(parsed(zpoolQuery, 'no pools available\n'), { kind: 'absent' });
  assert.deepEqual(parsed(zpoolQuery, '', { stderr: 'no pools available\n' }), { kind: 'absent' });
  assert.deepEqual(parsed(zpoolQuery, '', { exitCode: 127 }), { kind: 'absent' });
  assert.deepEqual(parsed(zpoolQuery, '', { exitCode: 1, stderr: 'The ZFS modules cannot be loaded.\n' }), { kind: 'absent' });
  assert.deepEqual(parsed(zpoolQuery, '  pool: rpool\n state: DEGRADED\n'), { kind: 'unhealthy', text: 'pool: rpool\n state: DEGRADED' });
  // As zpool prints them; the status is the worst that it found.
  const coarse =
    '  pool: fast\n state: ONLINE\nstatus: One or more devices are configured to use a non-native block size.\n\tExpect reduced performance.\n';
  const failing = '  pool: slow\n state: ONLINE\nstatus: One or more devices has experienced an unrecoverable error.\n';
  assert.deepEqual(parsed(zpoolQuery, coarse), { kind: 'healthy' });
  assert.equal(parsed(zpoolQuery, `${coarse}\n${failing}`).kind, 'unhealthy');
  assert.equal(parsed(zpoolQuery, coarse.replace('ONLINE', 'SUSPENDED')).kind, 'unhealthy');
  assertUnparsable(() => parsed(zpoolQuery, ''), { command: 'zpool status -x', field: /^the state of the pools$/ });
  assert.throws(() => parsed(zpoolQuery, '', { exitCode: 1, stderr: 'cannot open' }), CommandFailed);
});

test('the product version is that of pve-manager', () => {
  assert.equal(pveVersionQuery.parse(answerOf(recording('pve-9.2', 'pveversion')), 'pve1'), '9.2.11');
  assert.equal(parsed(pveVersionQuery, 'pve-manager/8.4.1~rc2/abc (running kernel: 6.8.12-4-pve)\n'), '8.4.1~rc2');
  assertUnparsable(() => parsed(pveVersionQuery, 'bash: pve'), { command: 'pveversion', field: /^pve-manager$/ });
});
