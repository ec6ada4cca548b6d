/**
 * What a run does to guests: each errand is journaled, then begun as a transient unit on the node the guest is on, then
 * followed until its end is seen in the world. An exit code only says that it is over.
 */
import type { GuestHere } from '../../../clients/guest-state.ts';
import { pctMigrateArgv, pctShutdownArgv, pctStartArgv, pctStatusQuery } from '../../../clients/pct.ts';
import { vmlistQuery } from '../../../clients/pmxcfs.ts';
import { qmMigrateArgv, qmShutdownArgv, qmStartArgv, qmStatusQuery } from '../../../clients/qm.ts';
import { ask } from '../../../clients/query.ts';
import { stopUnit } from '../../../clients/systemd.ts';
import { guestUnit } from '../../../clients/unit-names.ts';
import type { GuestErrand } from '../../../model/event.ts';
import { guestTitle, type GuestFacts, type GuestKind } from '../../../model/guest.ts';
import { Pause } from '../../../model/pause.ts';
import type { Argv } from '../../../ports/shell.ts';
import { at, atOwn, type Context } from '../../../run/context.ts';
import { minutesMs } from '../../../run/handler.ts';
import type { GuestTrip } from '../../../run/state.ts';
import { dropJob, jobState, startJob, telling } from './unit-job.ts';

/** How long a container or VM gets to shut down by itself. One that does not is left running, never killed (facts 3.4, 9.1). */
const shutdownTimeoutS = 180;

/** Begins an errand. When this resolves the journal has it and the unit was started. @throws CommandFailed, ShellFailure, StoreFull */
export async function beginErrand(guest: GuestFacts, how: GuestErrand, to: string, context: Context): Promise<void> {
  await context.record({ type: 'guest.leaving', vmid: guest.vmid, kind: guest.kind, title: guestTitle(guest), from: guest.node, to, how });
  const trip = context.state().guests.at(-1);
  if (trip === undefined) throw new Error('an errand that was journaled is not in the state');
  await startJob(at(context, guest.node), unitOf(trip, context), argvOf(guest, how, to));
}

/** Trips of this run whose end was not seen yet. */
export function underWay(context: Context): readonly GuestTrip[] {
  return context.state().guests.filter((trip) => trip.end === 'under-way');
}

export type TripEnd =
  | { readonly kind: 'working' }
  /** Where it was meant to go, or where somebody else took it meanwhile. */
  | { readonly kind: 'arrived'; readonly on: string }
  /** It is where it was and runs or stands as before; `why` in the tool's words. `begun`: the tool ran and failed, it was not just never started. */
  | { readonly kind: 'stayed'; readonly why: string; readonly begun: boolean };

/**
 * Looks at one trip. When its unit is over, the guest itself is asked where and how it is, and the journal gets the answer.
 * @throws Pause `guest.lost` when it runs nowhere although it ran before
 */
export async function lookAtTrip(trip: GuestTrip, context: Context): Promise<TripEnd> {
  const on = at(context, trip.from);
  const unit = unitOf(trip, context);
  const state = await jobState(on, unit);
  if (state.kind === 'working') {
    if (isLate(trip, context)) await stopUnit(on, unit);
    return { kind: 'working' };
  }
  const why =
    state.kind === 'failed'
      ? telling(state.log)
      : state.kind === 'absent'
        ? `${unit} is not there any more`
        : 'the tool reported success, but nothing changed';
  const end = await whereItIs(trip, why, context);
  if (state.kind !== 'absent') await dropJob(on, unit, state.kind);
  const { vmid, title } = trip;
  if (end.kind === 'arrived')
    await context.record({ type: 'guest.arrived', vmid, title, on: end.on, tookMs: context.site.ports.clock.now() - trip.startedAtMs });
  else await context.record({ type: 'guest.stays', vmid, title, on: trip.from, detail: end.why });
  return end.kind === 'stayed' ? { ...end, begun: state.kind !== 'absent' } : end;
}

/**
 * Which of these guests are really up. The broadcast state of a guest is up to ten seconds old, so one that we have shut
 * down or started ourselves is asked directly.
 */
export async function reallyUp(guests: readonly GuestFacts[], context: Context): Promise<readonly GuestFacts[]> {
  const up: GuestFacts[] = [];
  for (const guest of guests) {
    const last = context
      .state()
      .guests.filter((trip) => trip.vmid === guest.vmid)
      .at(-1);
    if (last?.how !== 'shutdown' || last.end !== 'arrived' || (await isUp(guest, context))) up.push(guest);
  }
  return up;
}

/** Asked of the node itself. @throws CommandFailed, Unparsable, ShellFailure */
export async function isUp(guest: GuestFacts, context: Context): Promise<boolean> {
  const now = await guestOn(guest.node, guest.vmid, guest.kind, context);
  return now.kind === 'here' && now.status.kind !== 'stopped';
}

type Whereabouts = { readonly kind: 'arrived'; readonly on: string } | { readonly kind: 'stayed'; readonly why: string };

/** An errand past its deadline is cancelled: SIGTERM ends a migration and the guest runs on at its source (measured "Migration"). */
function isLate(trip: GuestTrip, context: Context): boolean {
  return context.site.ports.clock.now() - trip.startedAtMs > minutesMs(context.site.config.deadlines.guest);
}

async function whereItIs(trip: GuestTrip, why: string, context: Context): Promise<Whereabouts> {
  const there = await guestOn(trip.to, trip.vmid, trip.kind, context);
  if (there.kind === 'here' && isAsWanted(trip, there)) return { kind: 'arrived', on: trip.to };
  const home = trip.to === trip.from ? there : await guestOn(trip.from, trip.vmid, trip.kind, context);
  const before = trip.how === 'start' ? 'stopped' : 'running';
  if (home.kind === 'here' && (home.status.kind === before || home.status.kind === 'paused')) return { kind: 'stayed', why };
  if (home.kind === 'not-here' && there.kind === 'not-here') {
    const placement = (await ask(atOwn(context), vmlistQuery)).find((entry) => entry.vmid === trip.vmid);
    if (placement === undefined) return { kind: 'stayed', why: 'the guest was deleted meanwhile' };
    const elsewhere = await guestOn(placement.node, trip.vmid, trip.kind, context);
    if (elsewhere.kind === 'here' && elsewhere.status.kind === 'running') return { kind: 'arrived', on: placement.node };
  }
  throw new Pause('guest.lost', {
    what: `${trip.title} does not run as it did before it was asked to leave ${trip.from}`,
    seen: `${stateText(trip.from, home)}; ${stateText(trip.to, there)}; ${why}`,
    next: `bring ${trip.title} up by hand (${trip.kind === 'qemu' ? 'qm' : 'pct'} status ${trip.vmid}), then: proxroll resume`,
  });
}

function isAsWanted(trip: GuestTrip, now: Extract<GuestHere, { kind: 'here' }>): boolean {
  switch (trip.how) {
    case 'live-migration':
    case 'restart-migration':
      return now.status.kind !== 'stopped' && now.lock !== 'migrate';
    case 'start':
      return now.status.kind === 'running';
    case 'shutdown':
      return now.status.kind === 'stopped';
    default:
      return trip.how satisfies never;
  }
}

function stateText(node: string, state: GuestHere): string {
  if (state.kind === 'not-here') return `${node}: not there`;
  const word = state.status.kind === 'odd' ? state.status.word : state.status.kind;
  return `${node}: ${word}${state.lock === undefined ? '' : `, locked (${state.lock})`}`;
}

function guestOn(node: string, vmid: number, kind: GuestKind, context: Context): Promise<GuestHere> {
  return ask(at(context, node), kind === 'qemu' ? qmStatusQuery(vmid) : pctStatusQuery(vmid));
}

function unitOf(trip: GuestTrip, context: Context): string {
  return guestUnit(trip.vmid, context.state().run, trip.attempt);
}

function argvOf(guest: GuestFacts, how: GuestErrand, to: string): Argv {
  const vm = guest.kind === 'qemu';
  switch (how) {
    case 'live-migration':
      return qmMigrateArgv(guest.vmid, to, { withLocalDisks: false });
    case 'restart-migration':
      return pctMigrateArgv(guest.vmid, to, shutdownTimeoutS);
    case 'shutdown':
      return vm ? qmShutdownArgv(guest.vmid, shutdownTimeoutS) : pctShutdownArgv(guest.vmid, shutdownTimeoutS);
    case 'start':
      return vm ? qmStartArgv(guest.vmid) : pctStartArgv(guest.vmid);
    default:
      return how satisfies never;
  }
}
