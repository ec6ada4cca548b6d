/** How far a run is as a whole, and what it waits for right now. */
import { bytesText } from '../model/bytes.ts';
import type { StepKind } from '../model/step.ts';
import type { GuestTrip, RunState, StepState } from '../run/state.ts';
import { stopWatch, timeOfDay } from './clock-time.ts';
import { expectedEnds, type ExpectedEnd } from './expected.ts';
import { movedSoFar } from './guest-ways.ts';
import type { NodeRow } from './node-rows.ts';
import { count, oneLine } from './paragraph.ts';
import { movedBy } from './usual-times.ts';

export interface Progress {
  readonly nodesDone: number;
  readonly nodes: number;
  readonly stepsDone: number;
  readonly steps: number;
  readonly guestsMoved: number;
  readonly guests: number;
  /** Memory of guests that have left their node, and of all that are to leave; missing where it is not known of all. */
  readonly movedBytes?: number;
  readonly bytes?: number;
  /** Of live migrations so far, there and back, while one was under way; missing before the first has arrived. */
  readonly bytesPerS?: number;
  readonly end?: ExpectedEnd;
}

/** @param earlier runs to learn from */
export function progressOf(state: RunState, rows: readonly NodeRow[], nowMs: number, earlier: readonly RunState[]): Progress {
  const sum = (of: (row: NodeRow) => number) => rows.reduce((all, row) => all + of(row), 0);
  const leaving = rows.map((row) => leavingBytes(state, row));
  const moved = movedSoFar(state);
  const last = rows.at(-1);
  const end = last === undefined ? undefined : expectedEnds(state, rows, nowMs, earlier).get(last.node);
  return {
    nodesDone: rows.filter((row) => row.status === 'done').length,
    nodes: rows.length,
    stepsDone: sum((row) => row.stepsDone),
    steps: sum((row) => row.steps.length),
    guestsMoved: sum((row) => row.guestsMoved),
    guests: sum((row) => row.guests),
    ...(leaving.includes(undefined)
      ? {}
      : {
          movedBytes: leaving.reduce((all, one) => all + (one?.gone ?? 0), 0),
          bytes: leaving.reduce((all, one) => all + (one?.all ?? 0), 0),
        }),
    ...(moved.bytes === 0 || moved.busyMs === 0 ? {} : { bytesPerS: moved.bytes / (moved.busyMs / 1000) }),
    ...(end === undefined ? {} : { end }),
  };
}

/** Memory that leaves one node for its turn. Nothing when it is not known of all its guests. */
function leavingBytes(state: RunState, row: NodeRow): { readonly gone: number; readonly all: number } | undefined {
  const track = state.plan?.tracks.find((other) => other.node === row.node);
  if (track === undefined || !track.drained) return { gone: 0, all: 0 };
  const all = movedBy(state, row.node);
  if (all === undefined) return undefined;
  const drain = state.steps.get(`pve/${row.node}/drain`);
  if (drain === undefined || drain.status === 'waiting') return { gone: 0, all };
  if (drain.status === 'done') return { gone: all, all };
  const gone = new Set(state.guests.filter((trip) => trip.from === row.node && trip.end === 'arrived').map((trip) => trip.vmid));
  const bytes = track.guests.filter((guest) => gone.has(guest.vmid)).reduce((sum, guest) => sum + (guest.memoryBytes ?? 0), 0);
  return { gone: bytes, all };
}

/** `1 of 4 nodes, 9 of 30 steps; 3 of 7 guests moved, 24 of 80 GiB, 650 MiB/s`. */
export function progressText(progress: Progress): string {
  const { nodesDone, nodes, stepsDone, steps, guestsMoved, guests, movedBytes, bytes, bytesPerS } = progress;
  const memory = movedBytes === undefined || bytes === undefined || bytes === 0 ? [] : [partText(movedBytes, bytes)];
  const speed = bytesPerS === undefined ? [] : [`${bytesText(bytesPerS)}/s`];
  const moves = guests === 0 ? [] : [[`${guestsMoved} of ${count(guests, 'guest')} moved`, ...memory, ...speed].join(', ')];
  return [`${nodesDone} of ${count(nodes, 'node')}, ${stepsDone} of ${count(steps, 'step')} done`, ...moves].join('; ');
}

/** The unit stands once where it is the same. */
function partText(part: number, whole: number): string {
  const [figure = '', unit] = bytesText(part).split(' ');
  const all = bytesText(whole);
  return unit === all.split(' ')[1] || part === 0 ? `${figure} of ${all}` : `${bytesText(part)} of ${all}`;
}

/** `expected end 04:20, in 19 of 20 cases by 04:31`; nothing where there is no honest figure. */
export function endText({ end }: Progress): string | undefined {
  if (end === undefined) return undefined;
  const [middle, late] = [timeOfDay(end.p50), timeOfDay(end.p95)];
  return `expected end ${middle}${middle === late ? '' : `, in 19 of 20 cases by ${late}`}`;
}

type InFlight = Extract<StepState, { status: 'in-flight' }>;

/** What has to happen before anything else does, and since when it is waited for. */
export function waitText(state: RunState, nowMs: number): string {
  if (state.phase === 'paused')
    return `a person, for ${stopWatch(nowMs - (state.paused?.atMs ?? state.lastAtMs))}: ${state.paused?.next ?? ''}`;
  const inFlight = [...state.steps.values()].filter((step): step is InFlight => step.status === 'in-flight');
  const [first] = inFlight;
  if (first === undefined) return 'a look at the cluster';
  const since = Math.min(...inFlight.map((step) => step.startedAtMs));
  const where = inFlight.map(({ step }) => step.node).join(', ');
  return oneLine(`${where} ${first.step.kind} for ${stopWatch(nowMs - since)}: ${awaited(first, state, nowMs)}`);
}

const awaitedWords: Readonly<Record<Exclude<StepKind, 'drain' | 'return'>, string>> = {
  refresh: 'apt-get update',
  fetch: 'the download of its packages',
  'maintenance-on': 'the HA manager to say maintenance',
  protect: 'noout to be seen',
  upgrade: 'apt-get dist-upgrade to end',
  'guard-on': 'the peers to say that they keep guard',
  'try-kernel': 'the boot loader to take the new kernel once',
  'keep-kernel': 'the new kernel to be the default',
  reboot: 'an answer from a new boot',
  rejoin: 'membership, services, storages, HA and Ceph as before',
  'guard-off': 'the peers to end their guard',
  'protect-off': 'noout to be gone',
  'maintenance-off': 'the HA manager to say online',
  'clean-up': 'unused packages to be gone',
  'balancer-off': 'the balancer to stop',
  'balancer-on': 'the balancer to start',
};

function awaited({ step }: InFlight, state: RunState, nowMs: number): string {
  if (step.kind !== 'drain' && step.kind !== 'return') return awaitedWords[step.kind];
  const trips = state.guests.filter((trip) => trip.end === 'under-way').map((trip) => tripText(trip, nowMs));
  if (trips.length > 0) return trips.join(', ');
  return step.kind === 'drain' ? 'its guests to be gone' : 'its guests to be home';
}

function tripText({ how, title, to, startedAtMs }: GuestTrip, nowMs: number): string {
  const towards = how === 'shutdown' ? 'to shut down' : how === 'start' ? 'to start' : `to ${to}`;
  return `${title} ${towards} (${stopWatch(nowMs - startedAtMs)})`;
}
