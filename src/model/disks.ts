/** What a guest's disks need where it goes: a storage that both nodes share, a fresh replica, or to be copied. Pure (facts 1.9, 3.2, 3.8, 10.3). */
import { bytesText, gib } from './bytes.ts';
import { durationText } from './duration.ts';
import type { GuestFacts, GuestVolume, ReplicaFacts } from './guest.ts';
import type { Reading } from './reading.ts';
import type { Snapshot, StorageFacts } from './snapshot.ts';

/** The part of the config that counts here; what is missing has its usual value. */
export interface DiskLimits {
  /** What the local disks of one guest may be together to be copied, in GiB. */
  readonly copied_disks_gib?: number;
  /** How old the last sync of a replica may be, in minutes. */
  readonly replica_age_minutes?: number;
}

export const usualDiskLimits = { copied_disks_gib: 100, replica_age_minutes: 60 } as const;

/** Disks on storage that only its node has. Cloud-init and TPM state are copied by qm itself (facts 3.8). */
export function localDisks(guest: GuestFacts, snapshot: Snapshot): readonly GuestVolume[] {
  if (!guest.config.known) return [];
  return guest.config.value.volumes.filter(
    (volume) =>
      volume.use === 'disk' && volume.storage !== undefined && !volume.declaredShared && !isShared(volume, guest.node, snapshot.storages),
  );
}

/** Whether its disks have to be copied when it moves: `qm migrate` wants `--with-local-disks` then. */
export function copiesDisks(guest: GuestFacts, snapshot: Snapshot): boolean {
  return localDisks(guest, snapshot).length > 0;
}

/** Whether all its local disks are replicated, so that it follows its replica and next to nothing is copied. */
export function followsReplica(guest: GuestFacts, snapshot: Snapshot): boolean {
  const disks = localDisks(guest, snapshot);
  return disks.length > 0 && isReplicated(guest) && disks.every((disk) => disk.replicated !== false);
}

export function isReplicated(guest: GuestFacts): boolean {
  return guest.replicas !== undefined && (!guest.replicas.known || guest.replicas.value.length > 0);
}

/** @returns why its local disks must not be copied, whatever the target; empty when they may */
export function copyObstacles(guest: GuestFacts, snapshot: Snapshot, limits: DiskLimits, live: boolean): readonly string[] {
  const disks = localDisks(guest, snapshot);
  if (disks.length === 0 || !guest.config.known) return [];
  const sizeless = disks.filter((disk) => disk.bytes === undefined);
  const bytes = disks.reduce((sum, disk) => sum + (disk.bytes ?? 0), 0);
  const limit = limits.copied_disks_gib ?? usualDiskLimits.copied_disks_gib;
  const { snapshots = [] } = guest.config.value;
  const foreign = disks.filter((disk) => !copyable(pluginOf(disk, guest.node, snapshot.storages), snapshots.length > 0, live));
  return [
    ...sizeless.map((disk) => `the size of ${disk.key} is unknown`),
    ...(bytes > limit * gib ? [`its local disks are ${bytesText(bytes)} together, and ${limit} GiB may be copied`] : []),
    ...(snapshots.length > 0 && live ? [`it has snapshots (${snapshots.join(', ')}) of disks on local storage`] : []),
    ...foreign
      .filter(() => snapshots.length === 0 || !live)
      .map(
        (disk) =>
          `${disk.key} is on a storage that ${snapshots.length > 0 ? 'cannot be copied with its snapshots' : 'cannot be copied from'} (${disk.storage ?? ''})`,
      ),
  ];
}

/** Storage types that can be copied from one node to another (facts 3.2); with snapshots only some, and never live. */
function copyable(plugin: string | undefined, snapshots: boolean, live: boolean): boolean {
  if (plugin === undefined) return true;
  return snapshots && !live ? /^(zfspool|btrfs|dir)$/.test(plugin) : /^(dir|btrfs|zfspool|lvmthin|lvm)$/.test(plugin);
}

/** @returns why its replica on that node cannot be followed; empty when it is fresh, or when nothing is replicated */
export function replicaObstacles(guest: GuestFacts, target: string, snapshot: Snapshot, limits: DiskLimits): readonly string[] {
  const { replicas } = guest;
  if (replicas === undefined) return [];
  if (!replicas.known) return [`its replicas are unknown (${replicas.why})`];
  if (replicas.value.length === 0) return [];
  const replica = replicas.value.find((candidate) => candidate.target === target);
  return replica === undefined ? ['it has no replica there'] : staleness(replica, snapshot.takenAtMs, limits);
}

function staleness({ lastSyncS, trouble }: ReplicaFacts, nowMs: number, limits: DiskLimits): readonly string[] {
  if (trouble !== undefined) return [`its replica there is not kept up (${trouble})`];
  if (!lastSyncS.known) return [`the age of its replica there is unknown (${lastSyncS.why})`];
  if (lastSyncS.value === 0) return ['its replica there was never synced'];
  const ageMs = nowMs - lastSyncS.value * 1000;
  const limit = limits.replica_age_minutes ?? usualDiskLimits.replica_age_minutes;
  return ageMs > limit * 60_000 ? [`its replica there is ${durationText(ageMs)} old, and ${limit} min are the limit`] : [];
}

export function isShared(volume: GuestVolume, node: string, storages: Reading<readonly StorageFacts[]>): boolean {
  return storages.known && rowsOf(storages.value).get(`${node}/${volume.storage ?? ''}`)?.shared === true;
}

function pluginOf(volume: GuestVolume, node: string, storages: Reading<readonly StorageFacts[]>): string | undefined {
  return storages.known ? rowsOf(storages.value).get(`${node}/${volume.storage ?? ''}`)?.plugin : undefined;
}

// Thousands of guests are judged against dozens of nodes with the same storages, so these are sorted once for each snapshot.
const sorted = new WeakMap<readonly StorageFacts[], ReadonlyMap<string, StorageFacts>>();

/** By `NODE/STORAGE`. */
export function rowsOf(storages: readonly StorageFacts[]): ReadonlyMap<string, StorageFacts> {
  const before = sorted.get(storages);
  if (before !== undefined) return before;
  const rows = new Map(storages.map((row) => [`${row.node}/${row.storage}`, row]));
  sorted.set(storages, rows);
  return rows;
}
