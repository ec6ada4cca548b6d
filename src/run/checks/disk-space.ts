/** Room for the packages, one more kernel and its initrd: a full disk stops dpkg halfway, which is worse than not beginning (facts 6.3). */
import { bytesText, gib, mib } from '../../model/bytes.ts';
import { archivePath, holding } from '../../model/file-systems.ts';
import { isEmptySet } from '../../model/packages.ts';
import type { Check, CheckScope, Heard, Said } from './scope.ts';
import { notKnown } from './scope.ts';

/** What the archives of a large round of updates take, where apt cannot say it; the kernel, firmware and QEMU make most of it. */
const usualArchivesBytes = gib;
/** On top of what apt says: fresh lists lie on the same file system. */
const besidesArchivesBytes = 64 * mib;

export const checkRootSpace: Check = ({ hosts, config, scope }) =>
  hosts.filter((host) => takesPackages(host, scope)).flatMap((host) => rootSpace(host, config.limits.root_used_percent));

export const checkBootSpace: Check = ({ hosts, config, scope }) =>
  hosts
    .filter((host) => takesPackages(host, scope))
    .flatMap((host) => ['/boot', '/boot/efi'].flatMap((path) => bootSpace(host, path, config.limits.boot_free_mib * mib)));

export const checkArchiveSpace: Check = ({ hosts, scope }) => hosts.filter((host) => takesPackages(host, scope)).flatMap(archiveSpace);

/** Once its packages are in, a node needs no more room to reboot. Before a run anything may still turn out to be pending. */
function takesPackages({ facts }: Heard, scope: CheckScope): boolean {
  return scope.when === 'start' || !facts.pending.known || !isEmptySet(facts.pending.value);
}

function rootSpace({ node, facts }: Heard, limit: number): readonly Said[] {
  if (!facts.fileSystems.known) return [notKnown(node, `free space on ${node} is unknown`, facts.fileSystems.why)];
  const root = facts.fileSystems.value.find((row) => row.mountPoint === '/');
  if (root === undefined || root.totalBytes <= 0) return [notKnown(node, `free space on ${node} is unknown`, 'df says nothing of /')];
  const used = ((root.totalBytes - root.freeBytes) / root.totalBytes) * 100;
  if (used <= limit) return [];
  return [
    {
      severity: 'blocker',
      subject: node,
      what: `root file system of ${node} is ${Math.ceil(used)} % full`,
      seen: `${bytesText(root.freeBytes)} of ${bytesText(root.totalBytes)} free; the limit is ${limit} %`,
      next: `free space on ${node} (old kernels: apt autoremove; logs: journalctl --vacuum-size=200M), or raise limits.root_used_percent`,
    },
  ];
}

/** Where `/boot` is no file system of its own, it takes its room from the one it lies on; an EFI partition counts only where it is mounted. */
function bootSpace({ node, facts }: Heard, path: string, wantedBytes: number): readonly Said[] {
  if (!facts.fileSystems.known) return [];
  const row =
    path === '/boot' ? holding(path, facts.fileSystems.value) : facts.fileSystems.value.find((candidate) => candidate.mountPoint === path);
  if (row === undefined || row.freeBytes >= wantedBytes) return [];
  return [
    {
      severity: 'blocker',
      subject: node,
      what: `${path} of ${node} has too little room for another kernel`,
      seen: `${bytesText(row.freeBytes)} of ${bytesText(row.totalBytes)} free${row.mountPoint === path ? '' : ` on ${row.mountPoint}`}; ${bytesText(wantedBytes)} are wanted`,
      next: `remove old kernels on ${node} (apt autoremove; proxmox-boot-tool kernel list), or lower limits.boot_free_mib`,
    },
  ];
}

function archiveSpace({ node, facts }: Heard): readonly Said[] {
  if (!facts.fileSystems.known) return [];
  const row = holding(archivePath, facts.fileSystems.value);
  const exact = facts.fetchBytes?.known === true ? facts.fetchBytes.value : undefined;
  if (exact === 0) return [];
  const wantedBytes = exact === undefined ? usualArchivesBytes : exact + besidesArchivesBytes;
  if (row === undefined || row.freeBytes >= wantedBytes) return [];
  const wanted = exact === undefined ? `${bytesText(wantedBytes)} are wanted` : `${bytesText(exact)} are to be fetched`;
  return [
    {
      severity: 'blocker',
      subject: node,
      what: `${node} has too little room to download packages`,
      seen: `${bytesText(row.freeBytes)} of ${bytesText(row.totalBytes)} free on ${row.mountPoint}, where ${archivePath} lies; ${wanted}`,
      next: `free space on ${node} (downloaded packages: apt-get clean)`,
    },
  ];
}
