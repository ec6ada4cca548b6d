/**
 * What a run does to guests: each errand is journaled, then begun as a transient unit on the node the guest is on, then
 * followed until its end is seen in the world. An exit code only says that it is over.
 */
import type { At } from '../../../clients/at.ts';
import { pctMigrateArgv, pctShutdownArgv, pctStartArgv, pctStatusQuery } from '../../../clients/pct.ts';
import { qmMigrateArgv, qmShutdownArgv, qmStartArgv, qmStatusQuery } from '../../../clients/qm.ts';
import { ask } from '../../../clients/query.ts';
import { stopUnit } from '../../../clients/systemd.ts';
import { guestUnit } from '../../../clients/unit-names.ts';
import type { GuestErrand } from '../../../model/event.ts';
import { guestTitle, type GuestFacts, type GuestKind } from '../../../model/guest.ts';
import { Pause } from '../../../model/pause.ts';
import type { Argv } from '../../../ports/shell.ts';
import { at, type Context } from '../../../run/context.ts';
import { minutesMs } from '../../../run/handler.ts';
import type { GuestTrip } from '../../../run/state.ts';
import { dropJob, jobState, startJob, telling } from './unit-job.ts';

/** How long a container or VM gets to shut down by itself. One that does not is left running, never killed (facts 3.4, 9.1). */
const shutdownTimeoutS = 180;

/** Begins an errand. When this resolves the journal has it and the unit was started. @throws CommandFailed, ShellFailure, StoreFull */
export async function beginErrand(guest: GuestFacts, how: GuestErrand, to: string, context: Context): Promise<void> {
  await context.record({ type: 'guest.leaving', vmid: guest.vmid, title: guestTitle(guest), from: guest.node, to, how });
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
  | { readonly kind: 'arrived' }
  /** It is where it was and runs or stands as before; `why` in the tool's words. */
  | { readonly kind: 'stayed'; readonly why: string };

/**
 * Looks at one trip. When its unit is over, the guest itself is asked where and how it is, and the journal gets the answer.
 * @throws Pause `guest.lost` when it is neither where it was nor where it should be, or not running there
 */
export async function lookAtTrip(trip: GuestTrip, kind: GuestKind, context: Context): Promise<TripEnd> {
  const on = at(context, trip.from);
  const unit = unitOf(trip, context);
  const state = await jobState(on, unit);
  if (state.kind === 'working') return (await cancelIfLate(trip, on, unit, context)) ?? { kind: 'working' };
  const why = state.kind === 'failed' ? telling(state.log) : state.kind === 'absent' ? `${unit} is not there any more` : 'the tool reported success, but nothing changed';
  if (await hasArrived(trip, kind, context)) {
    if (state.kind !== 'absent') await dropJob(on, unit, state.kind);
    await context.record({ type: 'guest.arrived', vmid: trip.vmid, title: trip.title, on: trip.to, tookMs: context.site.ports.clock.now() - trip.startedAtMs });
    return { kind: 'arrived' };
  }
  await demandUnharmed(trip, kind, why, context);
  if (state.kind !== 'absent') await dropJob(on, unit, state.kind);
  await context.record({ type: 'guest.stays', vmid: trip.vmid, title: trip.title, on: trip.from, detail: why });
  return { kind: 'stayed', why };
}

/** An errand past its deadline is cancelled: SIGTERM ends a migration and the guest runs on at its source (measured "Migration"). */
async function cancelIfLate(trip: GuestTrip, on: At, unit: string, context: Context): Promise<TripEnd | undefined> {
  const late = context.site.ports.clock.now() - trip.startedAtMs - minutesMs(context.site.config.deadlines.guest);
  if (late < 0) return undefined;
  await stopUnit(on, unit);
  return undefined;
}

async function hasArrived(trip: GuestTrip, kind: GuestKind, context: Context): Promise<boolean> {
  const there = await guestOn(trip.to, trip.vmid, kind, context);
  if (there.kind === 'not-here') return false;
  switch (trip.how) {
    case 'live-migration':
    case 'restart-migration':
      return there.status.kind !== 'stopped' && there.lock !== 'migrate';
    case 'start':
      return there.status.kind === 'running';
    case 'shutdown':
      return there.status.kind === 'stopped';
    default:
      return trip.how satisfies never;
  }
}

/** A guest that did not make it must at least be what it was. A container that stopped too late is started again where it is. */
async function demandUnharmed(trip: GuestTrip, kind: GuestKind, why: string, context: Context): Promise<void> {
  const wanted = trip.how === 'start' ? 'stopped' : 'running';
  const home = await guestOn(trip.from, trip.vmid, kind, context);
  if (home.kind === 'here' && (home.status.kind === wanted || home.status.kind === 'paused')) return;
  const there = trip.to === trip.from ? home : await guestOn(trip.to, trip.vmid, kind, context);
  const words = (node: string, state: typeof home) => `${node}: ${state.kind === 'not-here' ? 'not there' : state.status.kind === 'odd' ? state.status.word : state.status.kind}${state.kind === 'here' && state.lock !== undefined ? `, locked (${state.lock})` : ''}`;
  throw new Pause('guest.lost', {
    what: `${trip.title} does not run as it did before it was asked to leave ${trip.from}`,
    seen: `${words(trip.from, home)}; ${words(trip.to, there)}; ${why}`,
    next: `bring ${trip.title} up by hand (${kind === 'qemu' ? 'qm' : 'pct'} status ${trip.vmid}), then: proxroll resume`,
  });
}

function guestOn(node: string, vmid: number, kind: GuestKind, context: Context) {
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
