/** What any Linux host says of itself: boot, clock, memory, space, marks that people and packages leave. */
import type { FileSystemFacts, HoldFacts, MemoryFacts } from '../model/node.ts';
import type { Reading } from '../model/reading.ts';
import { known, mapReading } from '../model/reading.ts';
import { withoutSecrets } from '../model/redact.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { answerQuery, complaintsOf, filledLines, saysMissing, textQuery, unparsable } from './query.ts';

/** The kernel's id of this boot; it changes with every boot and with nothing else. @throws CommandFailed, Unparsable */
export const bootIdQuery: Query<string> = textQuery(reads(deadlines.file, 'cat', '/proc/sys/kernel/random/boot_id'), (text, source) => {
  const id = text.trim();
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw unparsable(source, 'boot id', text);
  return id;
});

/** Seconds since boot. @throws CommandFailed, Unparsable */
export const uptimeQuery: Query<number> = textQuery(reads(deadlines.file, 'cat', '/proc/uptime'), (text, source) => {
  const [, seconds] = /^(\d+(?:\.\d+)?)\s/.exec(text) ?? [];
  if (seconds === undefined) throw unparsable(source, 'uptime', text);
  return Number(seconds);
});

/** Debian's code name of the installed release: `bookworm`, `trixie`. @throws CommandFailed, Unparsable */
export const codenameQuery: Query<string> = textQuery(reads(deadlines.file, 'cat', '/etc/os-release'), (text, source) => {
  const [, name] = /^VERSION_CODENAME="?([a-z0-9-]+)"?$/m.exec(text) ?? [];
  if (name === undefined) throw unparsable(source, 'VERSION_CODENAME', text);
  return name;
});

/** The host's clock in milliseconds since the epoch. @throws CommandFailed, Unparsable */
export const clockQuery: Query<number> = textQuery(reads(deadlines.file, 'date', '+%s%3N'), (text, source) => {
  if (!/^\d{12,15}$/.test(text.trim())) throw unparsable(source, 'milliseconds', text);
  return Number(text);
});

/**
 * The least by which the host's clock differs from ours: the answer is as good as from the middle between asking and answering, give or
 * take half of that time, and what a slow answer leaves open is not held against the clock.
 * @param asked our clock before and after, milliseconds since the epoch
 */
export function clockOffset(hostMs: Reading<number>, asked: { readonly beforeMs: number; readonly afterMs: number }): Reading<number> {
  const half = (asked.afterMs - asked.beforeMs) / 2;
  return mapReading(hostMs, (ms) => {
    const offset = ms - (asked.beforeMs + asked.afterMs) / 2;
    const least = Math.round(Math.max(0, Math.abs(offset) - half));
    return offset < 0 && least > 0 ? -least : least;
  });
}

/** Whether the clock is kept by a time service. @throws CommandFailed, Unparsable */
export const clockSynchronisedQuery: Query<boolean> = textQuery(
  reads(deadlines.systemd, 'timedatectl', 'show', '--property=NTPSynchronized', '--value'),
  (text, source) => {
    const word = text.trim();
    if (word !== 'yes' && word !== 'no') throw unparsable(source, 'NTPSynchronized', text);
    return word === 'yes';
  },
);

/** Memory in bytes. @throws CommandFailed, Unparsable */
export const memoryQuery: Query<MemoryFacts> = textQuery(reads(deadlines.file, 'cat', '/proc/meminfo'), (text, source) => {
  const bytes = (name: string) => {
    const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text) ?? [];
    if (kib === undefined) throw unparsable(source, name, text);
    return Number(kib) * 1024;
  };
  return { totalBytes: bytes('MemTotal'), availableBytes: bytes('MemAvailable') };
});

/** The model of the first processor. @throws CommandFailed, Unparsable */
export const cpuModelQuery: Query<string> = textQuery(reads(deadlines.file, 'cat', '/proc/cpuinfo'), (text, source) => {
  const [, model] = /^model name\s*:\s*(.+?)\s*$/m.exec(text) ?? [];
  if (model === undefined) throw unparsable(source, 'model name', text);
  return model;
});

/** Where an upgrade writes: the root, the kernels, the EFI partition, the downloads. */
const writtenPaths = ['/', '/boot', '/boot/efi', '/var/cache/apt/archives'] as const;

/**
 * Size and free space in bytes of the file systems that hold `writtenPaths`, each once. df exits 1 when one of them is missing;
 * the rows of the others count. @throws CommandFailed, Unparsable when there is no row for `/`
 */
export const fileSystemsQuery: Query<readonly FileSystemFacts[]> = answerQuery(
  reads(deadlines.file, 'df', '--block-size=1', '--output=target,size,avail', ...writtenPaths),
  (answer, source, fail) => {
    if (answer.exitCode > 1) throw fail();
    const [header, ...rows] = filledLines(answer.stdout);
    if (header === undefined || !header.startsWith('Mounted on')) throw unparsable(source, 'the heading', header);
    const found = rows.map((row): FileSystemFacts => {
      const [, mountPoint, total, free] = /^(\/.*?)\s+(\d+)\s+(\d+)$/.exec(row) ?? [];
      if (mountPoint === undefined) throw unparsable(source, 'a row', row);
      return { mountPoint, totalBytes: Number(total), freeBytes: Number(free) };
    });
    const byMountPoint = new Map(found.map((row) => [row.mountPoint, row]));
    if (!byMountPoint.has('/')) throw unparsable(source, 'a row for /', answer.stdout);
    return [...byMountPoint.values()];
  },
);

/** Whether a subscription key is installed; not whether it is still good. @throws CommandFailed, Unparsable */
export const subscribedQuery: Query<boolean> = answerQuery(
  reads(deadlines.file, 'stat', '-c', '%s', '/etc/subscription'),
  (answer, source, fail) => {
    if (saysMissing(answer)) return false;
    if (answer.exitCode !== 0) throw fail();
    if (!/^\d+$/.test(answer.stdout.trim())) throw unparsable(source, 'size', answer.stdout);
    return Number(answer.stdout) > 0;
  },
);

/** Whether somebody asked for a reboot. Absence proves nothing (facts 6.7). @throws CommandFailed */
export const rebootMarkQuery: Query<boolean> = answerQuery(
  reads(deadlines.file, 'stat', '-c', '%n', '/run/reboot-required'),
  (answer, _source, fail) => {
    if (saysMissing(answer)) return false;
    if (answer.exitCode !== 0) throw fail();
    return true;
  },
);

/** The packages that asked for a reboot, as they wrote themselves down; empty without the file. @throws CommandFailed */
export const rebootPackagesQuery: Query<readonly string[]> = answerQuery(
  reads(deadlines.file, 'cat', '/run/reboot-required.pkgs'),
  (answer, _source, fail) => {
    if (saysMissing(answer)) return [];
    if (answer.exitCode !== 0) throw fail();
    return [...new Set(filledLines(answer.stdout).map((line) => line.trim()))].sort();
  },
);

/** Both as one: who asked, `(unnamed)` when nobody signed, empty when nobody asked. */
export function rebootRequired(mark: Reading<boolean>, packages: Reading<readonly string[]>): Reading<readonly string[]> {
  if (!mark.known) return mark;
  if (!packages.known) return packages;
  if (packages.value.length > 0) return packages;
  return known(mark.value ? ['(unnamed)'] : []);
}

/**
 * A person's word that this node is to be left alone: those of the files that are there, in their order; a text says why and may be empty.
 * head names each file it could open, an empty one too, and exits 1 when one is missing.
 * @param paths absolute @throws CommandFailed, Unparsable
 */
export function holdQuery(paths: readonly string[]): Query<readonly HoldFacts[]> {
  const command = reads(deadlines.file, 'head', '-v', '-c', '1000', '--', ...paths);
  return answerQuery(command, (answer, _source, fail) => {
    const complaints = complaintsOf(answer, 'head');
    const unread = complaints.filter((line) => !line.includes('No such file or directory'));
    if (answer.exitCode > 1 || unread.length > 0 || (answer.exitCode === 1 && complaints.length === 0)) throw fail();
    const parts = answer.stdout.split(/^==> (.*) <==$/m).slice(1);
    return parts.flatMap((path, index) => (index % 2 === 0 ? [{ path, text: withoutSecrets((parts[index + 1] ?? '').trim()) }] : []));
  });
}
