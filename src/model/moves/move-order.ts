/** In which order moves are made so that each fits at its time. */
import { bytesOf, carryOut, copyOf, mayGo, type Move, type MoveProblem, type Standing } from './problem.ts';

/**
 * The order in which each move fits at its time: first those that make room, biggest first; two that wait for each other go round
 * by a third node, or by the one that is being emptied.
 * @returns nothing when there is no such order
 */
export function inOrder(changes: readonly Move[], node: number, problem: MoveProblem, before: Standing): readonly Move[] | undefined {
  const standing = copyOf(before);
  const moves: Move[] = [];
  const make = (move: Move) => {
    moves.push(move);
    carryOut([move], problem, standing);
  };
  let pending = [...changes].sort(
    (a, b) =>
      Number(a.from === node) - Number(b.from === node) || bytesOf(b.guest, problem) - bytesOf(a.guest, problem) || a.guest - b.guest,
  );
  // Each detour is at most one for each guest, so this ends.
  const detoured = new Set<number>();
  while (pending.length > 0) {
    const waiting = pending.filter(({ from }) => from !== node);
    const fits = ({ guest, to }: Move) => (standing.free[to] ?? 0) >= bytesOf(guest, problem);
    const next = waiting.length > 0 ? waiting.find(fits) : pending.find(fits);
    if (next !== undefined) {
      make(next);
      pending = pending.filter((move) => move !== next);
      continue;
    }
    const detour = waiting.length === 0 ? undefined : findDetour(waiting, detoured, problem, standing);
    const own = pending.find((move) => move.from === node && fits(move));
    if (detour !== undefined) {
      detoured.add(detour.guest);
      make(detour);
      pending = pending.map((move) => (move.guest === detour.guest ? { ...move, from: detour.to } : move));
      // Whoever waits on the node itself is one of its guests from now on.
    } else if (own !== undefined) {
      make(own);
      pending = pending.filter((move) => move !== own);
    } else return undefined;
  }
  return moves;
}

/** The smallest of those that wait for each other, to whichever node has room for it meanwhile. */
function findDetour(waiting: readonly Move[], detoured: ReadonlySet<number>, problem: MoveProblem, standing: Standing): Move | undefined {
  const bySize = [...waiting].sort((a, b) => bytesOf(a.guest, problem) - bytesOf(b.guest, problem) || a.guest - b.guest);
  for (const { guest, from, to } of bySize) {
    if (detoured.has(guest)) continue;
    const over = problem.nodes.findIndex(
      (_, node) =>
        node !== from &&
        node !== to &&
        mayGo(guest, node, problem, standing) &&
        (!problem.oneWay || standing.patched[node] !== true || standing.patched[to] === true) &&
        (standing.free[node] ?? 0) >= bytesOf(guest, problem),
    );
    if (over >= 0) return { guest, from, to: over };
  }
  return undefined;
}
