/**
 * When a guest that is stopped for its node goes down, and when it is started again. One that starts before others may carry what they
 * need, a storage or a name server: Proxmox VE stops guests in the reverse of their start order, and those without one first (facts 8.1,
 * 8.2). Pure.
 */
import type { Config } from '../../../config/schema.ts';
import type { GuestFacts } from '../../../model/guest.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import { wayFor } from '../../../model/way.ts';

/**
 * Whether it may leave its node now. Who moves need not wait; who is stopped waits for all that move, and for those that start after it.
 * So nobody is down longer than need be either.
 * @param left all that still run on the node, those under way included
 */
export function mayGo(guest: GuestFacts, left: readonly GuestFacts[], snapshot: Snapshot, config: Config): boolean {
  if (wayFor(guest, snapshot, config) !== 'shutdown') return true;
  return left.every((other) => {
    if (other.vmid === guest.vmid) return true;
    const way = wayFor(other, snapshot, config);
    return way === 'leave' || (way === 'shutdown' && orderOf(other) <= orderOf(guest));
  });
}

/** @param others that are to be started too, or are being started */
export function mayStart(guest: GuestFacts, others: readonly GuestFacts[]): boolean {
  return others.every((other) => orderOf(other) >= orderOf(guest));
}

/** Of one whose config cannot be read nobody knows; it counts as one without an order. */
function orderOf({ config }: GuestFacts): number {
  return (config.known ? config.value.startOrder : undefined) ?? Number.POSITIVE_INFINITY;
}
