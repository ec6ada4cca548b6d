/**
 * When each node should be done. A plain sum: what the step took on the nodes before, else what it usually takes. A step that
 * has run for twice that has no expected end any more, and neither has what comes after it: no figure is better than a wrong one.
 */
import type { Step, StepKind } from '../model/step.ts';
import type { RunState } from '../run/state.ts';
import type { NodeRow } from './node-rows.ts';

/** Usual times in seconds. */
const usualS: Readonly<Record<Exclude<StepKind, 'drain' | 'return'>, number>> = {
  refresh: 20,
  fetch: 60,
  'maintenance-on': 30,
  protect: 5,
  upgrade: 180,
  'guard-on': 5,
  'guard-off': 5,
  reboot: 240,
  rejoin: 60,
  'protect-off': 5,
  'maintenance-off': 30,
  'balancer-off': 5,
  'balancer-on': 5,
};
/** A move starts and ends in a few seconds, and carries memory at about a gigabit a second. */
const perGuestS = 5;
const memoryBytesPerS = 110_000_000;

/** @returns milliseconds since the epoch by node; a node without an entry has no honest figure */
export function expectedEnds(state: RunState, rows: readonly NodeRow[], nowMs: number): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  // Before the first turn the lists and packages of all nodes are fetched, for as long as a mirror likes.
  if (state.phase !== 'running' || state.plan === undefined) return ends;
  let at = nowMs;
  for (const row of rows) {
    if (row.status === 'done') continue;
    const left = remainingMs(state, row, nowMs);
    if (left === undefined) return ends;
    at += left;
    ends.set(row.node, at);
  }
  return ends;
}

function remainingMs(state: RunState, row: NodeRow, nowMs: number): number | undefined {
  let sum = 0;
  for (const step of row.steps) {
    const now = state.steps.get(step.id);
    if (now?.status === 'done') continue;
    const whole = durationMs(state, step);
    if (whole === undefined) return undefined;
    const gone = now?.status === 'in-flight' ? nowMs - now.startedAtMs : 0;
    if (gone > 2 * whole) return undefined;
    sum += Math.max(0, whole - gone);
  }
  return sum;
}

function durationMs(state: RunState, step: Step): number | undefined {
  if (step.kind === 'drain' || step.kind === 'return') return movesMs(state, step.node);
  const measured = [...state.steps.values()].flatMap((other) =>
    other.status === 'done' && other.how === 'ran' && other.step.kind === step.kind ? [other.tookMs] : [],
  );
  if (measured.length === 0) return usualS[step.kind] * 1000;
  return measured.reduce((sum, ms) => sum + ms, 0) / measured.length;
}

function movesMs(state: RunState, node: string): number | undefined {
  const track = state.plan?.tracks.find((other) => other.node === node);
  if (track === undefined || !track.drained) return undefined;
  const bytes = track.guests.map((guest) => guest.memoryBytes);
  if (bytes.includes(undefined)) return undefined;
  return bytes.reduce<number>((sum, one) => sum + perGuestS * 1000 + ((one ?? 0) / memoryBytesPerS) * 1000, 0);
}
