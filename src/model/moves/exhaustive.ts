/**
 * Everything that can be done on a small cluster, cheapest first: single moves that fit, and turns of empty nodes. It settles what
 * rules of thumb leave open: whether there is a plan at all.
 */
import { Heap } from './heap.ts';
import { bytesOf, copyOf, givesRoom, mayGo, standingAtFirst, type Move, type MoveProblem, type Standing, type Turn } from './problem.ts';

export type Exhausted =
  | { readonly kind: 'found'; readonly turns: readonly Turn[]; readonly movedBytes: number }
  | { readonly kind: 'none' }
  /** Too many states to try them all. */
  | { readonly kind: 'too-many' };

/** More states than this are not looked at: about a second of CPU. */
const statesTried = 150_000;

interface State {
  readonly standing: Standing;
  readonly movedBytes: number;
  readonly before?: State;
  /** What led here: a move, or the turn of a node. */
  readonly by?: Move | number;
}

/** Guests that cannot be sent where they are needed, those of the HA manager among them, leave nothing to try. */
export function exhaustive(problem: MoveProblem): Exhausted {
  const { nodes, guests, turns, last } = problem;
  if (guests.some((_, guest) => !givesRoom(guest, problem))) return { kind: 'too-many' };
  if (nodes.length ** guests.length > statesTried * 20) return { kind: 'too-many' };
  const home = guests.map(({ node }) => node).join(',');
  const queue = new Heap<State>((one, other) => one.movedBytes - other.movedBytes);
  const best = new Map<string, number>();
  const keyOf = ({ at, patched }: Standing) => `${at.join(',')}|${patched.map(Number).join('')}`;
  const offer = (state: State) => {
    const key = keyOf(state.standing);
    if ((best.get(key) ?? Infinity) <= state.movedBytes) return;
    best.set(key, state.movedBytes);
    queue.push(state);
  };
  offer({ standing: standingAtFirst(problem), movedBytes: 0 });
  let tried = 0;
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    const { standing, movedBytes } = state;
    if ((best.get(keyOf(standing)) ?? 0) < movedBytes) continue;
    if (++tried > statesTried) return { kind: 'too-many' };
    const waiting = turns.filter((node) => standing.patched[node] !== true);
    if (waiting.length === 0 && (!problem.returns || standing.at.join(',') === home))
      return { kind: 'found', turns: turnsOf(state), movedBytes };
    for (const node of waiting) {
      if ((node === last && waiting.length > 1) || standing.at.includes(node)) continue;
      const next = copyOf(standing);
      next.patched[node] = true;
      next.settled[node] = true;
      offer({ standing: next, movedBytes, before: state, by: node });
    }
    for (let guest = 0; guest < guests.length; guest++)
      for (let to = 0; to < nodes.length; to++) {
        const from = standing.at[guest] ?? to;
        const bytes = bytesOf(guest, problem);
        if (to === from || (standing.free[to] ?? 0) < bytes || !mayGo(guest, to, problem, standing)) continue;
        const next = copyOf(standing);
        next.at[guest] = to;
        next.free[from] = (next.free[from] ?? 0) + bytes;
        next.free[to] = (next.free[to] ?? 0) - bytes;
        offer({ standing: next, movedBytes: movedBytes + bytes, before: state, by: { guest, from, to } });
      }
  }
  return { kind: 'none' };
}

/** Moves belong to the turn they lead to; those after the last turn are its way back. */
function turnsOf(end: State): readonly Turn[] {
  const steps: (Move | number)[] = [];
  for (let state: State | undefined = end; state !== undefined; state = state.before) if (state.by !== undefined) steps.unshift(state.by);
  const turns: Turn[] = [];
  let moves: Move[] = [];
  for (const step of steps)
    if (typeof step === 'number') {
      turns.push({ node: step, out: moves, back: [] });
      moves = [];
    } else moves.push(step);
  const final = turns.pop();
  return final === undefined ? [] : [...turns, { ...final, back: moves }];
}
