/**
 * All that a run has to tell, as plain data: text, JSON and the page are made from it. It is a function of the journal, of the runs before
 * it and of nothing else, so it can be made again at any time.
 */
import type { Entry } from '../model/event.ts';
import type { Finding } from '../model/finding.ts';
import type { GuestsAfter } from '../model/guests-after.ts';
import { isSecurity, type PackageSet } from '../model/packages.ts';
import type { LeftOut, Track } from '../model/plan.ts';
import { fold, type PausedAt, type RunState } from '../run/state.ts';
import { expectedTurnMs } from './expected.ts';
import { guestWays, movedSoFar, type GuestWays } from './guest-ways.ts';
import { loanBook, type LoanRecord } from './loan-book.ts';
import { nodeRows, type NodeRow } from './node-rows.ts';
import { runSpans, type OrphanSpan, type PauseSpan, type StepSpan } from './run-spans.ts';
import { timeShares, timesLost, type TimeLost, type TimeShare } from './time-spent.ts';

export interface RunReport {
  /** Raised when a field means something else than before. */
  readonly format: 1;
  readonly run: string;
  readonly cluster: string;
  /** The node that carried it last. */
  readonly node: string;
  readonly version: string;
  readonly phase: RunState['phase'];
  readonly only: readonly string[];
  readonly beganAtMs: number;
  /** Of its last entry: its end, its pause, or how far it has come. */
  readonly lastAtMs: number;
  readonly paused?: PausedAt;
  readonly totals: Totals;
  readonly nodes: readonly NodeReport[];
  /** What the plan left out, and why. */
  readonly left: readonly LeftOut[];
  /** Steps over several nodes at once that belong to no node's turn. */
  readonly shared: readonly StepSpan[];
  readonly pauses: readonly PauseSpan[];
  readonly orphaned: readonly OrphanSpan[];
  readonly guests: readonly GuestWays[];
  /** What the last look of a finished run saw of guests: who is not where the plan had it, and who runs an old QEMU. */
  readonly after?: GuestsAfter;
  readonly findings: readonly Finding[];
  readonly warnings: RunState['warnings'];
  readonly loans: readonly LoanRecord[];
  readonly shares: readonly TimeShare[];
  readonly lost: readonly TimeLost[];
  /** How many earlier runs tell what is usual. */
  readonly learnedFrom: number;
}

export interface Totals {
  readonly nodesDone: number;
  readonly packages: number;
  readonly security: number;
  readonly reboots: number;
  /** Guests that were on the way at least once, those of the HA manager included. */
  readonly guestsMoved: number;
  readonly guestsInterrupted: number;
  /** There and back, by live migration; at least this much. */
  readonly movedBytes: number;
  readonly loansOut: number;
}

export interface PackageReport {
  readonly name: string;
  /** Missing when it was not installed before. */
  readonly from?: string;
  readonly to: string;
  readonly origin: string;
  readonly security: boolean;
}

export interface NodeReport {
  readonly node: string;
  readonly status: NodeRow['status'];
  readonly beganAtMs?: number;
  readonly endedAtMs?: number;
  readonly spans: readonly StepSpan[];
  /** `installed` once the upgrade was seen to be done; before that it is what was planned. */
  readonly packagesAre: 'installed' | 'planned';
  readonly packages: readonly PackageReport[];
  readonly removed: readonly string[];
  readonly keptBack: readonly string[];
  readonly kernelBefore?: string;
  readonly kernelAfter?: string;
  readonly reboot?: { readonly why: string; readonly atMs: number; readonly awayMs?: number };
  /** What was left undone on it, and why. */
  readonly left: readonly string[];
  readonly planned?: PlannedTurn;
}

export interface PlannedTurn {
  readonly packages: number;
  readonly rebootReasons: readonly string[];
  readonly guests: number;
  /** What its turn was to take, by what was known when the run began; missing where nobody could tell, as in a first run. */
  readonly expectedMs?: number;
  readonly note?: string;
}

/**
 * @param earlier runs before this one, to tell what is usual
 * @throws when the entries contradict each other: then the journal is not ours
 */
export function runReport(entries: readonly Entry[], earlier: readonly RunState[] = []): RunReport {
  const state = fold(entries);
  if (state === undefined) throw new Error('a run without a beginning has nothing to tell');
  const spans = runSpans(entries);
  const guests = guestWays(state, entries);
  const nodes = nodeRows(state).map((row) => nodeReport(state, row, spans.steps, earlier));
  const turns = new Set(nodes.flatMap((node) => node.spans));
  const loans = loanBook(entries);
  const installed = nodes.filter((node) => node.packagesAre === 'installed').flatMap((node) => node.packages);
  return {
    format: 1,
    run: state.run,
    cluster: state.cluster,
    node: state.node,
    version: state.version,
    phase: state.phase,
    only: state.only,
    beganAtMs: state.beganAtMs,
    lastAtMs: state.lastAtMs,
    ...(state.phase === 'paused' && state.paused !== undefined ? { paused: state.paused } : {}),
    totals: {
      nodesDone: nodes.filter((node) => node.status === 'done').length,
      packages: installed.length,
      security: installed.filter((change) => change.security).length,
      reboots: nodes.filter((node) => node.reboot?.awayMs !== undefined).length,
      guestsMoved: guests.filter((guest) => guest.legs.some(isMove)).length,
      guestsInterrupted: guests.filter((guest) => guest.interruptedMs > 0).length,
      movedBytes: movedSoFar(state).bytes,
      loansOut: loans.filter((loan) => loan.returnedAtMs === undefined).length,
    },
    nodes,
    left: state.plan?.left ?? [],
    shared: spans.steps.filter((span) => !turns.has(span)),
    pauses: spans.pauses,
    orphaned: spans.orphaned,
    guests,
    ...(state.after === undefined ? {} : { after: state.after }),
    findings: state.findings,
    warnings: state.warnings,
    loans,
    shares: timeShares(state, spans),
    lost: timesLost(state, spans, guests, earlier),
    learnedFrom: earlier.length,
  };
}

function isMove(leg: GuestWays['legs'][number]): boolean {
  return leg.how !== 'shutdown' && leg.how !== 'halt' && leg.how !== 'start' && (leg.end === 'arrived' || leg.end === 'left-to-ha');
}

/** Steps that go over all nodes before the first turn or after the last. */
const sharedKinds = new Set(['refresh', 'fetch', 'balancer-off', 'balancer-on']);

function nodeReport(state: RunState, row: NodeRow, all: readonly StepSpan[], earlier: readonly RunState[]): NodeReport {
  const { node } = row;
  const spans = all.filter((span) => span.node === node && !sharedKinds.has(span.kind));
  const track = state.plan?.tracks.find((other) => other.node === node);
  const upgrade = state.steps.get(`pve/${node}/upgrade`);
  const set: PackageSet | undefined = upgrade?.step.kind === 'upgrade' ? upgrade.step.set : track?.set;
  const restart = spans.filter((span) => span.kind === 'reboot').at(-1);
  const before = state.waves.find((wave) => wave.wave === `before:${node}`)?.before;
  const after = /^kernel (\S+)/.exec(restart?.detail ?? '')?.[1];
  return {
    node,
    status: row.status,
    ...(row.beganAtMs === undefined ? {} : { beganAtMs: row.beganAtMs }),
    ...(row.done === undefined ? {} : { endedAtMs: row.done.atMs }),
    spans,
    packagesAre: upgrade?.status === 'done' ? 'installed' : 'planned',
    packages: (set?.changes ?? []).map((change) => ({ ...change, security: isSecurity(change) })),
    removed: set?.removals ?? [],
    keptBack: set?.keptBack ?? [],
    ...(before?.kernel === undefined ? {} : { kernelBefore: before.kernel }),
    ...(after === undefined ? {} : { kernelAfter: after }),
    ...(restart === undefined ? {} : { reboot: rebootOf(restart) }),
    left: row.done?.left ?? [],
    ...(track === undefined ? {} : { planned: plannedTurn(state, track, earlier) }),
  };
}

function rebootOf({ why, startedAtMs, endedAtMs }: StepSpan): NonNullable<NodeReport['reboot']> {
  return { why, atMs: startedAtMs, ...(endedAtMs === undefined ? {} : { awayMs: endedAtMs - startedAtMs }) };
}

function plannedTurn(state: RunState, track: Track, earlier: readonly RunState[]): PlannedTurn {
  // Without a run to learn from it would be a guess, and a guess beside a measured time only misleads.
  const expectedMs = earlier.length === 0 ? undefined : expectedTurnMs(state, track.node, earlier);
  return {
    packages: track.set.changes.length,
    rebootReasons: track.rebootReasons,
    guests: track.guests.length,
    ...(expectedMs === undefined ? {} : { expectedMs }),
    ...(track.note === undefined ? {} : { note: track.note }),
  };
}
