/** Where the time of a run went, and which of it need not have been. */
import { durationText } from '../model/duration.ts';
import type { StepKind } from '../model/step.ts';
import type { RunState } from '../run/state.ts';
import type { GuestWays } from './guest-ways.ts';
import type { RunSpans, StepSpan } from './run-spans.ts';
import { movedBy, spreadOf, usualTimes } from './usual-times.ts';

export interface TimeShare {
  readonly what: string;
  readonly ms: number;
}

/** Time that the run would not have taken on a good day. */
export interface TimeLost {
  readonly what: string;
  readonly why: string;
  readonly ms: number;
}

const shares: Readonly<Record<StepKind, string>> = {
  refresh: 'lists and downloads',
  fetch: 'lists and downloads',
  'maintenance-on': 'settings of the cluster',
  'maintenance-off': 'settings of the cluster',
  protect: 'settings of the cluster',
  'protect-off': 'settings of the cluster',
  'guard-on': 'settings of the cluster',
  'guard-off': 'settings of the cluster',
  'balancer-off': 'settings of the cluster',
  'balancer-on': 'settings of the cluster',
  drain: 'guests leaving',
  return: 'guests coming home',
  upgrade: 'installing packages',
  'clean-up': 'cleaning up',
  'try-kernel': 'reboots',
  reboot: 'reboots',
  'keep-kernel': 'reboots',
  rejoin: 'nodes becoming whole again',
};
const person = 'waiting for a person';
const looking = 'looking and deciding';

/** @returns every share that took time, the longest first; together they are the run's duration */
export function timeShares(state: RunState, { steps, pauses }: RunSpans): readonly TimeShare[] {
  const endMs = state.lastAtMs;
  const bounds = [
    state.beganAtMs,
    endMs,
    ...steps.flatMap((span) => [span.startedAtMs, span.endedAtMs ?? endMs]),
    ...pauses.flatMap((span) => [span.startedAtMs, span.endedAtMs ?? endMs]),
  ].sort((a, b) => a - b);
  const sums = new Map<string, number>();
  for (const [index, from] of bounds.entries()) {
    const to = bounds[index + 1] ?? from;
    if (to <= from) continue;
    const during = (span: { readonly startedAtMs: number; readonly endedAtMs?: number }) =>
      span.startedAtMs <= from && (span.endedAtMs ?? endMs) >= to;
    const step = steps.find(during);
    const what = pauses.some(during) ? person : step === undefined ? looking : (shares[step.kind as StepKind] ?? step.kind);
    sums.set(what, (sums.get(what) ?? 0) + to - from);
  }
  return [...sums].map(([what, ms]) => ({ what, ms })).sort((a, b) => b.ms - a.ms);
}

/** Less is not worth a line. */
const worthMs = 10_000;
/** A step counts as slow from so much beyond what it usually takes. */
const slowMs = 60_000;

/** @param earlier runs that tell what is usual; the other nodes of this run tell it too @returns the longest first */
export function timesLost(
  state: RunState,
  spans: RunSpans,
  guests: readonly GuestWays[],
  earlier: readonly RunState[],
): readonly TimeLost[] {
  return [
    ...spans.pauses.map((pause) => ({
      what: `the run was paused [${pause.code}]`,
      why: pause.what,
      ms: (pause.endedAtMs ?? state.lastAtMs) - pause.startedAtMs,
    })),
    ...spans.orphaned.map((orphan) => ({
      what: 'nobody carried the run',
      why: 'the process that carried it ended without a word: a crash, a kill or a power cut',
      ms: orphan.endedAtMs - orphan.startedAtMs,
    })),
    ...spans.steps.flatMap(retriedLoss),
    ...spans.steps.flatMap((span) => slowLoss(state, span, spans, earlier)),
    ...guests.flatMap((guest) =>
      guest.legs
        .filter((leg) => leg.end === 'stayed')
        .map((leg) => ({
          what: `${guest.title} did not ${leg.how === 'shutdown' || leg.how === 'halt' ? 'shut down' : leg.how === 'start' ? 'start' : `leave ${leg.from}`}`,
          why: leg.detail ?? '',
          ms: leg.tookMs ?? 0,
        })),
    ),
  ]
    .filter((lost) => lost.ms >= worthMs)
    .sort((a, b) => b.ms - a.ms);
}

function retriedLoss({ id, startedAtMs, retries }: StepSpan): readonly TimeLost[] {
  const last = retries.at(-1);
  return last === undefined ? [] : [{ what: `${id} had to be tried again`, why: last.detail, ms: last.atMs - startedAtMs }];
}

function slowLoss(state: RunState, span: StepSpan, { steps, pauses }: RunSpans, earlier: readonly RunState[]): readonly TimeLost[] {
  if (span.foundDone || span.retries.length > 0 || (span.endedAtMs === undefined && state.phase === 'running')) return [];
  const tookMs = worked(span, pauses, state.lastAtMs);
  const usual = usualMs(state, span, steps, earlier);
  const over = usual === undefined ? 0 : tookMs - usual;
  if (usual === undefined || over < Math.max(slowMs, usual)) return [];
  const what = span.endedAtMs === undefined ? `${span.id} did not end` : `${span.id} was slow`;
  const took = span.endedAtMs === undefined ? 'it was waited for' : 'it took';
  return [{ what, why: `${took} ${durationText(tookMs)}, usually ${durationText(usual)}`, ms: over }];
}

/** While somebody waited for it: a pause in between does not count. */
function worked(span: StepSpan, pauses: RunSpans['pauses'], lastAtMs: number): number {
  const until = span.endedAtMs ?? lastAtMs;
  const paused = pauses.map((pause) => Math.min(until, pause.endedAtMs ?? lastAtMs) - Math.max(span.startedAtMs, pause.startedAtMs));
  return until - span.startedAtMs - paused.reduce((sum, ms) => sum + Math.max(0, ms), 0);
}

/** What was measured elsewhere: in earlier runs, else on the other nodes of this one. Nothing is slow by a guess. */
function usualMs(state: RunState, span: StepSpan, steps: readonly StepSpan[], earlier: readonly RunState[]): number | undefined {
  const kind = span.kind as StepKind;
  const learned = usualTimes(earlier);
  if (learned.measured(kind)) return learned.step(span.node, kind, movedBy(state, span.node))?.p50;
  const others = steps.filter((other) => other.kind === span.kind && other.id !== span.id && other.endedAtMs !== undefined);
  if (kind === 'drain' || kind === 'return' || others.length === 0) return undefined;
  return spreadOf(others.map((other) => (other.endedAtMs ?? 0) - other.startedAtMs)).p50;
}
