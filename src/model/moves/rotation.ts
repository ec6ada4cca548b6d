/**
 * The moves of a whole run: in which order nodes are emptied and where each guest goes, so that as little memory as possible is
 * moved and everything fits at every step, the way home included. Pure and deterministic; nothing is ever half planned.
 */
import { certainShortage, lowerBoundBytes, type Shortage } from './bounds.ts';
import type { Fit, Rank } from './draft.ts';
import { effortForPlan, emptyNode, type Effort } from './emptying.ts';
import { exhaustive } from './exhaustive.ts';
import { goodOrders } from './order.ts';
import {
  carryOut,
  comesHome,
  movedBytes,
  reversed,
  standingAtFirst,
  type Move,
  type MoveProblem,
  type Standing,
  type Turn,
} from './problem.ts';

export type Rotation =
  | { readonly kind: 'planned'; readonly turns: readonly Turn[]; readonly movedBytes: number; readonly boundBytes: number }
  /** No plan exists; proven by adding up, or by trying everything. */
  | ({ readonly kind: 'impossible' } & Shortage)
  /** None was found, and it is too much to try everything. `unplaced` have no place when that node is emptied. */
  | {
      readonly kind: 'not-found';
      readonly node: number;
      readonly unplaced: readonly number[];
      readonly missingBytes: number;
      /** Where the HA manager sends the first of them, although there is no room. */
      readonly sentTo?: number;
    };

export function planMoves(problem: MoveProblem): Rotation {
  const shortage = certainShortage(problem);
  if (shortage !== undefined) return { kind: 'impossible', ...shortage };
  const boundBytes = lowerBoundBytes(problem);
  const attempt = problem.returns ? thereAndBack(problem) : rotate(problem, boundBytes);
  if (attempt.kind === 'planned') return { ...attempt, boundBytes };
  const everything = exhaustive(problem);
  if (everything.kind === 'found') return { kind: 'planned', turns: everything.turns, movedBytes: everything.movedBytes, boundBytes };
  const { node, unplaced, missingBytes, sentTo } = attempt;
  return everything.kind === 'none'
    ? { kind: 'impossible', node, missingBytes, among: problem.nodes.map((_, index) => index) }
    : { kind: 'not-found', node, unplaced, missingBytes, ...(sentTo === undefined ? {} : { sentTo }) };
}

type Attempt =
  | { readonly kind: 'planned'; readonly turns: readonly Turn[]; readonly movedBytes: number }
  | {
      readonly kind: 'stuck';
      readonly node: number;
      readonly unplaced: readonly number[];
      readonly missingBytes: number;
      readonly sentTo?: number;
      readonly done: number;
    };

/** Each node from how things are now: its guests leave it and come back, and so does who made room for them. */
function thereAndBack(problem: MoveProblem): Attempt {
  const standing = standingAtFirst(problem);
  const effort = effortForPlan();
  const turns: Turn[] = [];
  for (const node of [...problem.turns].sort((a, b) => Number(a === problem.last) - Number(b === problem.last))) {
    const emptied = emptyNode(node, problem, standing, () => 0, 'even', effort);
    if (emptied.kind === 'stuck') return { ...emptied, node, done: turns.length };
    turns.push({ node, out: emptied.moves, back: reversed(emptied.moves) });
    standing.settled[node] = true;
    standing.patched[node] = true;
  }
  return { kind: 'planned', turns, movedBytes: sumOf(turns, problem) };
}

/** Tries the promising orders until one moves no more than it must. */
function rotate(problem: MoveProblem, boundBytes: number): Attempt {
  let best: Attempt | undefined;
  const effort = effortForPlan();
  for (const order of goodOrders(problem))
    for (const fit of ['even', 'full'] as const) {
      const attempt = inThisOrder(order, fit, problem, effort);
      if (best === undefined || isBetter(attempt, best)) best = attempt;
      if (best.kind === 'planned' && best.movedBytes <= boundBytes) return best;
    }
  return best ?? { kind: 'planned', turns: [], movedBytes: 0 };
}

function isBetter(a: Attempt, b: Attempt): boolean {
  if (a.kind === 'planned') return b.kind !== 'planned' || a.movedBytes < b.movedBytes;
  return b.kind === 'stuck' && a.done > b.done;
}

function inThisOrder(order: readonly number[], fit: Fit, problem: MoveProblem, effort: Effort): Attempt {
  const standing = standingAtFirst(problem);
  const turns: Turn[] = [];
  for (const [index, node] of order.entries()) {
    const emptied = emptyNode(node, problem, standing, rankAt(index, order, standing), fit, effort);
    if (emptied.kind === 'stuck') return { ...emptied, node, done: turns.length };
    carryOut(emptied.moves, problem, standing);
    standing.settled[node] = true;
    standing.patched[node] = true;
    const back = wayHome(node, emptied.moves, problem, standing);
    if (back === undefined) return { kind: 'stuck', node, unplaced: [], missingBytes: 0, done: turns.length };
    carryOut(back, problem, standing);
    turns.push({ node, out: emptied.moves, back });
  }
  return { kind: 'planned', turns, movedBytes: sumOf(turns, problem) };
}

/** Nodes that are done come first; among the others the one whose turn is the furthest away, since there will be most room then. */
function rankAt(index: number, order: readonly number[], standing: Standing): Rank {
  const place = new Map(order.map((node, at) => [node, at]));
  return (node) => (standing.settled[node] === true ? 0 : 1 + order.length - Math.max(index, place.get(node) ?? index));
}

/** Only the manager's guests go home when guests rotate, and of them only those that it brings back. */
function wayHome(node: number, out: readonly Move[], problem: MoveProblem, standing: Standing): readonly Move[] | undefined {
  const back = out
    .filter(({ guest, from }) => comesHome(guest, problem) && from === node)
    .map(({ guest, from, to }) => ({ guest, from: to, to: from }));
  return movedBytes(back, problem) <= (standing.free[node] ?? 0) ? back : undefined;
}

function sumOf(turns: readonly Turn[], problem: MoveProblem): number {
  return turns.reduce((sum, { out, back }) => sum + movedBytes(out, problem) + movedBytes(back, problem), 0);
}
