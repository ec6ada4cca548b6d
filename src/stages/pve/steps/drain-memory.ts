/** Memory that is promised on a node and not taken there yet, while another one is emptied. */
import { needsPlace, serviceId } from '../../../model/guest.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import type { Context } from '../../../run/context.ts';
import type { GuestTrip } from '../../../run/state.ts';
import { plannedTarget } from './planned-moves.ts';

/** By node. */
export type Bytes = Readonly<Record<string, number>>;

export function together(one: Bytes, other: Bytes): Bytes {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(names.map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]));
}

/** Memory that guests of this node take where the HA manager sends them, or is planned to, in bytes by node: it need not look at memory itself. */
export function managersBytes(node: string, { guests, ha }: Snapshot, context: Context): Bytes {
  if (!guests.known || !ha.known || ha.value.kind === 'unused') return {};
  const bytes: Record<string, number> = {};
  for (const guest of guests.value) {
    if (guest.node !== node || guest.ha === undefined || !guest.memoryBytes.known || !needsPlace(guest)) continue;
    const target: string | undefined = ha.value.services.find(({ sid }) => sid === serviceId(guest))?.target;
    const to = target ?? plannedTarget(guest, node, context.state());
    if (to !== undefined) bytes[to] = (bytes[to] ?? 0) + guest.memoryBytes.value;
  }
  return bytes;
}

/** Memory that guests on their way will take on their targets, in bytes by node. */
export function promised(open: readonly GuestTrip[], snapshot: Snapshot): Bytes {
  const bytes: Record<string, number> = {};
  for (const trip of open) {
    const guest = snapshot.guests.known ? snapshot.guests.value.find((candidate) => candidate.vmid === trip.vmid) : undefined;
    if (guest?.memoryBytes.known === true && (trip.to !== trip.from || trip.how === 'start'))
      bytes[trip.to] = (bytes[trip.to] ?? 0) + guest.memoryBytes.value;
  }
  return bytes;
}
