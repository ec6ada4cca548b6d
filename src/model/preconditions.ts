/**
 * What Proxmox VE itself has against moving one guest, held against the way it is meant to go. It looks at storages, mappings, local
 * disks and devices only; whether the target is up, has room and fits is judged elsewhere (facts 3.3, 3.4). Pure.
 */
import { bytesText, gib } from './bytes.ts';
import { followsReplica, usualDiskLimits, type DiskLimits } from './disks.ts';
import type { GuestFacts } from './guest.ts';
import type { Snapshot } from './snapshot.ts';
import { isLive, type Way } from './way.ts';

export interface Preconditions {
  /** Nodes it may go to; missing where the release does not say. */
  readonly allowed?: readonly string[];
  /** What is against each node, in words; a node with nothing against it may be in it, with nothing. */
  readonly against: Readonly<Record<string, readonly string[]>>;
  readonly localDisks: readonly LocalDisk[];
  /** Keys of what ties it to its node, mapped devices among them. */
  readonly localResources: readonly string[];
  /** Keys of its mapped devices. */
  readonly mapped: readonly string[];
}

export interface LocalDisk {
  readonly volume: string;
  /** Missing where it was not told. */
  readonly bytes?: number;
  /** `carried`: cloud-init, TPM state and memory of snapshots, which are copied without asking. */
  readonly use: 'disk' | 'image' | 'carried';
}

export interface Objections {
  /** Against moving it at all. */
  readonly everywhere: readonly string[];
  readonly byNode: Readonly<Record<string, readonly string[]>>;
}

/** @returns what is said against moving it this way; nothing of it stands where all is well */
export function objectionsTo(guest: GuestFacts, way: Way, said: Preconditions, snapshot: Snapshot, limits: DiskLimits): Objections {
  const others = snapshot.nodes.map(({ name }) => name).filter((name) => name !== guest.node);
  return {
    everywhere: [...deviceObjections(guest, way, said), ...diskObjections(guest, way, said, snapshot, limits)],
    byNode: Object.fromEntries(
      others.flatMap((node) => {
        const named = said.against[node] ?? [];
        const missing = named.length === 0 && said.allowed?.includes(node) === false ? ['it is not among the nodes that are allowed'] : [];
        return named.length + missing.length === 0 ? [] : [[node, [...named, ...missing]] as const];
      }),
    ),
  };
}

/** A VM that is moved while it is down takes mapped devices along, and what only a running one cannot take. */
function deviceObjections(guest: GuestFacts, way: Way, { localResources, mapped }: Preconditions): readonly string[] {
  const held = localResources.filter((key) => isLive(way, guest) || !(mapped.includes(key) || /^(amd-sev|intel-tdx|clipboard)/.test(key)));
  return held.length === 0 ? [] : [`it uses ${held.join(', ')} of its node`];
}

function diskObjections(
  guest: GuestFacts,
  way: Way,
  { localDisks }: Preconditions,
  snapshot: Snapshot,
  { copied_disks_gib: limit = usualDiskLimits.copied_disks_gib }: DiskLimits,
): readonly string[] {
  const images = localDisks.filter(({ use }) => use === 'image').map(({ volume }) => `the image ${volume} is on local storage`);
  const disks = localDisks.filter(({ use }) => use === 'disk');
  if (disks.length === 0 || followsReplica(guest, snapshot)) return images;
  if (way !== 'disk-migration') return [...images, `${disks.map(({ volume }) => volume).join(', ')} would be copied from local storage`];
  const bytes = disks.reduce((sum, disk) => sum + (disk.bytes ?? 0), 0);
  return bytes <= limit * gib ? images : [...images, `its local disks are ${bytesText(bytes)} together, and ${limit} GiB may be copied`];
}
