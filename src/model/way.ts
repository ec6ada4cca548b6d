/** By which way a guest leaves its node: what follows from its policy, its kind and who has it in hand. Pure. */
import { needsPlace, type GuestFacts } from './guest.ts';
import { copiesDisks, followsReplica } from './disks.ts';
import { policyFor, type GuestPolicy, type PolicyConfig } from './policy.ts';
import type { Snapshot } from './snapshot.ts';

export const ways = [
  'live-migration',
  'disk-migration',
  'replica-migration',
  'restart-migration',
  'restart-elsewhere',
  'ha-manager',
  'ha-stop',
  'shutdown',
  'leave',
  'block',
] as const;

/**
 * - `live-migration`: a VM, as it runs. `replica-migration`: the same, to the node that has a fresh replica of its local disks.
 * - `restart-migration`: a container, stopped, moved and started by `pct`.
 * - `disk-migration`: one of these two, with local disks copied along.
 * - `restart-elsewhere`: a VM, shut down, moved while it is down, started on the target.
 * - `ha-manager`: whatever the HA manager does when its node goes into maintenance. `ha-stop`: stopped by it, started after.
 * - `shutdown`: stopped here, started here after. `leave`: nothing is done, it goes down with its node.
 * - `block`: it keeps its node up.
 */
export type Way = (typeof ways)[number];

/** @param config without policies, `migrate` holds for all */
export function wayFor(guest: GuestFacts, snapshot: Snapshot, config: PolicyConfig): Way {
  return wayBy(policyFor(guest, config), guest, snapshot);
}

export function wayBy(policy: GuestPolicy, guest: GuestFacts, snapshot: Snapshot): Way {
  if (policy === 'block') return 'block';
  if (isManaged(guest, snapshot)) return policy === 'shutdown' ? 'ha-stop' : 'ha-manager';
  if (policy === 'shutdown' || policy === 'leave') return policy;
  if (guest.kind === 'lxc') {
    const copied = policy === 'migrate-with-disks' && copiesDisks(guest, snapshot) && !followsReplica(guest, snapshot);
    return copied ? 'disk-migration' : 'restart-migration';
  }
  switch (policy) {
    case 'migrate':
      return followsReplica(guest, snapshot) ? 'replica-migration' : 'live-migration';
    case 'migrate-with-disks':
      if (followsReplica(guest, snapshot)) return 'replica-migration';
      return copiesDisks(guest, snapshot) ? 'disk-migration' : 'live-migration';
    case 'restart':
      return 'restart-elsewhere';
    default:
      return policy satisfies never;
  }
}

/** Whether the guest goes somewhere else, so that somebody there must have room for it. */
export function goesAway(way: Way): boolean {
  return !['ha-stop', 'shutdown', 'leave', 'block'].includes(way);
}

/** Whether it may be asked to make room for others: ours to move, and neither copied nor down for long. */
export function givesRoom(way: Way): boolean {
  return way === 'live-migration' || way === 'restart-migration';
}

/** Whether the guest runs on while it moves: then processor, QEMU and devices must fit. */
export function isLive(way: Way, guest: GuestFacts): boolean {
  return guest.kind === 'qemu' && ['live-migration', 'disk-migration', 'replica-migration', 'ha-manager'].includes(way);
}

/** Whether the HA manager has it in hand now. */
export function isManaged(guest: GuestFacts, snapshot: Snapshot): boolean {
  return guest.ha !== undefined && snapshot.ha.known && snapshot.ha.value.kind === 'used';
}

/** Guests that are in the way of a reboot: they run here, and nobody said that they may go down with the node. */
export function mustLeave(guest: GuestFacts, snapshot: Snapshot, config: PolicyConfig): boolean {
  return needsPlace(guest) && wayFor(guest, snapshot, config) !== 'leave';
}
