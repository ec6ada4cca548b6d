/** Clusters by chance, as the promise about moved memory names them: nodes of 128, 256 and 384 GiB mixed, guests of 1 to 32 GiB, filled to a part. */
import { gib } from '../src/model/bytes.ts';
import type { MoveProblem } from '../src/model/moves/problem.ts';
import type { Stream } from '../src/sim/random.ts';

/** @param filled part of the cluster's memory that guests take @returns guests that stay where they get to, and rotate */
export function randomCluster(nodeCount: number, filled: number, draw: Stream): MoveProblem {
  const below = (limit: number) => draw.int(limit);
  const nodes = Array.from({ length: nodeCount }, (_, index) => ({ name: `pve${index + 1}`, capacityBytes: (1 + below(3)) * 128 * gib }));
  const free = nodes.map((node) => node.capacityBytes);
  let wanted = Math.floor((filled * free.reduce((sum, bytes) => sum + bytes, 0)) / gib);
  const guests: MoveProblem['guests'][number][] = [];
  while (wanted > 0) {
    const bytes = Math.min(wanted, 1 + below(32)) * gib;
    const roomy = free.flatMap((room, node) => (room >= bytes ? [node] : []));
    const node = roomy[below(roomy.length)];
    if (node === undefined) continue;
    free[node] = (free[node] ?? 0) - bytes;
    wanted -= bytes / gib;
    guests.push({ vmid: 100 + guests.length, bytes, node, allowed: nodes.map(() => true), mover: 'us' });
  }
  return { nodes, guests, turns: nodes.map((_, node) => node), returns: false, oneWay: true };
}
