/** What a migration finds against itself once it has begun, and the lines its task writes about it (facts 3.2, 3.8). */
import { addressesIn } from '../model/address.ts';
import type { Disk } from './guest.ts';
import type { Move } from './migration.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

/** Why it ends, and what its log says before. */
export interface Refusal {
  readonly why: string;
  readonly lines: readonly string[];
}

/** The checks of the task itself; those before it are the command's. */
export function refusalOf(world: World, move: Move): Refusal | undefined {
  const { guest, from, to } = move;
  const devices = guest.kind === 'lxc' ? [] : [...guest.localDevices, ...(guest.up ? guest.heldWhileRunning : [])];
  if (devices.length > 0) return { why: `can't migrate VM which uses local devices: ${devices.join(', ')}`, lines: [] };
  const [bindMount] = guest.bindMounts;
  if (bindMount !== undefined) return { why: `cannot migrate local bind mount point '${bindMount}'`, lines: [] };
  const unreached = noMigrationAddress(world, to);
  if (unreached !== undefined) return { why: unreached, lines: [] };
  const missing = unmapped(world, move);
  if (missing !== undefined) return { why: missing, lines: [] };
  if (guest.kind === 'qemu' && guest.up && guest.replicas.size > 0 && !guest.replicas.has(to.name))
    return {
      why: `Cannot live-migrate replicated VM to node '${to.name}' - not a replication target. Use 'force' to override.`,
      lines: [],
    };
  if (!world.reaches(from, to)) {
    const route = to.power === 'off' || to.cut ? 'No route to host' : 'Connection timed out';
    return {
      why: "Can't connect to destination address using public key",
      lines: [
        `# /usr/bin/ssh -e none -o 'BatchMode=yes' -o 'HostKeyAlias=${to.name}' root@${to.address} /bin/true`,
        `ssh: connect to host ${to.address} port 22: ${route}`,
      ],
    };
  }
  if (guest.refusal !== undefined) return { why: guest.refusal, lines: [] };
  return undefined;
}

/** The target is asked for its one address in the migration network (facts 3.2, 3.7). */
function noMigrationAddress({ spec }: World, to: SimNode): string | undefined {
  const network = spec.migrationNetwork;
  if (network === undefined || addressesIn(network, [to.address, ...(to.spec.addresses ?? [])])?.length === 1) return undefined;
  return `failed to get ip for node '${to.name}' in network '${network}'`;
}

/** Mapped devices: the target must have them, and a running VM takes only those along that may move live (facts 3.2, capture qm-migrate-111-mapped). */
function unmapped(world: World, { guest, to }: Move): string | undefined {
  const mappings = world.spec.mappings ?? {};
  const keys = [...guest.mapped];
  const missing = keys.filter(([, name]) => mappings[name]?.nodes.includes(to.name) !== true).map(([key]) => key);
  if (missing.length > 0) return `can't migrate to '${to.name}': missing mapped devices ${missing.join(', ')}`;
  const held = keys.filter(([, name]) => guest.up && mappings[name]?.live !== true).map(([key]) => key);
  return held.length > 0 ? `can't migrate running VM which uses following mapped devices: ${held.join(', ')}` : undefined;
}

/** A local disk of a running VM that stays where it is, and what the log says of it. */
export function staysBehind(world: World, move: Move): Refusal | undefined {
  const { guest, withLocalDisks } = move;
  const blocked = guest.kind === 'qemu' ? guest.disks.find((disk) => blocks(world, move, disk)) : undefined;
  if (blocked === undefined) return undefined;
  const volid = `${blocked.storage}:${blocked.volume}`;
  const why =
    /^iso\//.test(blocked.volume) && !guest.up
      ? 'local cdrom image'
      : guest.snapshots.length > 0 && withLocalDisks
        ? 'online storage migration not possible if non-replicated snapshot exists'
        : "can't live migrate attached local disks without with-local-disks option";
  const text = "Problem found while scanning volumes - can't migrate VM - check log";
  return {
    why: text,
    lines: [
      `found local disk '${volid}' (attached)`,
      `can't migrate local disk '${volid}': ${why}`,
      `ERROR: ${text}`,
      'aborting phase 1 - cleanup resources',
    ],
  };
}

function blocks(world: World, { guest, withLocalDisks }: Move, { key, storage, volume }: Disk): boolean {
  if (world.storages.isShared(storage) || /cloudinit/.test(volume)) return false;
  // Copied without being asked for (facts 3.8).
  if (/^(tpmstate|unused)\d+$/.test(key)) return false;
  if (/^iso\//.test(volume)) return true;
  return guest.up && (!withLocalDisks || (guest.snapshots.length > 0 && guest.replicas.size === 0));
}
