/** What no order of moves can undercut, what no order can solve, and what moving without a plan would do. Pure. */
import { leastMovedTwice } from './order.ts';
import { bytesOf, carryOut, comesHome, mayGo, standingAtFirst, type Move, type MoveProblem } from './problem.ts';

/**
 * The memory that has to be moved at least over the whole run, in bytes. Who returns is moved twice, and so are the manager's guests.
 * When guests rotate, the first node's can only go where a turn is still to come, and so can those that do not fit onto nodes that are
 * done: they are moved twice as well.
 */
export function lowerBoundBytes(problem: MoveProblem): number {
  const leaving = problem.guests.filter(({ node }) => problem.turns.includes(node));
  const once = leaving.reduce((sum, { bytes }) => sum + bytes, 0);
  if (problem.returns) return 2 * once;
  const managed = leaving.reduce((sum, { bytes, mover, stays }) => sum + (mover === 'manager' && stays !== true ? bytes : 0), 0);
  return once + managed + leastMovedTwice(problem);
}

/** A node that cannot be emptied, however the guests are placed, and what is missing for it. */
export interface Shortage {
  readonly node: number;
  readonly missingBytes: number;
  /** Nodes the guests in question could use; all of them when it is only a matter of memory. */
  readonly among: readonly number[];
}

/**
 * Adds up what the others can hold while a node is away: for all guests, and for each group of guests that are tied to the same few nodes.
 * @returns the worst shortage that is certain; nothing does not mean that a plan exists
 */
export function certainShortage(problem: MoveProblem): Shortage | undefined {
  const { nodes, guests, turns } = problem;
  const all = nodes.map(() => true);
  const groups = new Map<string, readonly boolean[]>([[keyOf(all), all]]);
  for (const guest of guests) {
    const mask = nodes.map((_, node) => guest.allowed[node] === true || guest.node === node);
    groups.set(keyOf(mask), mask);
  }
  let worst: Shortage | undefined;
  const offer = (shortage: Shortage) => {
    if (shortage.missingBytes > 0 && (worst === undefined || shortage.missingBytes > worst.missingBytes)) worst = shortage;
  };
  for (const mask of groups.values()) {
    const among = nodes.flatMap((_, node) => (mask[node] === true ? [node] : []));
    const tied = guests.filter((guest) => mask[guest.node] === true && guest.allowed.every((may, node) => !may || mask[node] === true));
    const wanted = tied.reduce((sum, guest) => sum + guest.bytes, 0);
    const room = among.reduce((sum, node) => sum + Math.max(0, nodes[node]?.capacityBytes ?? 0), 0);
    for (const node of turns.filter((turn) => mask[turn] === true))
      offer({ node, among, missingBytes: wanted - (room - Math.max(0, nodes[node]?.capacityBytes ?? 0)) });
  }
  // One that is larger than every node it may go to.
  for (const guest of guests) {
    if (!turns.includes(guest.node)) continue;
    const among = nodes.flatMap((_, node) => (node !== guest.node && guest.allowed[node] === true ? [node] : []));
    const room = Math.max(0, ...among.map((node) => nodes[node]?.capacityBytes ?? 0));
    offer({ node: guest.node, among, missingBytes: guest.bytes - room });
  }
  return worst;
}

function keyOf(mask: readonly boolean[]): string {
  return mask.map(Number).join('');
}

/** What happens without a plan: node by node, each guest to the node with most free memory, home again where guests return. */
export function withoutPlan(
  problem: MoveProblem,
  nodes: readonly number[],
  order: (guests: readonly number[]) => readonly number[] = (guests) => guests,
): { readonly movedBytes: number; readonly stranded: readonly number[] } {
  const standing = standingAtFirst(problem);
  const stranded: number[] = [];
  let moved = 0;
  for (const node of nodes) {
    const own = standing.at.flatMap((at, guest) => (at === node ? [guest] : []));
    const away: Move[] = [];
    for (const guest of order(own)) {
      let to: number | undefined;
      for (let target = 0; target < problem.nodes.length; target++)
        if (target !== node && mayGo(guest, target, problem, standing))
          if (to === undefined || (standing.free[target] ?? 0) > (standing.free[to] ?? 0)) to = target;
      if (to === undefined || (standing.free[to] ?? 0) < bytesOf(guest, problem)) {
        stranded.push(guest);
        continue;
      }
      away.push({ guest, from: node, to });
      carryOut(away.slice(-1), problem, standing);
      moved += bytesOf(guest, problem);
    }
    standing.patched[node] = true;
    const back = away.filter(({ guest }) => problem.returns || comesHome(guest, problem));
    carryOut(
      back.map(({ guest, from, to }) => ({ guest, from: to, to: from })),
      problem,
      standing,
    );
    moved += back.reduce((sum, { guest }) => sum + bytesOf(guest, problem), 0);
  }
  return { movedBytes: moved, stranded };
}
