/** Where each node of a run is: the one reading of a state that `status`, the live view and the service's status line share. */
import { stepId, type Step } from '../model/step.ts';
import { isOver, type NodeDone, type RunState, type StepState } from '../run/state.ts';

export interface NodeRow {
  readonly node: string;
  /** `left`: its turn had begun and the run is over without it. */
  readonly status: 'waiting' | 'working' | 'paused' | 'left' | 'done';
  /** The step in flight, or the one that comes next while the node's turn goes on. */
  readonly step?: Step;
  readonly stepStartedAtMs?: number;
  /** Steps of the node's turn, as far as they are known: whether it reboots is decided after its upgrade. */
  readonly stepsDone: number;
  readonly steps: readonly Step[];
  /** When its turn began; missing before. */
  readonly beganAtMs?: number;
  readonly done?: NodeDone;
  readonly guestsMoved: number;
  readonly guests: number;
}

/** @returns the nodes in the order of the plan; before there is one, in the order of what has been done */
export function nodeRows(state: RunState): readonly NodeRow[] {
  const planned = state.plan?.tracks.map((track) => track.node) ?? [];
  const others = [...state.steps.values()].map(({ step }) => step).filter((step) => state.plan === undefined || isTurn(state, step));
  return [...new Set([...planned, ...others.map((step) => step.node)])].map((node) => rowOf(state, node));
}

function rowOf(state: RunState, node: string): NodeRow {
  const steps = turnOf(state, node);
  const known = steps.flatMap((step) => state.steps.get(step.id) ?? []);
  const inFlight = [...state.steps.values()].find((step): step is InFlight => step.step.node === node && step.status === 'in-flight');
  const began = known.flatMap((step) => (step.status === 'waiting' ? [] : [step.startedAtMs]));
  const next = steps.find((step) => state.steps.get(step.id)?.status !== 'done');
  const done = state.nodesDone.find((other) => other.node === node);
  const current = inFlight?.step ?? (began.length > 0 ? next : undefined);
  const status = statusOf(state, node, done, current);
  return {
    node,
    status,
    ...(current === undefined || status === 'done' ? {} : { step: current }),
    ...(inFlight === undefined ? {} : { stepStartedAtMs: inFlight.startedAtMs }),
    stepsDone: known.filter((step) => step.status === 'done').length,
    steps,
    ...(began.length === 0 ? {} : { beganAtMs: Math.min(...began) }),
    ...(done === undefined ? {} : { done }),
    ...guestsOf(state, node),
  };
}

type InFlight = Extract<StepState, { status: 'in-flight' }>;

function statusOf(state: RunState, node: string, done: NodeDone | undefined, current: Step | undefined): NodeRow['status'] {
  if (done !== undefined) return 'done';
  if (state.phase === 'paused' && state.paused?.step !== undefined && state.steps.get(state.paused.step)?.step.node === node)
    return 'paused';
  if (current === undefined) return 'waiting';
  if (isOver(state)) return 'left';
  return state.phase === 'running' ? 'working' : 'paused';
}

/** What was planned for the node's turn so far, then what the plan foresees beyond that. */
function turnOf(state: RunState, node: string): readonly Step[] {
  const waves = state.waves.filter(({ wave }) => wave === `before:${node}` || wave === `after:${node}`);
  const decided = waves.flatMap((wave) => wave.steps).map((step) => state.steps.get(step.id)?.step ?? step);
  if (waves.some(({ wave }) => wave === `after:${node}`)) return decided;
  const ids = new Set(decided.map((step) => step.id));
  const foreseen = state.plan?.tracks.find((track) => track.node === node)?.steps ?? [];
  // Once its first half is decided, what the plan foresaw for that half no longer holds.
  const open = waves.length === 0 ? foreseen : foreseen.slice(foreseen.findIndex((step) => step.kind === 'upgrade') + 1);
  return [...decided, ...open.filter((step) => !ids.has(step.id))];
}

function isTurn(state: RunState, step: Step): boolean {
  return state.waves.some(({ wave, steps }) => /^(before|after):/.test(wave) && steps.some((other) => other.id === step.id));
}

/** Counts only what left during the node's own drain: guests that come home later are on another journey. */
function guestsOf(state: RunState, node: string): { readonly guests: number; readonly guestsMoved: number } {
  const planned = state.plan?.tracks.find((track) => track.node === node)?.guests.length ?? 0;
  const drain = state.steps.get(stepId(node, 'drain'));
  if (drain === undefined || drain.status === 'waiting') return { guests: planned, guestsMoved: 0 };
  const until = drain.status === 'done' ? drain.startedAtMs + drain.tookMs : Infinity;
  const trips = state.guests.filter((trip) => trip.from === node && trip.startedAtMs >= drain.startedAtMs && trip.startedAtMs <= until);
  const away = new Set(trips.filter((trip) => trip.end === 'arrived').map((trip) => trip.vmid));
  const all = Math.max(planned, new Set(trips.map((trip) => trip.vmid)).size);
  // Guests of the HA manager leave without an errand of ours: they are counted once the node is empty.
  return { guests: all, guestsMoved: drain.status === 'done' ? all : away.size };
}
