import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aptFailureOf, distUpgradeArgv, holdsQuery, repositoriesQuery } from '../../src/clients/apt.ts';
import { fetchBytesQuery, parseSimulation, simulationQuery } from '../../src/clients/apt-simulation.ts';
import { answerOf, recordedText, recording } from '../recorded.ts';
import { assertUnparsable, parsed, source } from './said.ts';

const simulated = (name: string) => parseSimulation(recordedText('debian-12', name), source);
const command = simulationQuery.command.argv.join(' ');

test('a whole simulation of a real host gives every package with both versions and its origin', () => {
  const set = simulationQuery.parse(answerOf(recording('debian-12', 'apt-get-s-dist-upgrade-whole')), 'pve2');
  assert.deepEqual([set.changes.length, set.removals, set.keptBack], [131, [], []]);
  assert.ok(set.changes.every((change) => change.from !== undefined && change.origin !== ''));
  assert.deepEqual(set.changes[0], { name: 'base-files', from: '12.4+deb12u11', to: '12.4+deb12u15', origin: 'Debian:12.15/oldstable' });
});

test('what is to be fetched is the sum of what apt would fetch', () => {
  const { stdout } = recording('debian-12', 'apt-get-print-uris');
  assert.equal(parsed(fetchBytesQuery, stdout), 158_825_176);
  assert.equal(parsed(fetchBytesQuery, stdout.replace(/^'.*\n/gm, '').replace('Need to get 159 MB/198 MB', 'Need to get 0 B/198 MB')), 0);
  // Seen with apt 2.6: packages of a repository on the node itself are listed, and nothing is to be fetched.
  const local =
    "1 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\nNeed to get 0 B/309 kB of archives.\n'file:/mnt/repo/./a_2.0_all.deb' a_2.0_all.deb 308788 MD5Sum:67e6\n";
  assert.equal(parsed(fetchBytesQuery, local), 0);
  assert.equal(parsed(fetchBytesQuery, '0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n'), 0);
});

test('a list of archives that is cut short is not taken for a smaller one', () => {
  const { stdout } = recording('debian-12', 'apt-get-print-uris');
  const argv = fetchBytesQuery.command.argv.join(' ');
  assertUnparsable(() => parsed(fetchBytesQuery, stdout.slice(0, stdout.length / 2)), { command: argv, field: /sizes of the archives/ });
  assertUnparsable(() => parsed(fetchBytesQuery, ''), { command: argv, field: /summary line/ });
});

test('a new package has no old version, and a removal is a removal', () =>
  assert.deepEqual(simulated('apt-get-s-install-with-remv'), {
    changes: [{ name: 'chrony', to: '4.3-2+deb12u3', origin: 'Debian:12.15/oldstable' }],
    removals: ['systemd-timesyncd'],
    keptBack: [],
  }));

test('a purge is a removal', () => assert.deepEqual(simulated('apt-get-s-purge').removals, ['btrfs-progs']));

test('several origins, unsettled packages and foreign architectures are read', () => {
  const text = [
    'The following packages have been kept back:',
    '  pve-manager',
    '  proxmox-ve qemu-server',
    'The following packages will be upgraded:',
    '  a b',
    '2 upgraded, 1 newly installed, 1 downgraded, 0 to remove and 3 not upgraded.',
    'Inst libc6:i386 [2.36-9] (2.36-10 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [i386]) [libc6:amd64 on libc6:i386] []',
    'Inst tool [1:2.0~rc1-1] (1:2.0-1 Proxmox Debian Repository:trixie [all])',
    'Inst proxmox-kernel-6.17.2-1-pve-signed (6.17.2-1 localhost [amd64])',
    'Inst local [2] (1  [all])',
    'Conf local (1  [all])',
  ].join('\n');
  assert.deepEqual(parseSimulation(text, source), {
    changes: [
      { name: 'libc6:i386', from: '2.36-9', to: '2.36-10', origin: 'Debian:12.15/oldstable, Debian-Security:12/oldstable-security' },
      { name: 'tool', from: '1:2.0~rc1-1', to: '1:2.0-1', origin: 'Proxmox Debian Repository:trixie' },
      { name: 'proxmox-kernel-6.17.2-1-pve-signed', to: '6.17.2-1', origin: 'localhost' },
      { name: 'local', from: '2', to: '1', origin: '' },
    ],
    removals: [],
    keptBack: ['pve-manager', 'proxmox-ve', 'qemu-server'],
  });
});

test('nothing to do is an empty set', () =>
  assert.deepEqual(parseSimulation('Calculating upgrade...\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n', source), {
    changes: [],
    removals: [],
    keptBack: [],
  }));

test('a simulation that shows fewer packages than it counts is refused', () => {
  for (const name of ['apt-get-s-dist-upgrade', 'apt-get-s-dist-upgrade-held'])
    assertUnparsable(() => parsed(simulationQuery, recordedText('debian-12', name)), { command, field: /^Inst lines$/ });
  const lost = recordedText('debian-12', 'apt-get-s-install-with-remv').replace(/^Remv.*\n/m, '');
  assertUnparsable(() => parsed(simulationQuery, lost), { command, field: /^Remv lines$/ });
});

test('a simulation without its summary, empty or cut short, is refused', () => {
  assertUnparsable(() => parsed(simulationQuery, ''), { command, field: /^the summary line$/ });
  assertUnparsable(() => parsed(simulationQuery, 'Reading package lists...\n'), { command, field: /^the summary line$/ });
});

test('an Inst line that nobody understands is refused', () =>
  assertUnparsable(() => parsed(simulationQuery, '1 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\nInst bash 5.2\n'), {
    command,
    field: /^an Inst line$/,
  }));

test('repositories are told once each, with suites as configured', () =>
  assert.deepEqual(repositoriesQuery.parse(answerOf(recording('debian-12', 'apt-get-indextargets')), 'pve2'), [
    { uri: 'http://deb.debian.org/debian-security/', suite: 'bookworm-security', component: 'main', trusted: true },
    { uri: 'http://deb.debian.org/debian/', suite: 'bookworm', component: 'main', trusted: true },
    { uri: 'http://deb.debian.org/debian/', suite: 'bookworm-updates', component: 'main', trusted: true },
  ]));

test('a login in an address is not passed on, and a flat repository has no component', () =>
  assert.deepEqual(
    parsed(
      repositoriesQuery,
      'https://me:secret@mirror.test/pve/|trixie|main|stable|trixie|yes\nfile:/srv/repo/|./|$(COMPONENT)|$(SUITE)|$(CODENAME)|no\n',
    ),
    [
      { uri: 'file:/srv/repo/', suite: './', component: '', trusted: false },
      { uri: 'https://mirror.test/pve/', suite: 'trixie', component: 'main', trusted: true },
    ],
  ));

test('a line that is no repository is refused', () =>
  assertUnparsable(() => parsed(repositoriesQuery, 'http://x/|trixie\n'), {
    command: repositoriesQuery.command.argv.join(' '),
    field: /^a repository$/,
  }));

test('holds are listed by name', () => assert.deepEqual(parsed(holdsQuery, 'pve-manager\nceph-osd\n'), ['ceph-osd', 'pve-manager']));

test('the upgrade keeps changed conffiles and waits for the dpkg lock; the download changes nothing else', () => {
  assert.equal(
    distUpgradeArgv('everything').join(' '),
    'apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 -o APT::Get::AllowUnauthenticated=false -o APT::Get::allow-downgrades=false -o APT::Get::Never-Include-Phased-Updates=true dist-upgrade',
  );
  assert.deepEqual(distUpgradeArgv('download-only').slice(-2), ['--download-only', 'dist-upgrade']);
});

const failures: readonly (readonly [text: string, expected: ReturnType<typeof aptFailureOf>])[] = [
  [
    'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 3134 (python3)\nE: Unable to lock directory /var/lib/apt/lists/',
    { kind: 'locked', by: 'process 3134 (python3)' },
  ],
  [
    'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
    { kind: 'locked', by: 'another process' },
  ],
  [
    'dpkg: error: dpkg frontend lock was locked by another process with pid 29283\nNote: removing the lock file is always wrong',
    { kind: 'locked', by: 'process with pid 29283' },
  ],
  [
    'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 3134 (python3)...\nE: Sub-process /usr/bin/dpkg returned an error code (1)',
    { kind: 'other' },
  ],
  ["E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. ", { kind: 'interrupted' }],
  [
    'E: Failed to fetch https://me:key@enterprise.proxmox.com/debian/pve/dists/trixie/InRelease  401  Unauthorized [IP: 1.2.3.4 443]',
    { kind: 'unauthorised', repository: 'https://enterprise.proxmox.com/debian/pve/dists/trixie/InRelease' },
  ],
  ["E: You don't have enough free space in /var/cache/apt/archives/.", { kind: 'no-space' }],
  ['E: Failed to fetch http://127.0.0.1:9/debian/dists/nowhere/InRelease  Could not connect', { kind: 'other' }],
];
for (const [text, expected] of failures)
  test(`apt saying "${text.slice(0, 60)}" is ${expected.kind}`, () =>
    assert.deepEqual(aptFailureOf({ stdout: '', stderr: text }), expected));

test('the errors of a real host about a lock are all "locked"', () => {
  const lines = recordedText('debian-12', 'apt-lock-errors').split('\n');
  for (const line of lines.filter((each) => /^E: .*lock/.test(each)))
    assert.equal(aptFailureOf({ stdout: line, stderr: '' }).kind, 'locked');
});
