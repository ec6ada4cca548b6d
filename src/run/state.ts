/** The state of a run is a pure fold of its journal: nothing about a run is known that is not in there. */
import type { Entry, GuestErrand, Remembered, RunEvent, Wave } from '../model/event.ts';
import type { Finding } from '../model/finding.ts';
import type { GuestKind } from '../model/guest.ts';
import type { GuestsAfter } from '../model/guests-after.ts';
import { loanId, type Loan } from '../model/loan.ts';
import type { PauseCode } from '../model/pause.ts';
import type { Plan } from '../model/plan.ts';
import type { NodeBaseline, Step, StepId } from '../model/step.ts';

export interface RunState {
  readonly run: string;
  /** The node that carries the run, and its boot when the run last began or went on. */
  readonly node: string;
  readonly bootId: string;
  readonly version: string;
  readonly cluster: string;
  /** The nodes a person asked for; empty means all. */
  readonly only: readonly string[];
  /** The digest of the only plan that may be carried out, where a person approved one. */
  readonly approved?: string;
  readonly rebootOnly?: 'all' | 'due';
  readonly beganAtMs: number;
  readonly lastAtMs: number;
  readonly phase: 'running' | 'paused' | 'finished' | 'abandoned';
  readonly paused?: PausedAt;
  readonly plan?: Plan;
  /** In the order they were planned. */
  readonly waves: readonly PlannedWave[];
  readonly steps: ReadonlyMap<StepId, StepState>;
  /** What is borrowed now, oldest first. */
  readonly loans: readonly Loan[];
  /** When each of them was taken, by `loanId`, in milliseconds since the epoch. */
  readonly loanedAtMs: Readonly<Record<string, number>>;
  readonly guests: readonly GuestTrip[];
  readonly nodesDone: readonly NodeDone[];
  /** What the newest look that the journal tells of found: that of the plan, before there is one that of the beginning. */
  readonly findings: readonly Finding[];
  readonly warnings: readonly { readonly atMs: number; readonly subject: string; readonly what: string; readonly next: string }[];
  readonly resumes: number;
  /** What the last look of a finished run saw of guests. */
  readonly after?: GuestsAfter;
}

export interface PausedAt {
  readonly atMs: number;
  readonly step?: StepId;
  readonly code: PauseCode;
  readonly what: string;
  readonly seen: string;
  readonly next: string;
}

export interface PlannedWave {
  readonly wave: Wave;
  readonly steps: readonly Step[];
  readonly before?: NodeBaseline;
  /** Why a reboot that is due was left, where it was. */
  readonly left?: string;
}

export type StepState =
  | { readonly status: 'waiting'; readonly step: Step }
  | { readonly status: 'in-flight'; readonly step: Step; readonly startedAtMs: number; readonly remembered: Remembered }
  | {
      readonly status: 'done';
      readonly step: Step;
      readonly startedAtMs: number;
      readonly tookMs: number;
      readonly how: 'ran' | 'found-done';
      readonly detail?: string;
      readonly remembered: Remembered;
    };

export interface GuestTrip {
  readonly vmid: number;
  readonly kind: GuestKind;
  readonly title: string;
  readonly from: string;
  readonly to: string;
  readonly startedAtMs: number;
  /** Counts what this run did to this guest, from 1; part of its unit's name. */
  readonly attempt: number;
  readonly how: GuestErrand;
  /** `under-way` until its end was seen. */
  readonly end: 'under-way' | 'arrived' | 'stayed';
  /** Of one that stayed: nothing tells that the tool ever ran, so it may be tried again as if for the first time. */
  readonly begun?: false;
  readonly tookMs?: number;
  readonly memoryBytes?: number;
  /** Whether it stood still before. Missing where that was not known, and in early journals. */
  readonly paused?: boolean;
}

export interface NodeDone {
  readonly node: string;
  readonly atMs: number;
  readonly packages: number;
  readonly rebooted: boolean;
  readonly left: readonly string[];
}

/** @returns the state, or `undefined` for a journal without a beginning @throws when the entries contradict each other: then the journal is not ours */
export function fold(entries: readonly Entry[]): RunState | undefined {
  let state: RunState | undefined;
  for (const entry of entries) state = apply(state, entry);
  return state;
}

/** One more entry. The only place that says what an event means. */
export function apply(state: RunState | undefined, entry: Entry): RunState {
  const { event, at } = entry;
  if (event.type === 'run.began') {
    if (state !== undefined) throw new Error(`journal entry ${entry.seq}: the run begins twice`);
    return {
      run: event.run,
      node: event.node,
      bootId: event.bootId,
      version: event.version,
      cluster: event.cluster,
      only: event.only,
      ...(event.approved === undefined ? {} : { approved: event.approved }),
      ...(event.rebootOnly === undefined ? {} : { rebootOnly: event.rebootOnly }),
      beganAtMs: at,
      lastAtMs: at,
      phase: 'running',
      waves: [],
      steps: new Map(),
      loans: [],
      loanedAtMs: {},
      guests: [],
      nodesDone: [],
      findings: event.findings ?? [],
      warnings: [],
      resumes: 0,
    };
  }
  if (state === undefined) throw new Error(`journal entry ${entry.seq}: the run has not begun`);
  return { ...state, lastAtMs: at, ...changeOf(state, event, at) };
}

function changeOf(state: RunState, event: Exclude<RunEvent, { type: 'run.began' }>, at: number): Partial<RunState> {
  switch (event.type) {
    case 'run.resumed':
      return { phase: 'running', node: event.node, bootId: event.bootId, version: event.version, resumes: state.resumes + 1 };
    case 'steps.planned':
      return {
        waves: [...state.waves.filter((planned) => planned.wave !== event.wave), plannedWave(event)],
        steps: new Map([...state.steps, ...event.steps.map((step): [StepId, StepState] => [step.id, { status: 'waiting', step }])]),
      };
    case 'plan.made':
      return { plan: event.plan, ...(event.findings === undefined ? {} : { findings: event.findings }) };
    case 'step.started':
      return {
        steps: setStep(state, event.step, (old) => ({
          status: 'in-flight',
          step: old.step,
          startedAtMs: at,
          remembered: event.remembered,
        })),
      };
    case 'step.done':
      return {
        steps: setStep(state, event.step, (old) => ({
          status: 'done',
          step: old.step,
          startedAtMs: old.status === 'in-flight' ? old.startedAtMs : at,
          remembered: old.status === 'in-flight' ? old.remembered : {},
          tookMs: event.tookMs,
          how: event.how,
          ...(event.detail === undefined ? {} : { detail: event.detail }),
        })),
      };
    case 'step.retried':
      return {};
    case 'guest.stays':
      return {
        guests: state.guests.map((trip) =>
          isUnderWay(trip, event.vmid) ? { ...trip, end: 'stayed', ...(event.begun === false ? { begun: event.begun } : {}) } : trip,
        ),
      };
    case 'loan.taken':
      return { loans: [...without(state.loans, event.loan), event.loan], loanedAtMs: { ...state.loanedAtMs, [loanId(event.loan)]: at } };
    case 'loan.returned':
      return { loans: without(state.loans, event.loan) };
    case 'guest.leaving': {
      const { vmid, kind, title, from, to, how, memoryBytes, paused } = event;
      const before = { ...(memoryBytes === undefined ? {} : { memoryBytes }), ...(paused === undefined ? {} : { paused }) };
      const attempt = state.guests.filter((trip) => trip.vmid === vmid).length + 1;
      return { guests: [...state.guests, { vmid, kind, title, from, to, how, startedAtMs: at, attempt, end: 'under-way', ...before }] };
    }
    case 'guest.arrived':
      return {
        guests: state.guests.map((trip) =>
          isUnderWay(trip, event.vmid) ? { ...trip, to: event.on, end: 'arrived', tookMs: event.tookMs } : trip,
        ),
      };
    case 'node.done':
      return {
        nodesDone: [
          ...state.nodesDone,
          { node: event.node, atMs: at, packages: event.packages, rebooted: event.rebooted, left: event.left },
        ],
        // Its turn is over: a step of a node that was given up is not in flight any more.
        steps: new Map([...state.steps].filter(([, known]) => known.step.node !== event.node || known.status === 'done')),
      };
    case 'warned':
      return { warnings: [...state.warnings, { atMs: at, subject: event.subject, what: event.what, next: event.next }] };
    case 'run.paused':
      return {
        phase: 'paused',
        paused: {
          atMs: at,
          code: event.code,
          what: event.what,
          seen: event.seen,
          next: event.next,
          ...(event.step === undefined ? {} : { step: event.step }),
        },
      };
    case 'run.finished':
      return { phase: 'finished', ...(event.after === undefined ? {} : { after: event.after }) };
    case 'run.abandoned':
      return { phase: 'abandoned' };
    default:
      throw new Error(`nothing is known of an event ${(event satisfies never as RunEvent).type}; a later release may have written it`);
  }
}

function isUnderWay(trip: GuestTrip, vmid: number): boolean {
  return trip.vmid === vmid && trip.end === 'under-way';
}

function plannedWave({ wave, steps, before, left }: Extract<RunEvent, { type: 'steps.planned' }>): PlannedWave {
  return { wave, steps, ...(before === undefined ? {} : { before }), ...(left === undefined ? {} : { left }) };
}

function setStep(state: RunState, id: StepId, change: (old: StepState) => StepState): ReadonlyMap<StepId, StepState> {
  const old = state.steps.get(id);
  if (old === undefined) throw new Error(`the journal speaks of step ${id}, which was never planned`);
  return new Map(state.steps).set(id, change(old));
}

function without(loans: readonly Loan[], loan: Loan): readonly Loan[] {
  return loans.filter((other) => loanId(other) !== loanId(loan));
}

/** Finished or given up: nothing will be done for it any more. */
export function isOver(state: RunState): boolean {
  return state.phase === 'finished' || state.phase === 'abandoned';
}
