/**
 * Moving guests off several nodes, one node after the other, as plain numbers: who is where, what fits where, who may go where.
 * Nodes and guests are named by their place in these lists. What may not move is no guest here; its memory is taken off its node.
 */

export interface MoveNode {
  readonly name: string;
  /** What the guests of this problem may take there together, in bytes; negative when the node has promised too much already. */
  readonly capacityBytes: number;
}

export interface MoveGuest {
  readonly vmid: number;
  readonly bytes: number;
  /** Where it is now. */
  readonly node: number;
  /** By node: whether it may be moved there. Its own node counts when it may come back. */
  readonly allowed: readonly boolean[];
  /** Guests of the HA manager go where it sends them, and come home when their node is back, whatever we want. */
  readonly mover: 'us' | 'manager';
  /** Of the manager's: how much it wants it on each node, by node, and by what name it knows it. Missing: on every node alike. */
  readonly managed?: { readonly sid: string; readonly wish: readonly (number | undefined)[] };
  /** Of the manager's: whether it stays where it was sent when its node is back. */
  readonly stays?: boolean;
  /** It leaves its node when that is emptied and never to make room for others: moving it costs more than memory. */
  readonly onlyInTurn?: boolean;
}

/** What the HA manager never breaks between its guests; guests by their place in the list. */
export interface MoveRule {
  /** On one node all of them, or each on its own. */
  readonly kind: 'together' | 'apart';
  readonly guests: readonly number[];
}

export interface MoveProblem {
  readonly nodes: readonly MoveNode[];
  readonly guests: readonly MoveGuest[];
  /** The nodes to be emptied, each once, in the order that is kept where nothing is gained by another. */
  readonly turns: readonly number[];
  /** The one of them that must be the last: it carries the run. */
  readonly last?: number;
  /** Whether guests go home as soon as their node is back. Else they stay where they are, and rotate. */
  readonly returns: boolean;
  /** Whether a guest that ran on a node that was patched cannot go to one that was not: its QEMU would be older. */
  readonly oneWay: boolean;
  /** Missing where there are none. */
  readonly rules?: readonly MoveRule[];
  /** The manager looks at nothing but how many services a node has: those that are no guests here, by node. Missing: it looks at memory too. */
  readonly services?: readonly number[];
}

export interface Move {
  readonly guest: number;
  readonly from: number;
  readonly to: number;
}

/** One node is emptied, patched, and gets back what belongs to it. Moves are in an order in which each one fits. */
export interface Turn {
  readonly node: number;
  readonly out: readonly Move[];
  readonly back: readonly Move[];
}

/** Where everybody is at one moment. Changed in place: a search goes through very many of them. */
export interface Standing {
  /** Node by guest. */
  readonly at: number[];
  /** Bytes by node that are not taken. */
  readonly free: number[];
  /** By node: whether it was patched, or never will be: who is there need not move again. */
  readonly settled: boolean[];
  /** By node: whether its turn is over. */
  readonly patched: boolean[];
}

export function standingAtFirst({ nodes, guests, turns }: MoveProblem): Standing {
  const free = nodes.map((node) => node.capacityBytes);
  for (const guest of guests) free[guest.node] = (free[guest.node] ?? 0) - guest.bytes;
  return {
    at: guests.map((guest) => guest.node),
    free,
    settled: nodes.map((_, node) => !turns.includes(node)),
    patched: nodes.map(() => false),
  };
}

export function copyOf({ at, free, settled, patched }: Standing): Standing {
  return { at: [...at], free: [...free], settled: [...settled], patched: [...patched] };
}

export function carryOut(moves: readonly Move[], problem: MoveProblem, standing: Standing): void {
  for (const { guest, from, to } of moves) {
    const bytes = bytesOf(guest, problem);
    standing.at[guest] = to;
    standing.free[from] = (standing.free[from] ?? 0) + bytes;
    standing.free[to] = (standing.free[to] ?? 0) - bytes;
  }
}

/** Whether it may be sent there, memory aside. */
export function mayGo(guest: number, to: number, problem: MoveProblem, standing: Standing): boolean {
  if (problem.guests[guest]?.allowed[to] !== true) return false;
  return !problem.oneWay || standing.patched[standing.at[guest] ?? 0] !== true || standing.patched[to] === true;
}

/** Whether it goes home when guests rotate: the manager brings it back, whatever we want. */
export function comesHome(guest: number, problem: MoveProblem): boolean {
  const { mover, stays } = problem.guests[guest] ?? { mover: 'us' };
  return mover === 'manager' && stays !== true;
}

/** Whether it may be moved for the sake of others. */
export function givesRoom(guest: number, problem: MoveProblem): boolean {
  const { mover, onlyInTurn } = problem.guests[guest] ?? { mover: 'manager' };
  return mover === 'us' && onlyInTurn !== true;
}

export function bytesOf(guest: number, problem: MoveProblem): number {
  return problem.guests[guest]?.bytes ?? 0;
}

export function movedBytes(moves: readonly Move[], problem: MoveProblem): number {
  return moves.reduce((sum, { guest }) => sum + bytesOf(guest, problem), 0);
}

/** The same way back: what fitted there fits back, since every move freed what it takes. */
export function reversed(moves: readonly Move[]): readonly Move[] {
  return moves.map(({ guest, from, to }) => ({ guest, from: to, to: from })).reverse();
}
