/** The site as it is now, as far as guests go: the last whole look with guests, storages, HA and memory read anew. */
import type { GuestFacts } from '../../../model/guest.ts';
import { known } from '../../../model/reading.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import { atOwn, type Context } from '../../../run/context.ts';
import { observeGuests } from '../../../run/discover.ts';
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
    if (!node.host.answered || row?.memoryBytes === undefined || row.maxMemoryBytes === undefined) return node;
    const memory = known({ totalBytes: row.maxMemoryBytes, availableBytes: row.maxMemoryBytes - row.memoryBytes });
    return { ...node, online: row.status !== 'offline', host: { ...node.host, facts: { ...node.host.facts, memory } } };
  });
  return { snapshot: { ...seen, nodes, guests: view.guests, storages: view.storages, ha: view.ha }, guests: view.guests.value };
}
