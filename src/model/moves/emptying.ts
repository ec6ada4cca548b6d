/**
 * Emptying one node: where each of its guests goes, who else makes room for them where it must be, and in which order. Pure and
 * deterministic. Rules of thumb first; where guests are left without a place, others are moved or changed about until it fits.
 */
import { Draft, type Fit, type Rank } from './draft.ts';
import { Heap } from './heap.ts';
import { inOrder } from './move-order.ts';
import { bytesOf, givesRoom, type Move, type MoveProblem, type Standing } from './problem.ts';

export type Emptied =
  | { readonly kind: 'emptied'; readonly moves: readonly Move[] }
  /** The guests that found no place, and by how many bytes the best place for the first of them is too small. */
  | {
      readonly kind: 'stuck';
      readonly unplaced: readonly number[];
      readonly missingBytes: number;
      /** Where the HA manager sends the first of them, although there is no room. */
      readonly sentTo?: number;
    };

/** What is left to be spent on one whole plan; changed as it is spent, so that a crowded cluster cannot cost the time of all its turns and orders. */
export interface Effort {
  looks: number;
}

/** A few seconds of CPU at most, for what rules of thumb do not solve. */
export function effortForPlan(): Effort {
  return { looks: 8 * looks };
}

export function emptyNode(node: number, problem: MoveProblem, standing: Standing, rank: Rank, fit: Fit, effort: Effort): Emptied {
  let stuck: Emptied | undefined;
  for (const way of fit === 'even' ? (['even', 'full'] as const) : (['full', 'even'] as const)) {
    const draft = new Draft(node, problem, standing, rank);
    draft.placeAll(way);
    stuck ??=
      draft.unplaced.length === 0
        ? undefined
        : { kind: 'stuck', unplaced: [...draft.unplaced], missingBytes: draft.missingBytes(), ...draft.astray() };
    const inReach = draft.unplaced.length === 0 ? inOrder(draft.changes(), node, problem, standing) : undefined;
    if (inReach !== undefined) return { kind: 'emptied', moves: inReach };
  }
  // The search finds the cheapest way where it ends, which it does on small clusters; on large ones any way is nearly as cheap.
  const ways = problem.guests.length <= searchedFirst ? [repack, shift] : [shift, repack];
  for (const way of ways) {
    const moves = way(node, problem, standing, rank, fit, effort);
    if (moves !== undefined) return { kind: 'emptied', moves };
  }
  return stuck ?? { kind: 'stuck', unplaced: [], missingBytes: 0 };
}

/** Up to so many guests the search for the cheapest way comes first. */
const searchedFirst = 60;

function shift(node: number, problem: MoveProblem, standing: Standing, rank: Rank, fit: Fit): readonly Move[] | undefined {
  const draft = new Draft(node, problem, standing, rank);
  draft.placeAll(fit);
  draft.makeRoom();
  return draft.unplaced.length === 0 ? inOrder(draft.changes(), node, problem, standing) : undefined;
}

/** How much a search for the cheapest way to make room may look at: tenths of a second of CPU. */
const looks = 1_500_000;
/** How many placements are tried for one choice of guests that make room. */
const placements = 4_000;

/**
 * The guests of the node together with the cheapest choice of others that makes all of them fit: choices are tried in the order of
 * what moving them costs. @returns nothing when the search gave up or there is no such choice
 */
function repack(node: number, problem: MoveProblem, standing: Standing, rank: Rank, fit: Fit, effort: Effort): readonly Move[] | undefined {
  if (effort.looks <= 0) return undefined;
  const base = new Draft(node, problem, standing, rank);
  if (!base.fresh().placesManaged()) return undefined;
  const others = problem.guests
    .flatMap((_, guest) => (standing.at[guest] !== node && givesRoom(guest, problem) ? [guest] : []))
    .sort((a, b) => bytesOf(a, problem) - bytesOf(b, problem) || a - b);
  const queue = new Heap<{ readonly choice: readonly number[]; readonly bytes: number }>((one, other) => one.bytes - other.bytes);
  const costOf = (index: number) => bytesOf(others[index] ?? 0, problem);
  let left = Math.min(looks, effort.looks);
  // Each choice has two successors: its last one replaced by the next larger, or the next larger added.
  for (
    let next: { readonly choice: readonly number[]; readonly bytes: number } | undefined = { choice: [], bytes: 0 };
    next !== undefined;
  ) {
    const { choice, bytes } = next;
    const draft = base.fresh();
    const looked = draft.placeWith(
      choice.map((index) => others[index] ?? 0),
      fit,
      Math.min(left, placements),
    );
    left -= looked;
    effort.looks -= looked;
    if (draft.unplaced.length === 0) {
      const moves = inOrder(draft.changes(), node, problem, standing);
      if (moves !== undefined) return moves;
    }
    if (left <= 0) return undefined;
    const last = choice.at(-1) ?? -1;
    if (last + 1 < others.length) {
      queue.push({ choice: [...choice, last + 1], bytes: bytes + costOf(last + 1) });
      if (last >= 0) queue.push({ choice: [...choice.slice(0, -1), last + 1], bytes: bytes - costOf(last) + costOf(last + 1) });
    }
    next = queue.pop();
  }
  return undefined;
}
