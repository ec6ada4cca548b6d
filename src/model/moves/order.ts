/**
 * The order of nodes in which guests rotate, each node's guests onto those that are done already, and the least that has to be moved
 * for it. Reckoned on sums of memory, as if it were a liquid; whether guests fit is seen when a turn is planned. Pure.
 *
 * A turn needs as much room on nodes that are done as its node holds, and leaves as much as its node can hold. What does not fit goes
 * to nodes whose turn is still to come and is moved once more. So this is the old question in which order jobs are done that each need
 * something and give something back: those that give more than they need first, smallest need first, the others after them, largest
 * gift first. No other order needs less at its worst moment.
 */
import { standingAtFirst, type MoveProblem } from './problem.ts';

/** How many orders are handed on to be planned guest by guest, best first. */
const ordersKept = 24;

/** @returns orders of the problem's turns, the most promising first; the own node is the last in all of them */
export function goodOrders(problem: MoveProblem): readonly (readonly number[])[] {
  const liquid = liquidOf(problem);
  const best = bestOrder(problem, liquid);
  const end = problem.last !== undefined && best.includes(problem.last) ? 1 : 0;
  const free = best.slice(0, best.length - end);
  const given = [...problem.turns.filter((node) => node !== problem.last), ...best.slice(free.length)];
  const orders = [
    given,
    best,
    ...(free.length <= 4 ? permutations(free) : near(free)).map((order) => [...order, ...best.slice(free.length)]),
  ];
  const seen = new Set<string>();
  return orders
    .filter((order) => !seen.has(order.join(' ')) && seen.add(order.join(' ')))
    .map((order, index) => ({ order, index, bytes: movedTwice(order, liquid) }))
    .sort((a, b) => a.bytes - b.bytes || a.index - b.index)
    .slice(0, ordersKept)
    .map(({ order }) => order);
}

function permutations(nodes: readonly number[]): readonly (readonly number[])[] {
  return nodes.length < 2
    ? [nodes]
    : nodes.flatMap((node) => permutations(nodes.filter((other) => other !== node)).map((rest) => [node, ...rest]));
}

/** Two neighbours changed, or one node first or last. */
function near(nodes: readonly number[]): readonly (readonly number[])[] {
  const without = (node: number) => nodes.filter((other) => other !== node);
  return [
    ...nodes.slice(1).map((node, index) => [...nodes.slice(0, index), node, ...nodes.slice(index, index + 1), ...nodes.slice(index + 2)]),
    ...nodes.slice(1).map((node) => [node, ...without(node)]),
    ...nodes.slice(0, -1).map((node) => [...without(node), node]),
  ];
}

/** The memory that has to be moved twice at least when guests rotate, in bytes: it holds for every plan. */
export function leastMovedTwice(problem: MoveProblem): number {
  const liquid = liquidOf(problem);
  return movedTwice(bestOrder(problem, liquid), liquid);
}

interface Liquid {
  /** What our guests may take on a node, in bytes: the manager's come home and take the rest. */
  readonly capacity: readonly number[];
  readonly load: readonly number[];
  /** Free on nodes that have no turn: who gets there need not move again. */
  readonly room: number;
}

function liquidOf(problem: MoveProblem): Liquid {
  const load = problem.nodes.map(() => 0);
  const capacity = problem.nodes.map((node) => node.capacityBytes);
  for (const guest of problem.guests) {
    const rotates = guest.mover === 'us' || guest.stays === true;
    const counted = rotates ? load : capacity;
    counted[guest.node] = (counted[guest.node] ?? 0) + (rotates ? guest.bytes : -guest.bytes);
  }
  const { free, settled } = standingAtFirst(problem);
  return { load, capacity, room: free.reduce((sum, bytes, node) => sum + (settled[node] === true ? Math.max(0, bytes) : 0), 0) };
}

function bestOrder({ turns, last }: MoveProblem, { load, capacity }: Liquid): readonly number[] {
  const needs = (node: number) => load[node] ?? 0;
  const gives = (node: number) => capacity[node] ?? 0;
  const free = turns.filter((node) => node !== last);
  const gaining = free.filter((node) => gives(node) >= needs(node)).sort((a, b) => needs(a) - needs(b));
  const losing = free.filter((node) => gives(node) < needs(node)).sort((a, b) => gives(b) - gives(a));
  return [...gaining, ...losing, ...turns.filter((node) => node === last)];
}

/** What is on nodes whose turn is still to come although it was moved already, at the moment when that is most. */
function movedTwice(order: readonly number[], { load, capacity, room }: Liquid): number {
  let most = 0;
  let free = room;
  for (const node of order) {
    most = Math.max(most, (load[node] ?? 0) - free);
    free += (capacity[node] ?? 0) - (load[node] ?? 0);
  }
  return most;
}
