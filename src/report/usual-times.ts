/** What steps usually take, learned from earlier runs and from what the run at hand has done already. */
import type { StepKind } from '../model/step.ts';
import type { RunState } from '../run/state.ts';

/** The middle of what was measured, and what nineteen of twenty stayed below. Milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
}

export interface UsualTimes {
  /** Nothing where nothing was measured, and nothing is usual: a node that has never been emptied. @param movedBytes memory of the guests that leave */
  readonly step: (node: string, kind: StepKind, movedBytes?: number) => Spread | undefined;
  /** Whether it was measured at least once; otherwise it is a plain guess. */
  readonly measured: (kind: StepKind) => boolean;
}

interface Sample {
  readonly node: string;
  readonly kind: StepKind;
  readonly ms: number;
  /** Of a drain or return: memory of the guests that went. */
  readonly bytes: number;
}

/** Usual times in seconds, until there are better ones. */
const usualS: Readonly<Record<Exclude<StepKind, 'drain' | 'return'>, number>> = {
  refresh: 20,
  fetch: 60,
  'maintenance-on': 30,
  protect: 5,
  upgrade: 180,
  'guard-on': 5,
  'guard-off': 5,
  'try-kernel': 15,
  reboot: 240,
  'keep-kernel': 15,
  rejoin: 60,
  'protect-off': 5,
  'maintenance-off': 30,
  'clean-up': 20,
  'balancer-off': 5,
  'balancer-on': 5,
};

/** A node that has been seen so often is judged by itself alone: a server with a slow memory test is always slow. */
const ownSamples = 3;

/** @param runs earlier runs and the one at hand, in any order */
export function usualTimes(runs: readonly RunState[]): UsualTimes {
  const samples = runs.flatMap(samplesOf);
  const ofKind = (kind: StepKind) => samples.filter((sample) => sample.kind === kind);
  return {
    measured: (kind) => ofKind(kind).length > 0,
    step: (node, kind, movedBytes) => {
      const all = ofKind(kind);
      const own = all.filter((sample) => sample.node === node);
      const known = own.length >= ownSamples ? own : all;
      if (kind === 'drain' || kind === 'return') return movesSpread(known, movedBytes);
      if (known.length > 0) return spreadOf(known.map(({ ms }) => ms));
      const usual = usualS[kind] * 1000;
      return { p50: usual, p95: 2 * usual };
    },
  };
}

/** How long it takes depends on how much memory goes; without memory it is told by its time alone. */
function movesSpread(samples: readonly Sample[], movedBytes: number | undefined): Spread | undefined {
  if (movedBytes === undefined) return undefined;
  const rates = samples.filter(({ bytes }) => bytes > 0).map(({ ms, bytes }) => ms / bytes);
  if (movedBytes === 0 || rates.length === 0) return undefined;
  const { p50, p95 } = spreadOf(rates);
  return { p50: p50 * movedBytes, p95: p95 * movedBytes };
}

function samplesOf(state: RunState): readonly Sample[] {
  return [...state.steps.values()].flatMap((known) =>
    known.status === 'done' && known.how === 'ran'
      ? [{ node: known.step.node, kind: known.step.kind, ms: known.tookMs, bytes: movedBy(state, known.step.node) ?? 0 }]
      : [],
  );
}

/** @returns memory of the guests that leave a node for its turn, as planned; nothing when it is not known of all of them */
export function movedBy(state: Pick<RunState, 'plan'>, node: string): number | undefined {
  const track = state.plan?.tracks.find((other) => other.node === node);
  if (track === undefined || !track.drained) return undefined;
  const bytes = track.guests.map((guest) => guest.memoryBytes);
  return bytes.includes(undefined) ? undefined : bytes.reduce<number>((sum, one) => sum + (one ?? 0), 0);
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) };
}

/** Between two values it is interpolated. @param sorted at least one, ascending */
function percentile(sorted: readonly number[], part: number): number {
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
