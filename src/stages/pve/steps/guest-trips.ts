/**
 * What a run does to guests: each errand is journaled, then begun as a transient unit on the node the guest is on, then
 * followed until its end is seen in the world. An exit code only says that it is over.
 */
import type { GuestHere } from '../../../clients/guest-state.ts';
import { pctMigrateArgv, pctOfflineMigrateArgv, pctShutdownArgv, pctStartArgv, pctStatusQuery } from '../../../clients/pct.ts';
import { vmlistQuery } from '../../../clients/pmxcfs.ts';
import { qmMigrateArgv, qmOfflineMigrateArgv, qmShutdownArgv, qmStartArgv, qmStatusQuery } from '../../../clients/qm.ts';
import { ask } from '../../../clients/query.ts';
import { stopUnit } from '../../../clients/systemd.ts';
import { guestUnit } from '../../../clients/unit-names.ts';
import type { GuestErrand } from '../../../model/event.ts';
import { guestTitle, needsPlace, type GuestFacts, type GuestKind } from '../../../model/guest.ts';
import type { GuestLoan } from '../../../model/loan.ts';
import { Pause } from '../../../model/pause.ts';
import type { Argv } from '../../../ports/shell.ts';
import { at, atOwn, type Context } from '../../../run/context.ts';
import { Unseen } from '../../../run/passing.ts';
import type { GuestTrip } from '../../../run/state.ts';
import { bootNow } from './boot-now.ts';
import { cancelledText, whyCancel } from './trip-patience.ts';
import { dropJob, jobState, startJob, telling } from './unit-job.ts';

/** How long a container or VM gets to shut down by itself, unless its config gives it more. One that does not is left running, never killed (facts 3.4, 9.1). */
const usualShutdownS = 180;

/** Begins an errand. When this resolves the journal has it and the unit was started. @throws CommandFailed, ShellFailure, StoreFull */
export async function beginErrand(guest: GuestFacts, how: GuestErrand, to: string, context: Context): Promise<void> {
  const { vmid, kind, node: from } = guest;
  const memory = guest.memoryBytes.known ? { memoryBytes: guest.memoryBytes.value } : {};
  const status = guest.status.known ? { paused: guest.status.value.kind === 'paused' } : {};
  await context.record({ type: 'guest.leaving', vmid, kind, title: guestTitle(guest), from, to, how, ...memory, ...status });
  const trip = context.state().guests.at(-1);
  if (trip === undefined) throw new Error('an errand that was journaled is not in the state');
  await startJob(at(context, guest.node), unitOf(trip, context), argvOf(guest, how, to));
}

/** Trips of this run whose end was not seen yet. */
export function underWay(context: Context): readonly GuestTrip[] {
  return context.state().guests.filter((trip) => trip.end === 'under-way');
}

/** @returns what is on loan of this guest, if anything */
export function loanOf(vmid: number, context: Context): GuestLoan | undefined {
  return context.state().loans.find((loan): loan is GuestLoan => 'vmid' in loan && loan.vmid === vmid);
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
    if ((await whyCancel(trip, unit, context)) !== undefined) await stopUnit(on, unit);
    return { kind: 'working' };
  }
  const why =
    state.kind === 'failed'
      ? telling(state.log)
      : state.kind === 'absent'
        ? (cancelledText(unit, context) ?? `${unit} is not there any more`)
        : undefined;
  const end = await whereItIs(trip, why, context);
  if (state.kind !== 'absent') await dropJob(on, unit, state.kind);
  const { vmid, title } = trip;
  if (end.kind === 'arrived')
    await context.record({ type: 'guest.arrived', vmid, title, on: end.on, tookMs: context.site.ports.clock.now() - trip.startedAtMs });
  else {
    const begun = state.kind === 'absent' ? { begun: false as const } : {};
    await context.record({ type: 'guest.stays', vmid, title, on: trip.from, detail: end.why, ...begun });
  }
  return end.kind === 'stayed' ? { ...end, begun: state.kind !== 'absent' } : end;
}

/**
 * Which of these guests are really up. The broadcast state of a guest is up to ten seconds old, so one that this run has shut
 * down is asked itself, and so is one that was sent somewhere and is said to be stopped: it may have been lost on its way and
 * started again by hand.
 * @param guests all of a node, those that are said to be stopped too
 */
export async function reallyUp(guests: readonly GuestFacts[], context: Context): Promise<readonly GuestFacts[]> {
  const up: GuestFacts[] = [];
  for (const guest of guests.filter(({ template }) => !template)) {
    const last = context
      .state()
      .guests.filter((trip) => trip.vmid === guest.vmid)
      .at(-1);
    const switched = last !== undefined && ['shutdown', 'halt', 'offline-migration', 'start'].includes(last.how);
    const doubtful = last !== undefined && (switched || !needsPlace(guest));
    if (doubtful ? await isUp(guest, context) : needsPlace(guest)) up.push(guest);
  }
  return up;
}

/** Asked of the node itself. @throws CommandFailed, Unparsable, ShellFailure */
export async function isUp(guest: Pick<GuestFacts, 'node' | 'vmid' | 'kind'>, context: Context): Promise<boolean> {
  const now = await guestOn(guest.node, guest.vmid, guest.kind, context);
  return now.kind === 'here' && now.status.kind !== 'stopped';
}

type Whereabouts = { readonly kind: 'arrived'; readonly on: string } | { readonly kind: 'stayed'; readonly why: string };

/**
 * Asks the node that has the guest's config now, whichever it is: a target that died must not be waited for. A migration that ends with
 * problems may leave a VM behind that does not go on (facts 3.1), so one that ran must run, unless the tool is content.
 * @param why what the tool has against it; missing when it reported success
 */
async function whereItIs(trip: GuestTrip, why: string | undefined, context: Context): Promise<Whereabouts> {
  const placement = (await ask(atOwn(context), vmlistQuery)).find((entry) => entry.vmid === trip.vmid);
  if (placement === undefined) return { kind: 'stayed', why: 'the guest was deleted meanwhile' };
  const { node } = placement;
  const now = await guestOn(node, trip.vmid, trip.kind, context);
  if (now.kind === 'not-here') throw new Unseen(`${trip.title} is just changing its node`);
  const goesOn = now.status.kind === 'running' || (now.status.kind === 'paused' && (trip.paused !== false || why === undefined));
  if (node === trip.to && isAsWanted(trip, now, goesOn)) return { kind: 'arrived', on: node };
  const wasDown = trip.how === 'start' || trip.how === 'offline-migration';
  // One that was down may have been started meanwhile, by its node as that booted or by a person: nobody is lost then.
  const asBefore = goesOn || (wasDown && now.status.kind === 'stopped');
  if (node === trip.from && asBefore) return { kind: 'stayed', why: why ?? 'the tool reported success, but nothing changed' };
  if (node !== trip.to && asBefore) return { kind: 'arrived', on: node };
  // pve-guests starts guests one by one after a boot, but none that is locked.
  const { young, startsGuests } = await bootNow(node, context);
  if (now.lock === undefined && (young || startsGuests))
    throw new Unseen(`${trip.title} does not run, and ${node}, which has just booted, may be about to start it`);
  const tool = trip.kind === 'qemu' ? 'qm' : 'pct';
  const unlock = now.lock === undefined ? '' : `make sure that nothing works on it, then ${tool} unlock ${trip.vmid}, and `;
  const wake = now.status.kind === 'stopped' ? 'start' : 'resume';
  throw new Pause('guest.lost', {
    what: `${trip.title} does not run as it did before it was asked to leave ${trip.from}`,
    seen: `${stateText(node, now)}; ${why ?? 'the tool reported success'}`,
    next: `on ${node}: ${unlock}${tool} ${wake} ${trip.vmid}; then: proxroll resume`,
  });
}

function isAsWanted(trip: GuestTrip, now: Extract<GuestHere, { kind: 'here' }>, goesOn: boolean): boolean {
  switch (trip.how) {
    case 'live-migration':
    case 'disk-migration':
    case 'restart-migration':
      return goesOn && now.lock !== 'migrate';
    case 'start':
      return now.status.kind === 'running';
    case 'offline-migration':
      return (goesOn || now.status.kind === 'stopped') && now.lock !== 'migrate';
    case 'shutdown':
    case 'halt':
      return now.status.kind === 'stopped';
    default:
      return trip.how satisfies never;
  }
}

function stateText(node: string, state: Extract<GuestHere, { kind: 'here' }>): string {
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
    case 'disk-migration':
      return qmMigrateArgv(guest.vmid, to, { withLocalDisks: true });
    case 'restart-migration':
      return pctMigrateArgv(guest.vmid, to, shutdownS(guest));
    case 'offline-migration':
      return vm ? qmOfflineMigrateArgv(guest.vmid, to) : pctOfflineMigrateArgv(guest.vmid, to);
    case 'halt':
    case 'shutdown':
      return vm ? qmShutdownArgv(guest.vmid, shutdownS(guest)) : pctShutdownArgv(guest.vmid, shutdownS(guest));
    case 'start':
      return vm ? qmStartArgv(guest.vmid) : pctStartArgv(guest.vmid);
    default:
      return how satisfies never;
  }
}

/** Proxmox VE would kill one whose time is up; we do not, so a shorter time than the usual one has no point. */
function shutdownS({ config }: GuestFacts): number {
  return Math.max(usualShutdownS, (config.known ? config.value.shutdownS : undefined) ?? 0);
}
