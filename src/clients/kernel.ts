/** Which kernel runs, and which one the next boot takes (facts 6.6). */
import type { BootLoader, KernelFacts } from '../model/node.ts';
import type { Reading } from '../model/reading.ts';
import { known, unknown } from '../model/reading.ts';
import { compareVersions } from '../model/version.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query, Source } from './query.ts';
import { answerQuery, filledLines, textQuery, unparsable } from './query.ts';

/** The release of the running kernel. @throws CommandFailed, Unparsable */
export const runningKernelQuery: Query<string> = textQuery(reads(deadlines.file, 'uname', '-r'), (text, source) => {
  if (!/^\S+\n?$/.test(text)) throw unparsable(source, 'the release', text);
  return text.trim();
});

export interface KernelPins {
  readonly pinned?: string;
  readonly pinnedForNextBoot?: string;
}

/** Pins set with proxmox-boot-tool; they count on hosts without managed ESPs too (facts 6.6). @throws CommandFailed, Unparsable */
export const kernelPinsQuery: Query<KernelPins> = textQuery(reads(deadlines.dpkg, 'proxmox-boot-tool', 'kernel', 'list'), parseKernelList);

/** @throws Unparsable */
export function parseKernelList(text: string, source: Source): KernelPins {
  if (!/^Automatically selected kernels:$/m.test(text)) throw unparsable(source, 'Automatically selected kernels', text);
  const pinned = lineAfter(text, 'Pinned kernel:', source);
  const pinnedForNextBoot = lineAfter(text, 'Kernel pinned on next-boot:', source);
  return { ...(pinned === undefined ? {} : { pinned }), ...(pinnedForNextBoot === undefined ? {} : { pinnedForNextBoot }) };
}

/**
 * How the node boots. Without partitions of its own proxmox-boot-tool exits 2, and GRUB reads `/boot` (facts 6.6); that is the usual case
 * on ext4 and LVM. A partition that is configured and missing has no row here, so it is told as one without kernels.
 * @throws CommandFailed, Unparsable
 */
export const bootLoaderQuery: Query<BootLoader> = answerQuery(
  reads(deadlines.dpkg, 'proxmox-boot-tool', 'status'),
  (answer, source, fail) => {
    if (answer.exitCode === 2 && /proxmox-boot-uuids does not exist/.test(answer.stderr + answer.stdout)) return { kind: 'grub' };
    if (answer.exitCode !== 0) throw fail();
    const present = filledLines(answer.stdout).flatMap((line) => {
      const [, uuid, how] = /^(\S+) is configured with: (.*)$/.exec(line) ?? [];
      if (uuid === undefined || how === undefined) return [];
      const lists = [...how.matchAll(/\(versions: ([^)]*)\)/g)].map((match) => match[1] ?? '');
      return [{ uuid, versions: [...new Set(lists.flatMap((list) => list.split(/,\s*/)).filter((version) => version !== ''))].sort() }];
    });
    // One that is gone, and one that cannot be mounted, as nodes have been seen to print it.
    const gone = filledLines(`${answer.stderr}\n${answer.stdout}`).flatMap(
      (line) => /^(?:WARN: |mount of )(?:\/dev\/disk\/by-uuid\/|UUID )?['"]?([0-9A-F]{4}-[0-9A-F]{4})\b/i.exec(line)?.[1] ?? [],
    );
    const partitions = [
      ...present,
      ...gone.filter((uuid) => !present.some((row) => row.uuid === uuid)).map((uuid) => ({ uuid, versions: [] })),
    ];
    if (partitions.length === 0) throw unparsable(source, 'an EFI partition', answer.stdout);
    return { kind: 'managed', partitions };
  },
);

/** Kernels in `/boot` that have an initrd, newest first. @throws CommandFailed, Unparsable when there is none */
export const bootableKernelsQuery: Query<readonly string[]> = textQuery(
  // The parentheses are find's own; no shell sees them.
  reads(
    deadlines.file,
    'find',
    '/boot',
    '-maxdepth',
    '1',
    '(',
    '-name',
    'vmlinuz-*',
    '-o',
    '-name',
    'initrd.img-*',
    ')',
    '-printf',
    '%f\\n',
  ),
  (text, source) => {
    const files = new Set(filledLines(text));
    const images = [...files].flatMap((file) => /^vmlinuz-(.+)$/.exec(file)?.[1] ?? []);
    const kernels = images.filter((release) => files.has(`initrd.img-${release}`));
    if (kernels.length === 0) throw unparsable(source, 'kernels with an initrd', text);
    // For kernel releases dpkg's order is that of `sort -V`, by which the boot loaders go.
    return kernels.sort((a, b) => compareVersions(b, a));
  },
);

/**
 * The three readings as one: next-boot pin, else pin, else the newest with an initrd. Unknown when one of them is, and when a
 * pin names a kernel that could not be booted: then nobody can say what comes up.
 * @param bootable newest first
 */
export function kernelFacts(
  running: Reading<string>,
  pins: Reading<KernelPins>,
  bootable: Reading<readonly string[]>,
  loader?: Reading<BootLoader>,
): Reading<KernelFacts> {
  if (!running.known) return running;
  if (!pins.known) return pins;
  if (!bootable.known) return bootable;
  const installed = bootable.value;
  const pin = pins.value.pinnedForNextBoot ?? pins.value.pinned;
  // A Debian kernel left over from an installation by hand is not what a Proxmox host boots, where it has one of its own; own builds have more behind the name.
  const expected = pin ?? installed.find((release) => /-pve(?:-|$)/.test(release)) ?? installed[0];
  if (expected === undefined) return unknown('there is no kernel with an initrd in /boot');
  if (!installed.includes(expected)) return unknown(`kernel ${expected} is pinned, but /boot has no such kernel with an initrd`);
  return known({
    running: running.value,
    expected,
    pinned: pin !== undefined,
    installed,
    ...(loader?.known === true ? { loader: loader.value } : {}),
  });
}

function lineAfter(text: string, heading: string, source: Source): string | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const at = lines.indexOf(heading);
  if (at === -1) return undefined;
  const value = lines[at + 1] ?? '';
  if (/^none\.?$/i.test(value)) return undefined;
  if (!/^\S+$/.test(value)) throw unparsable(source, heading.replace(':', ''), value);
  return value;
}
