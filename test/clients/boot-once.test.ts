/** Which loaders forget an entry for one boot before they start it, from what their nodes say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bootOnceFacts,
  grubFolderQuery,
  knowsOneShotQuery,
  loaderVariable,
  ownDefaultQuery,
  type MountFacts,
} from '../../src/clients/boot-once.ts';
import { read, type Query } from '../../src/clients/query.ts';
import type { BootLoader, BootOnce } from '../../src/model/node.ts';
import { known, unknown, type Reading } from '../../src/model/reading.ts';

const managed: BootLoader = { kind: 'managed', partitions: [{ uuid: 'A1B2-C3D4', versions: ['6.17.2-1-pve'] }] };
const plain: MountFacts = { type: 'ext4', source: '/dev/sda2', options: 'rw,relatime' };

function facts(differs: {
  readonly loader?: BootLoader;
  readonly oneShot?: boolean;
  readonly ownDefault?: boolean;
  readonly folder?: MountFacts | 'none';
}): Reading<BootOnce> {
  return bootOnceFacts({
    loader: known(differs.loader ?? { kind: 'grub' }),
    knowsOneShot: known(differs.oneShot ?? false),
    ownDefault: known(differs.ownDefault ?? false),
    grubFolder: known(differs.folder ?? plain),
  });
}

const rows: readonly [obligation: string, seen: Parameters<typeof facts>[0], can: 'systemd-boot' | 'grub' | RegExp][] = [
  ['systemd-boot on managed partitions takes an entry once', { loader: managed, oneShot: true }, 'systemd-boot'],
  ['a default of its own goes before a pin', { loader: managed, oneShot: true, ownDefault: true }, /goes before any pin/],
  ['a systemd-boot that somebody else keeps is left alone', { oneShot: true }, /does not keep/],
  ['GRUB on managed partitions has several lists', { loader: managed }, /which of them is taken is not known/],
  ['GRUB on a plain partition of ext4 takes an entry once', {}, 'grub'],
  ['GRUB on an NVMe partition too', { folder: { ...plain, source: '/dev/nvme0n1p2' } }, 'grub'],
  ['and on FAT', { folder: { ...plain, type: 'vfat' } }, 'grub'],
  [
    'GRUB does not write to a logical volume',
    { folder: { ...plain, source: '/dev/mapper/pve-root' } },
    /\/dev\/mapper\/pve-root, no plain/,
  ],
  ['nor to RAID', { folder: { ...plain, source: '/dev/md0' } }, /\/dev\/md0/],
  ['nor to part of a file system that is more than it seems', { folder: { ...plain, source: '/dev/sda2[/@boot]' } }, /no plain partition/],
  ['nor to ZFS', { folder: { ...plain, type: 'zfs', source: 'rpool/ROOT/pve-1' } }, /lies on zfs/],
  ['nor to btrfs', { folder: { ...plain, type: 'btrfs' } }, /lies on btrfs/],
  ['nor to xfs, as far as is known', { folder: { ...plain, type: 'xfs' } }, /lies on xfs/],
  ['a journal with data in it would undo what GRUB wrote', { folder: { ...plain, options: 'rw,data=journal' } }, /in a journal/],
  ['a node without GRUB and without systemd-boot is not tried', { folder: 'none' }, /is not there/],
];
for (const [obligation, seen, can] of rows)
  test(obligation, () => {
    const found = facts(seen);
    if (!found.known) return assert.fail(found.why);
    if (typeof can === 'string') return assert.deepEqual(found.value, { can: true, by: can });
    if (found.value.can) return assert.fail(`it can, by ${found.value.by}`);
    assert.match(found.value.why, can);
  });

test('what matters and was not read leaves it unknown', () => {
  const read = { loader: known<BootLoader>(managed), knowsOneShot: known(true), ownDefault: known(false), grubFolder: known(plain) };
  for (const name of ['loader', 'knowsOneShot', 'ownDefault'] as const)
    assert.equal(bootOnceFacts({ ...read, [name]: unknown('x') }).known, false, name);
  assert.equal(bootOnceFacts({ ...read, grubFolder: unknown('x') }).known, true);
});

function answer<T>(query: Query<T>, stdout: string, exitCode = 0, stderr = ''): Reading<T> {
  return read(query, { exitCode, stdout, stderr, tookMs: 0 }, 'pve1');
}

test('the fourth bit of what a loader can do is an entry for one boot', () => {
  assert.deepEqual(answer(knowsOneShotQuery, ' 06 00 00 00 7f 00 00 00 00 00 00 00\n'), known(true));
  assert.deepEqual(answer(knowsOneShotQuery, ' 06 00 00 00 77 00 00 00 00 00 00 00\n'), known(false));
  const missing = 'od: /sys/firmware/efi/efivars/LoaderFeatures: No such file or directory\n';
  assert.deepEqual(answer(knowsOneShotQuery, '', 1, missing), known(false));
  for (const strange of ['', ' 06 00 00 00\n', ' 06 00 00 00 zz 00 00 00 00 00 00 00\n'])
    assert.equal(answer(knowsOneShotQuery, strange).known, false);
  assert.equal(answer(knowsOneShotQuery, '', 1, 'od: x: Permission denied\n').known, false);
});

test('a default of the loader is a variable that is there', () => {
  assert.deepEqual(answer(ownDefaultQuery, `${loaderVariable('LoaderEntryDefault')}\n`), known(true));
  assert.deepEqual(answer(ownDefaultQuery, '', 1, "stat: cannot statx 'x': No such file or directory\n"), known(false));
  assert.equal(answer(ownDefaultQuery, '', 1, "stat: cannot statx 'x': Permission denied\n").known, false);
});

test("what GRUB's folder lies on is read from findmnt", () => {
  const text = '{"filesystems": [{"fstype":"ext4", "source":"/dev/mapper/pve-root", "options":"rw,relatime"}]}';
  assert.deepEqual(answer(grubFolderQuery, text), known({ type: 'ext4', source: '/dev/mapper/pve-root', options: 'rw,relatime' }));
  assert.deepEqual(answer(grubFolderQuery, '', 1), known('none'));
  for (const strange of ['', '{"filesystems": []}', '{"filesystems": [{"source":"x"}]}'])
    assert.equal(answer(grubFolderQuery, strange).known, false);
});
