/**
 * Whether the boot loader takes a kernel for one boot and forgets it before that kernel starts, so that a power cycle boots the one before.
 * systemd-boot deletes the EFI variable LoaderEntryOneShot as it reads it; GRUB empties `next_entry` of its grubenv, where it can write
 * (GRUB's manual, "Environment block": a plain partition, no LVM, RAID, ZFS or btrfs). A pin made with `--next-boot` is taken away only by a
 * service of the system that it booted, so a kernel that hangs is booted again.
 */
import { z } from 'zod';
import type { BootLoader, BootOnce } from '../model/node.ts';
import type { Reading } from '../model/reading.ts';
import { known } from '../model/reading.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import { parseJson } from './foreign-json.ts';
import type { Query } from './query.ts';
import { answerQuery, saysMissing, unparsable } from './query.ts';

/** Where a variable of systemd's boot loader interface is read. */
export function loaderVariable(name: string): string {
  return `/sys/firmware/efi/efivars/${name}-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f`;
}

/** Whether the loader of this boot says that it knows entries for one boot. Only systemd-boot does. @throws CommandFailed, Unparsable */
export const knowsOneShotQuery: Query<boolean> = answerQuery(
  reads(deadlines.file, 'od', '-An', '-v', '-tx1', loaderVariable('LoaderFeatures')),
  (answer, source, fail) => {
    if (saysMissing(answer)) return false;
    if (answer.exitCode !== 0) throw fail();
    // Four bytes of attributes, then a number of eight, the lowest first; an entry for one boot is its fourth bit.
    const bytes = answer.stdout.trim().split(/\s+/);
    if (bytes.length !== 12 || bytes.some((byte) => !/^[0-9a-f]{2}$/.test(byte))) throw unparsable(source, 'twelve bytes', answer.stdout);
    return (parseInt(bytes[4] ?? '', 16) & 0b1000) !== 0;
  },
);

/** Whether a default was left in the loader itself, which goes before what proxmox-boot-tool writes. @throws CommandFailed */
export const ownDefaultQuery: Query<boolean> = answerQuery(
  reads(deadlines.file, 'stat', '-c', '%n', loaderVariable('LoaderEntryDefault')),
  (answer, source, fail) => {
    if (saysMissing(answer)) return false;
    if (answer.exitCode !== 0) throw fail();
    if (answer.stdout.trim() !== loaderVariable('LoaderEntryDefault')) throw unparsable(source, 'the name', answer.stdout);
    return true;
  },
);

/** What a folder lies on. */
export interface MountFacts {
  readonly type: string;
  readonly source: string;
  readonly options: string;
}

const findmntSchema = z.object({ filesystems: z.array(z.object({ fstype: z.string(), source: z.string(), options: z.string() })).min(1) });

/** What GRUB's own files lie on; `none` where there are none. @throws CommandFailed, Unparsable */
export const grubFolderQuery: Query<MountFacts | 'none'> = answerQuery(
  reads(deadlines.file, 'findmnt', '--json', '--output', 'FSTYPE,SOURCE,OPTIONS', '--target', '/boot/grub'),
  (answer, source, fail) => {
    if (answer.exitCode === 1 && answer.stdout.trim() === '') return 'none';
    if (answer.exitCode !== 0) throw fail();
    const found = parseJson(findmntSchema, answer.stdout, source).filesystems.at(-1);
    if (found === undefined) throw unparsable(source, 'filesystems', answer.stdout);
    return { type: found.fstype, source: found.source, options: found.options };
  },
);

export interface LoaderReadings {
  readonly loader: Reading<BootLoader>;
  readonly knowsOneShot: Reading<boolean>;
  readonly ownDefault: Reading<boolean>;
  readonly grubFolder: Reading<MountFacts | 'none'>;
}

/** The readings as one; unknown when one that matters is. */
export function bootOnceFacts({ loader, knowsOneShot, ownDefault, grubFolder }: LoaderReadings): Reading<BootOnce> {
  if (!loader.known) return loader;
  if (!knowsOneShot.known) return knowsOneShot;
  if (knowsOneShot.value) {
    if (loader.value.kind === 'grub') return no('it boots by a systemd-boot that proxmox-boot-tool does not keep');
    if (!ownDefault.known) return ownDefault;
    if (ownDefault.value) return no("a default was chosen in systemd-boot's own menu or with bootctl, and goes before any pin");
    return known({ can: true, by: 'systemd-boot' });
  }
  if (loader.value.kind === 'managed')
    return no('GRUB boots it from EFI partitions, each with a list of its own, and which of them is taken is not known');
  if (!grubFolder.known) return grubFolder;
  return grubOn(grubFolder.value);
}

/** As the kernel names partitions of plain disks; whatever else a file system lies on, GRUB may not be able to write there. */
const plainPartition = /^\/dev\/(?:(?:sd|vd|xvd|hd)[a-z]+\d+|nvme\d+n\d+p\d+|mmcblk\d+p\d+)$/;

function grubOn(folder: MountFacts | 'none'): Reading<BootOnce> {
  if (folder === 'none') return no('/boot/grub is not there');
  const { type, source, options } = folder;
  if (!/^(?:ext[234]|vfat)$/.test(type)) return no(`/boot/grub lies on ${type}, where GRUB cannot note that it has taken an entry`);
  if (!plainPartition.test(source))
    return no(`/boot/grub lies on ${source}, no plain partition: GRUB cannot note that it has taken an entry`);
  if (options.split(',').includes('data=journal')) return no('/boot/grub has its data in a journal, which GRUB does not write');
  return known({ can: true, by: 'grub' });
}

function no(why: string): Reading<BootOnce> {
  return known({ can: false, why });
}
