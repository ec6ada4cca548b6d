/** dpkg's own view of one node: whether it is whole, and what is installed. */
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { answerQuery, filledLines, textQuery, unparsable } from './query.ts';

/** The text of `dpkg --audit`; empty means that nothing is left half done (facts 6.3). @throws CommandFailed */
export const auditQuery: Query<string> = answerQuery(reads(deadlines.dpkg, 'dpkg', '--audit'), (answer, _source, fail) => {
  const text = answer.stdout.trim();
  // Some versions exit 1 when they have something to say.
  if (answer.exitCode > 1 || (answer.exitCode === 1 && text === '')) throw fail();
  return text;
});

/** Whether somebody else was changing packages while dpkg audited: then what it says is half done may be what they are at. Seen with dpkg 1.21 and 1.22. */
export function auditedMeanwhile(audit: string): boolean {
  return audit.startsWith('Another process has locked the database for writing');
}

/** The packages that `dpkg --audit` complains of: its lines that begin with one blank. */
export function auditedPackages(audit: string): readonly string[] {
  // The text was trimmed, and its first line is always a sentence.
  return audit.split('\n').flatMap((line) => /^ ([a-z0-9][a-z0-9.+-]+)(?::\S+)?(\s|$)/.exec(line)?.[1] ?? []);
}

/**
 * New versions of configuration files that were put beside the administrator's own, as `PATH CTIME`, sorted. The time is that of writing,
 * so that one which is written anew shows. Source: `man dpkg` (confold), `man ucf`. @throws CommandFailed
 */
export const keptConffilesQuery: Query<readonly string[]> = textQuery(
  // The parentheses are find's own; no shell sees them.
  reads(
    deadlines.dpkg,
    'find',
    '/etc',
    '-xdev',
    '-type',
    'f',
    '(',
    '-name',
    '*.dpkg-dist',
    '-o',
    '-name',
    '*.ucf-dist',
    ')',
    '-printf',
    '%p %C@\\n',
  ),
  (text, source) =>
    filledLines(text)
      .map((line) => {
        if (!/^\/etc\/.* \d+(\.\d+)?$/.test(line)) throw unparsable(source, 'a file', line);
        return line;
      })
      .sort(),
);

/** When packages were installed or upgraded last, in seconds since the epoch, by name without architecture. */
export type InstallTimes = Readonly<Record<string, number>>;

/** Packages whose new version is only in use after a boot (facts 6.8). Kernels are judged by what boots, not by name. */
const afterBootNames = [
  'intel-microcode',
  'amd64-microcode',
  'pve-firmware',
  'firmware-*',
  'libc6',
  'systemd',
  'dbus',
  'dbus-broker',
  'zfs-initramfs',
  'zfsutils-linux',
] as const;

/** Whether a new version of the package takes a boot to be in use. */
export function needsBoot(name: string): boolean {
  return afterBootNames.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}

/** dpkg writes the list of a package's files anew when it unpacks it. Source: `man dpkg`, seen with 1.21. @throws CommandFailed, Unparsable */
export const installTimesQuery: Query<InstallTimes> = textQuery(
  reads(
    deadlines.dpkg,
    'find',
    '/var/lib/dpkg/info',
    '-maxdepth',
    '1',
    '(',
    ...afterBootNames.flatMap((name, at) => [...(at === 0 ? [] : ['-o']), '-name', `${name}.list`, '-o', '-name', `${name}:*.list`]),
    ')',
    '-printf',
    '%f %C@\\n',
  ),
  (text, source) =>
    Object.fromEntries(
      filledLines(text).map((line) => {
        const [, name, seconds] = /^([a-z0-9][a-z0-9.+-]*?)(?::[a-z0-9-]+)?\.list (\d+(?:\.\d+)?)$/.exec(line) ?? [];
        if (name === undefined || seconds === undefined) throw unparsable(source, 'a list of files', line);
        return [name, Number(seconds)];
      }),
    ),
);

/** Installed version by package name. */
export type InstalledVersions = Readonly<Record<string, string>>;

/**
 * The version of every installed package; a package that is unpacked or half configured is in it too, a removed one is not.
 * A name that exists for two architectures appears once. Source: `man dpkg-query`. @throws CommandFailed, Unparsable
 */
export const installedQuery: Query<InstalledVersions> = textQuery(
  reads(deadlines.dpkg, 'dpkg-query', '-W', '-f=${db:Status-Abbrev}\\t${Package}\\t${Version}\\n'),
  (text, source) => {
    const lines = filledLines(text);
    if (lines.length === 0) throw unparsable(source, 'the package list', text);
    const versions = lines.flatMap((line): [string, string][] => {
      const [status, name, version] = line.split('\t');
      if (status === undefined || !/^[a-z][a-zA-Z]/.test(status) || name === undefined || name === '' || version === undefined)
        throw unparsable(source, 'a package', line);
      // Second letter: n not installed, c only its conffiles are left.
      return /^.[nc]/.test(status) ? [] : [[name, version]];
    });
    return Object.fromEntries(versions);
  },
);

/** Packages whose versions decide whether nodes go together (facts 0.3, 2.6, 3.8, appendix C). */
export const compatibilityPackages = [
  'ceph-common',
  'corosync',
  'lxc-pve',
  'proxmox-ve',
  'pve-cluster',
  'pve-container',
  'pve-ha-manager',
  'pve-manager',
  'pve-qemu-kvm',
  'qemu-server',
] as const;

/** Only those that decide compatibility, and of them only the installed ones. */
export function compatibilityVersions(installed: InstalledVersions): InstalledVersions {
  return Object.fromEntries(
    compatibilityPackages.flatMap((name) => {
      const version = installed[name];
      return version === undefined ? [] : [[name, version]];
    }),
  );
}
