/** The site as it is now, as far as guests go: the last whole look with guests, storages, HA and memory read anew. */
import type { GuestFacts } from '../../../model/guest.ts';
import { known } from '../../../model/reading.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import { atOwn, type Context } from '../../../run/context.ts';
import { observeGuests, placesOf } from '../../../run/discover.ts';
import { Unseen } from '../../../run/passing.ts';

export interface SiteNow {
  readonly snapshot: Snapshot;
  readonly guests: readonly GuestFacts[];
}

/** Three pvesh processes. @throws Unseen when nobody can say where the guests are and whose; ShellFailure */
export async function siteNow(context: Context): Promise<SiteNow> {
  const view = await observeGuests(atOwn(context), context.site.ports.clock.now());
  if (!view.guests.known) throw new Unseen(`nobody can say where the guests are: ${view.guests.why}`);
  // Without the HA manager's word nobody knows which guests are its own.
  if (!view.ha.known) throw new Unseen(`nobody can say which guests the HA manager has in hand: ${view.ha.why}`);
  const seen = context.seen();
  const rows = new Map(view.nodes.known ? view.nodes.value.map((row) => [row.name, row]) : []);
  const nodes = seen.nodes.map((node) => {
    const row = rows.get(node.name);
    if (!node.host.answered || row === undefined) return node;
    const online = row.status !== 'offline';
    // The row of a node that is off has no memory any more (measured "Stale truth").
    if (row.memoryBytes === undefined || row.maxMemoryBytes === undefined) return { ...node, online };
    const memory = known({ totalBytes: row.maxMemoryBytes, availableBytes: row.maxMemoryBytes - row.memoryBytes });
    return { ...node, online, host: { ...node.host, facts: { ...node.host.facts, memory } } };
  });
  const guests = view.guests.value.map((guest) => withReplicasSeen(guest, seen));
  const snapshot = { ...seen, nodes, guests: known(guests), storages: view.storages, ha: view.ha, ...placesOf(view.cluster) };
  return { snapshot, guests };
}

/** How old its replicas are was asked at the last whole look; when it has changed its node since, nobody knows. */
function withReplicasSeen(guest: GuestFacts, seen: Snapshot): GuestFacts {
  if (guest.replicas === undefined || !seen.guests.known) return guest;
  const before = seen.guests.value.find(({ vmid, node }) => vmid === guest.vmid && node === guest.node);
  return before?.replicas === undefined ? guest : { ...guest, replicas: before.replicas };
}
