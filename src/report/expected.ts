/**
 * When each node should be done: the sum of what its steps usually take. A step that has run for far longer than that has no expected
 * end any more, and neither has what comes after it: no figure is better than a wrong one.
 */
import type { Step } from '../model/step.ts';
import type { RunState } from '../run/state.ts';
import type { NodeRow } from './node-rows.ts';
import { movedBy, usualTimes, type Spread, type UsualTimes } from './usual-times.ts';

/** Before a move was ever measured: it starts and ends in a few seconds, and carries memory at about a gigabit a second. */
const perGuestMs = 5000;
const memoryBytesPerS = 110_000_000;

/** In milliseconds since the epoch: as likely before as after, and what nineteen of twenty such runs keep. */
export type ExpectedEnd = Spread;

/**
 * @param earlier runs to learn from; the run at hand is always learned from
 * @returns by node; a node without an entry has no honest figure
 */
export function expectedEnds(
  state: RunState,
  rows: readonly NodeRow[],
  nowMs: number,
  earlier: readonly RunState[] = [],
): ReadonlyMap<string, ExpectedEnd> {
  const ends = new Map<string, ExpectedEnd>();
  // Before the first turn the lists and packages of all nodes are fetched, for as long as a mirror likes.
  if (state.phase !== 'running' || state.plan === undefined) return ends;
  const usual = usualTimes([...earlier, state]);
  let middle = 0;
  // Steps are late independently of each other, so their spreads add up as squares.
  let variance = 0;
  for (const row of rows) {
    if (row.status === 'done') continue;
    const left = remaining(state, row, nowMs, usual);
    if (left === undefined) return ends;
    middle += left.middle;
    variance += left.variance;
    ends.set(row.node, { p50: nowMs + middle, p95: nowMs + middle + Math.sqrt(variance) });
  }
  return ends;
}

/** @returns how long a node's turn was to take by its plan, before it began; nothing where that cannot be said */
export function expectedTurnMs(state: RunState, node: string, earlier: readonly RunState[]): number | undefined {
  const track = state.plan?.tracks.find((other) => other.node === node);
  if (track === undefined) return undefined;
  const usual = usualTimes(earlier);
  const spreads = track.steps.map((step) => spreadFor(state, step, usual));
  if (spreads.includes(undefined)) return undefined;
  return spreads.reduce((sum, spread) => sum + (spread?.p50 ?? 0), 0);
}

function remaining(
  state: RunState,
  row: NodeRow,
  nowMs: number,
  usual: UsualTimes,
): { readonly middle: number; readonly variance: number } | undefined {
  let middle = 0;
  let variance = 0;
  for (const step of row.steps) {
    const now = state.steps.get(step.id);
    if (now?.status === 'done') continue;
    const whole = spreadFor(state, step, usual);
    if (whole === undefined) return undefined;
    const gone = now?.status === 'in-flight' ? nowMs - now.startedAtMs : 0;
    if (gone > Math.max(2 * whole.p50, whole.p95)) return undefined;
    middle += Math.max(0, whole.p50 - gone);
    variance += (whole.p95 - whole.p50) ** 2;
  }
  return { middle, variance };
}

function spreadFor(state: RunState, step: Step, usual: UsualTimes): Spread | undefined {
  if (step.kind !== 'drain' && step.kind !== 'return') return usual.step(step.node, step.kind);
  const bytes = movedBy(state, step.node);
  if (bytes === undefined) return undefined;
  const learned = usual.step(step.node, step.kind, bytes);
  if (learned !== undefined) return learned;
  const guests = state.plan?.tracks.find((track) => track.node === step.node)?.guests.length ?? 0;
  const guess = guests * perGuestMs + (bytes / memoryBytesPerS) * 1000;
  return { p50: guess, p95: 2 * guess };
}
