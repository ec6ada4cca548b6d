/**
 * Emptying a node. It looks anew in every round which guests are left; it never walks a list made before. HA guests are the
 * manager's: they are only watched until they are gone.
 */
import { isFull, mayLeave } from '../../../model/at-once.ts';
import { guestTitle, needsPlace, type GuestFacts } from '../../../model/guest.ts';
import type { GuestLoan } from '../../../model/loan.ts';
import { Pause } from '../../../model/pause.ts';
import { chooseTarget, whereCanGo, type Choice } from '../../../model/places.ts';
import type { DrainStep } from '../../../model/step.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import { givesRoom, goesAway, mustLeave, wayFor } from '../../../model/way.ts';
import type { Context } from '../../../run/context.ts';
import { StopWished, type Wish } from '../../../run/control.ts';
import type { Handler } from '../../../run/handler.ts';
import { minutesMs } from '../../../run/step-limits.ts';
import { repeat, type Round } from '../../../run/repeat.ts';
import type { GuestTrip } from '../../../run/state.ts';
import { haInUse } from '../plan.ts';
import { beginErrand, lookAtTrip, reallyUp, underWay, type TripEnd } from './guest-trips.ts';
import { maintenanceOn, notYetInMaintenance } from './maintenance.ts';
import { plannedTarget, toMakeRoom } from './planned-moves.ts';
import { firstErrand, nextLeg } from './restart-elsewhere.ts';
import { wakingUp } from './just-booted.ts';
import { askAhead, saidAgainst, type SecondOpinions } from './second-opinion.ts';
import { siteNow } from './site-now.ts';

/** Asking after units under way is cheap, looking at all guests costs three pvesh processes. */
const pollMs = 1000;
const lookMs = 5000;
const stillMs = 5 * 60_000;
const staleMs = 60_000;
/** What keeps a guest from every other node may pass by itself: a reading that failed, metrics that are behind, a node just back. */
const placePatienceMs = 60_000;

/** Why guests did not leave, by vmid, with the node each attempt was for. */
interface Progress {
  /** On the clock's `elapsed`. */
  readonly beganAtMs: number;
  readonly failed: Failures;
  /** On the clock's `elapsed`. */
  lookedAtMs: number;
  seen: string;
  /** Which guests have stood still, since when on the clock's `elapsed`, and whether that was said. */
  still: { readonly who: string; readonly sinceMs: number; readonly told: boolean };
  /** Since when no node can take a guest, by vmid, on the clock's `elapsed`. */
  readonly homeless: Map<number, number>;
  /** Nothing is ours to send: guests of the HA manager, or locked ones, are left. */
  onlyWatching: boolean;
  /** What Proxmox VE itself has against moving them. */
  readonly opinions: SecondOpinions;
  /** Those of other nodes that were to make room and cannot. */
  readonly unwilling: Set<number>;
  /** Who is likely to move next, to be asked about ahead; nothing before the first look. */
  next: readonly GuestFacts[] | undefined;
}

type Stayed = Extract<TripEnd, { kind: 'stayed' }>;
type Failures = Map<number, { readonly to: string; readonly why: string }[]>;

export const drain: Handler<DrainStep> = {
  remember: () => Promise.resolve({}),
  run: async (step, _remembered, context) => {
    // After a resume the last look at the site may be from another time.
    if (context.seenAgeMs() > staleMs) await context.look();
    const until = context.site.ports.clock.elapsed() + minutesMs(context.site.config.deadlines.drain);
    const beganAtMs = context.site.ports.clock.elapsed();
    const progress: Progress = {
      beganAtMs,
      failed: new Map(),
      homeless: new Map(),
      lookedAtMs: Number.NEGATIVE_INFINITY,
      seen: '',
      still: { who: '', sinceMs: beganAtMs, told: false },
      onlyWatching: false,
      opinions: new Map(),
      unwilling: new Set(),
      next: undefined,
    };
    const end = await repeat(step, context, until, pollMs, () => round(step, progress, context));
    if (!end.done) throw new Pause('drain.deadline', drain.late(step, end.seen).reason);
  },
  satisfied: async ({ node }, _remembered, context) => {
    const { guests, snapshot } = await siteNow(context);
    const behind = haBehind(node, snapshot, context);
    if (behind !== undefined) return { yes: false, seen: behind, again: true };
    const left = await inTheWay(node, guests, snapshot, context);
    if (goingDown(node, guests, snapshot, context).length > 0) return { yes: false, seen: 'a guest goes down with its node', again: true };
    if ((await halted(guests, context)).length > 0) return { yes: false, seen: 'a guest waits to be started elsewhere', again: true };
    if (left.length > 0 || underWay(context).length > 0) return { yes: false, seen: leftText(node, left), again: true };
    const waking = await wakingUp(node, guests, context);
    return waking === undefined ? { yes: true } : { yes: false, seen: waking, again: true };
  },
  pollMs,
  late: ({ node }, seen) => ({
    code: 'drain.deadline',
    reason: {
      what: `${node} could not be emptied in time`,
      seen,
      next: `look at the guests on ${node} and move them by hand, then: proxroll resume`,
    },
  }),
};

async function round(step: DrainStep, progress: Progress, context: Context): Promise<Round> {
  const { clock } = context.site.ports;
  const { failed } = progress;
  const before = underWay(context).length;
  // First the trips, then the site: whoever arrives in between still counts as under way and is not sent off again.
  const open = await followTrips(failed, context);
  // While all trips go on there is nothing to decide, so the site is looked at less often.
  const calm = open.length === before && (open.length > 0 || progress.onlyWatching);
  if (calm && clock.elapsed() - progress.lookedAtMs < lookMs) return { done: false, seen: progress.seen };
  progress.lookedAtMs = clock.elapsed();
  const wish = await context.wish();
  if (wish !== 'nothing') return await heed(wish, step, open);
  const [{ snapshot, guests }] = await Promise.all([
    siteNow(context),
    askAhead(progress.next ?? nextOf(step.node, context.seen(), context), context.seen(), progress.opinions, context),
  ]);
  const left = await inTheWay(step.node, guests, snapshot, context);
  const behind = haBehind(step.node, snapshot, context);
  const stopped = await halted(guests, context);
  await leaveThere(step.node, guests, snapshot, context);
  if (left.length === 0 && open.length === 0 && stopped.length === 0 && behind === undefined) {
    const waking = await wakingUp(step.node, guests, context);
    return waking === undefined ? { done: true } : { done: false, seen: waking };
  }
  demandMaintenance(step, behind, progress, context);
  if (context.stop.aborted) return { done: false, seen: leftText(step.node, left) };
  const managed = left.filter((guest) => guest.ha !== undefined && haInUse(snapshot));
  demandHaMoves(managed, step.node);
  // A lock passes, or the deadline does: somebody is at work on that guest.
  const waiting = left.filter(
    (guest) =>
      !managed.includes(guest) &&
      guest.lock === undefined &&
      !open.some((trip) => trip.vmid === guest.vmid) &&
      !stopped.some((one) => one.guest.vmid === guest.vmid),
  );
  // Whoever is down waits for nobody.
  for (const { guest, leg } of stopped) await goOn(guest, leg, snapshot, progress, context);
  let room = mayLeave(step.node, open, snapshot, context.site.config.limits) - stopped.length;
  // Those that make room go first, or there is none; while one of them is under way the others wait for it.
  const givers = giversNow(step.node, guests, snapshot, open, context).filter(({ guest }) => !progress.unwilling.has(guest.vmid));
  for (const { guest, to } of givers) {
    if (room <= 0 || isCrowded(to, snapshot, context)) continue;
    const against = await saidAgainst(guest, snapshot, progress.opinions, context);
    // Whether the others find room without it is seen when they leave.
    if (against !== 'not-now' && against[to] !== undefined) progress.unwilling.add(guest.vmid);
    else if (against !== 'not-now') {
      await makeRoom(guest, to, step.node, context);
      room--;
    }
  }
  const held = givers.length > 0 || open.some((trip) => trip.from !== step.node && trip.to !== step.node);
  for (const guest of held ? [] : biggestFirst(waiting)) {
    if (room <= 0) break;
    if (await sendAway(guest, waiting, snapshot, progress, context)) room--;
  }
  progress.next = soonest([...givers.map(({ guest }) => guest), ...biggestFirst(waiting)], context);
  progress.onlyWatching = waiting.length === 0 && stopped.length === 0;
  progress.seen = behind === undefined ? leftText(step.node, left) : `${leftText(step.node, left)}; ${behind}`;
  await tellStill(step, progress, left, open, context);
  return { done: false, seen: progress.seen };
}

/** Between two moves is a safe point too: whoever is under way is followed to the end, and nobody else is sent off. @throws Pause, StopWished */
function heed(wish: Wish, step: DrainStep, open: readonly GuestTrip[]): Promise<Round> {
  if (open.length > 0)
    return Promise.resolve({ done: false, seen: `asked to ${wish}; waiting for ${open.map((trip) => trip.title).join(', ')}` });
  if (wish === 'stop') throw new StopWished(`asked to stop in ${step.id}`);
  throw new Pause('asked', {
    what: 'the run was asked to pause',
    seen: `it stands in ${step.id}, with nobody under way`,
    next: 'go on with: proxroll resume',
  });
}

/** Guests that do not move for long are said once: a person at 3 a.m. must not guess what is waited for. */
async function tellStill(
  step: DrainStep,
  progress: Progress,
  left: readonly GuestFacts[],
  open: readonly GuestTrip[],
  context: Context,
): Promise<void> {
  const { clock } = context.site.ports;
  const who = left.map((guest) => guest.vmid).join(',');
  if (who !== progress.still.who || open.length > 0) progress.still = { who, sinceMs: clock.elapsed(), told: false };
  if (progress.still.told || clock.elapsed() - progress.still.sinceMs < stillMs) return;
  progress.still = { ...progress.still, told: true };
  await context.record({
    type: 'warned',
    subject: step.node,
    what: `nothing has moved for ${stillMs / 60_000} minutes: ${progress.seen}`,
    next: `${stillNext(left)}; the run waits until ${context.site.config.deadlines.drain} min have passed`,
  });
}

function stillNext(left: readonly GuestFacts[]): string {
  const locked = left.find((guest) => guest.lock !== undefined);
  if (locked !== undefined) {
    const tool = locked.kind === 'qemu' ? 'qm' : 'pct';
    return `see which task works on ${guestTitle(locked)}; when none does, on ${locked.node}: ${tool} unlock ${locked.vmid}`;
  }
  const managed = left.some((guest) => guest.ha !== undefined);
  return managed ? 'see why with: ha-manager status, and the log of pve-ha-crm on the HA master' : `look at these guests on their node`;
}

/** Its guests may be gone before the manager has the node wholly in maintenance; only then are its services out of the way. */
function haBehind(node: string, snapshot: Snapshot, context: Context): string | undefined {
  if (!context.state().loans.some((loan) => loan.kind === 'ha-maintenance' && loan.node === node)) return undefined;
  return snapshot.ha.known ? notYetInMaintenance(snapshot.ha.value, node) : snapshot.ha.why;
}

/** @throws Pause when the manager has had its time */
function demandMaintenance(step: DrainStep, behind: string | undefined, progress: Progress, context: Context): void {
  const { config, ports } = context.site;
  if (behind === undefined || ports.clock.elapsed() - progress.beganAtMs < minutesMs(config.deadlines.maintenance)) return;
  throw new Pause('maintenance.deadline', maintenanceOn.late({ ...step, kind: 'maintenance-on' }, behind).reason);
}

/** @returns the trips that are still under way */
async function followTrips(failed: Failures, context: Context): Promise<readonly GuestTrip[]> {
  const open: GuestTrip[] = [];
  for (const trip of underWay(context)) {
    const end = await lookAtTrip(trip, context);
    if (end.kind === 'working') open.push(trip);
    if (end.kind === 'arrived') await arrived(trip, end.on, failed, context);
    if (end.kind === 'stayed') await refused(trip, end, failed, context);
  }
  return open;
}

async function arrived(trip: GuestTrip, on: string, failed: Failures, context: Context): Promise<void> {
  const loan = loanOf(trip.vmid, context);
  if (loan?.kind === 'guest-moved' && loan.home === on && trip.how !== 'halt' && trip.how !== 'offline-migration')
    return context.record({ type: 'loan.returned', loan, detail: 'at home' });
  if (trip.how !== 'start' || loan?.kind !== 'guest-stopped') return;
  const { kind: _kind, ...guest } = loan;
  if (on === loan.home) {
    await context.record({ type: 'loan.returned', loan, detail: 'it did not leave' });
    demandPatience(trip, failed, context);
  } else if (context.site.config.return_guests)
    await context.record({ type: 'loan.taken', loan: { kind: 'guest-moved', ...guest, to: on } });
  else await context.record({ type: 'loan.returned', loan, detail: `it runs on ${on}` });
}

async function refused(trip: GuestTrip, { why, begun }: Stayed, failed: Failures, context: Context): Promise<void> {
  const attempts = [...(failed.get(trip.vmid) ?? []), { to: trip.to, why }];
  // Cut off before its tool ran, as by the power of its node: it is started anew.
  const again = !begun && attempts.length < context.site.config.attempts.guest;
  if (trip.how === 'start' && again) return void failed.set(trip.vmid, attempts);
  if (trip.how === 'start')
    throw new Pause('guest.lost', {
      what: `${trip.title} was shut down to be started elsewhere, and does not start`,
      seen: `${trip.from}: ${why}`,
      next: `start it by hand on ${trip.from}, then: proxroll resume`,
    });
  // It is down: it is started where it is first, and then asked again.
  if (trip.how === 'offline-migration') return void failed.set(trip.vmid, attempts);
  const loan = loanOf(trip.vmid, context);
  // One that was away from another node before stays away from there.
  if (loan?.kind === 'guest-moved' && loan.home !== trip.from)
    await context.record({ type: 'loan.taken', loan: { ...loan, to: trip.from } });
  else if (loan !== undefined) await context.record({ type: 'loan.returned', loan, detail: 'it did not leave' });
  failed.set(trip.vmid, attempts);
  demandPatience(trip, failed, context);
}

/** A guest that refused is asked again, perhaps to another node. @throws Pause when it was asked often enough: then a person decides */
function demandPatience(trip: GuestTrip, failed: Failures, context: Context): void {
  const attempts = failed.get(trip.vmid) ?? [];
  if (attempts.length < context.site.config.attempts.guest) return;
  const stays = trip.how === 'shutdown' || trip.how === 'halt';
  throw new Pause('drain.refused', {
    what: `${trip.title} stays on ${trip.from}: it would not ${stays ? 'shut down' : 'move'}`,
    seen: attempts.map((attempt) => (stays ? attempt.why : `to ${attempt.to}: ${attempt.why}`)).join('; '),
    next: stays
      ? `shut ${trip.title} down from inside, or stop it by hand, then: proxroll resume`
      : `mend that, move ${trip.title} by hand, or let it be stopped (guests.by_vmid.${trip.vmid}: shutdown), then: proxroll resume`,
  });
}

/** Guests that must not be here when the node goes down, and are. */
function inTheWay(node: string, guests: readonly GuestFacts[], snapshot: Snapshot, context: Context): Promise<readonly GuestFacts[]> {
  const { config } = context.site;
  // One that is said to be stopped is looked at too: it may have been started meanwhile.
  const here = guests.filter((guest) => guest.node === node && (mustLeave(guest, snapshot, config) || !needsPlace(guest)));
  return reallyUp(here, context);
}

/** Guests that were shut down and are not where they will run yet. */
async function halted(guests: readonly GuestFacts[], context: Context) {
  const sent = new Set(context.state().guests.map(({ vmid }) => vmid));
  const found: { readonly guest: GuestFacts; readonly leg: 'move' | 'start' }[] = [];
  for (const guest of guests.filter(({ vmid }) => sent.has(vmid))) {
    const leg = await nextLeg(guest, context);
    if (leg !== undefined) found.push({ guest, leg });
  }
  return found;
}

/** Guests that stay and stop when their node goes down, and of which the journal does not say so yet. */
function goingDown(node: string, guests: readonly GuestFacts[], snapshot: Snapshot, context: Context): readonly GuestFacts[] {
  return guests.filter(
    (guest) =>
      guest.node === node &&
      needsPlace(guest) &&
      wayFor(guest, snapshot, context.site.config) === 'leave' &&
      loanOf(guest.vmid, context) === undefined,
  );
}

/** What goes down with its node is on loan until it runs again. */
async function leaveThere(node: string, guests: readonly GuestFacts[], snapshot: Snapshot, context: Context): Promise<void> {
  for (const guest of goingDown(node, guests, snapshot, context)) {
    const loan = { kind: 'guest-left', vmid: guest.vmid, guest: guest.kind, title: guestTitle(guest), home: node } as const;
    await context.record({ type: 'loan.taken', loan });
  }
}

/** The next leg of a guest that is down: to another node, or, where there is none, up again where it is. */
async function goOn(guest: GuestFacts, leg: 'move' | 'start', snapshot: Snapshot, progress: Progress, context: Context): Promise<void> {
  if (guest.lock !== undefined) return;
  const { vmid, kind, node } = guest;
  if (loanOf(vmid, context) === undefined)
    await context.record({ type: 'loan.taken', loan: { kind: 'guest-stopped', vmid, guest: kind, title: guestTitle(guest), home: node } });
  const last = context
    .state()
    .guests.filter((trip) => trip.vmid === vmid)
    .at(-1);
  // It is down already, so another node is tried before it is started where it was.
  const again =
    last?.how === 'offline-migration' &&
    last.end === 'stayed' &&
    (progress.failed.get(vmid)?.length ?? 0) < context.site.config.attempts.guest;
  if (leg === 'start' && !again) return beginErrand(guest, 'start', node, context);
  const choice = chooseFor(guest, [], snapshot, progress, context);
  if ('node' in choice) return beginErrand(guest, 'offline-migration', choice.node, context);
  progress.failed.set(vmid, [...(progress.failed.get(vmid) ?? []), { to: 'another node', why: choice.refused.join('; ') }]);
  return beginErrand(guest, 'start', node, context);
}

/** As the last look at the whole site has them. */
function nextOf(node: string, snapshot: Snapshot, context: Context): readonly GuestFacts[] {
  const guests = snapshot.guests.known ? snapshot.guests.value : [];
  const givers = toMakeRoom(node, guests, context.state()).map(({ guest }) => guest);
  return soonest([...givers, ...biggestFirst(guests.filter((guest) => guest.node === node && needsPlace(guest)))], context);
}

/** Asked about now, so that nobody waits for the answer when their turn comes. */
function soonest(guests: readonly GuestFacts[], context: Context): readonly GuestFacts[] {
  return guests.filter(({ lock }) => lock === undefined).slice(0, 2 * context.site.config.limits.moves_at_once);
}

/** Whether as many as may be are on their way there already. */
function isCrowded(node: string, snapshot: Snapshot, context: Context): boolean {
  return isFull(node, underWay(context), snapshot, context.site.config.limits);
}

/** @returns whether it was sent off; else it waits, for a place or for others that are on their way to the same node */
async function sendAway(
  guest: GuestFacts,
  waiting: readonly GuestFacts[],
  snapshot: Snapshot,
  progress: Progress,
  context: Context,
): Promise<boolean> {
  const { homeless } = progress;
  const { config, ports } = context.site;
  const title = guestTitle(guest);
  const way = wayFor(guest, snapshot, config);
  if (way === 'block')
    throw new Pause('drain.refused', {
      what: `${title} keeps ${guest.node} up`,
      seen: 'its policy is block',
      next: `move ${title} by hand or change its policy, then: proxroll resume`,
    });
  if (way === 'shutdown') {
    await context.record({
      type: 'loan.taken',
      loan: { kind: 'guest-stopped', vmid: guest.vmid, guest: guest.kind, title, home: guest.node },
    });
    await beginErrand(guest, 'shutdown', guest.node, context);
    return true;
  }
  const against = await saidAgainst(guest, snapshot, progress.opinions, context);
  if (against === 'not-now') return false;
  const choice = chooseFor(guest, waiting, snapshot, progress, context, against);
  if ('refused' in choice) {
    const now = ports.clock.elapsed();
    const since = homeless.get(guest.vmid) ?? now;
    homeless.set(guest.vmid, since);
    if (now - since < placePatienceMs) return false;
    throw new Pause('drain.no-target', {
      what: `${title} stays on ${guest.node}: no other node can take it`,
      seen: choice.refused.join('; '),
      next: `make room, or let it be stopped (guests.by_vmid.${guest.vmid}: shutdown), then: proxroll resume`,
    });
  }
  homeless.delete(guest.vmid);
  if (isCrowded(choice.node, snapshot, context)) return false;
  const errand = firstErrand(way, guest);
  if (errand === 'halt') {
    const loan = { kind: 'guest-stopped', vmid: guest.vmid, guest: guest.kind, title, home: homeOf(guest, context) } as const;
    await context.record({ type: 'loan.taken', loan });
    await beginErrand(guest, errand, guest.node, context);
    return true;
  }
  if (config.return_guests) {
    const home = homeOf(guest, context);
    await context.record({
      type: 'loan.taken',
      loan: { kind: 'guest-moved', vmid: guest.vmid, guest: guest.kind, title, home, to: choice.node },
    });
  }
  await beginErrand(guest, errand, choice.node, context);
  return true;
}

function chooseFor(
  guest: GuestFacts,
  waiting: readonly GuestFacts[],
  snapshot: Snapshot,
  { failed }: Progress,
  context: Context,
  against: Readonly<Record<string, readonly string[]>> = {},
): Choice {
  const { config } = context.site;
  const options = {
    against,
    reservedBytes: promised(underWay(context), snapshot),
    alsoLeaving: waiting.filter((other) => other.vmid !== guest.vmid && goesAway(wayFor(other, snapshot, config))),
    olderTargets: 'allow' as const,
    ...plannedOption(plannedTarget(guest, guest.node, context.state())),
  };
  // A node that refused it once is asked again only when there is no other.
  const elsewhere = chooseTarget(guest, snapshot, config, {
    ...options,
    exclude: (failed.get(guest.vmid) ?? []).map((attempt) => attempt.to),
  });
  return 'refused' in elsewhere ? chooseTarget(guest, snapshot, config, options) : elsewhere;
}

/** A guest that did not get home from an earlier node's turn keeps that home. */
function homeOf(guest: GuestFacts, context: Context): string {
  const before = loanOf(guest.vmid, context);
  return before?.kind === 'guest-moved' ? before.home : guest.node;
}

function plannedOption(planned: string | undefined): { readonly planned?: string } {
  return planned === undefined ? {} : { planned };
}

/** Guests of other nodes that make room as the plan wants it, and can go there now. */
function giversNow(
  node: string,
  guests: readonly GuestFacts[],
  snapshot: Snapshot,
  open: readonly GuestTrip[],
  context: Context,
): readonly { readonly guest: GuestFacts; readonly to: string }[] {
  const { config } = context.site;
  const options = { reservedBytes: promised(underWay(context), snapshot), olderTargets: 'allow' as const, haMaintenance: 'allow' as const };
  return toMakeRoom(node, guests, context.state()).flatMap(({ guest, move }) => {
    if (open.some((trip) => trip.vmid === guest.vmid) || !givesRoom(wayFor(guest, snapshot, config))) return [];
    const place = whereCanGo(guest, snapshot, config, options).find((candidate) => candidate.node === move.to);
    return place !== undefined && place.obstacles.length === 0 ? [{ guest, to: move.to }] : [];
  });
}

async function makeRoom(guest: GuestFacts, to: string, sake: string, context: Context): Promise<void> {
  if (context.site.config.return_guests) {
    const home = homeOf(guest, context);
    await context.record({
      type: 'loan.taken',
      loan: { kind: 'guest-moved', vmid: guest.vmid, guest: guest.kind, title: guestTitle(guest), home, to, sake },
    });
  }
  await beginErrand(guest, guest.kind === 'qemu' ? 'live-migration' : 'restart-migration', to, context);
}

function loanOf(vmid: number, context: Context): GuestLoan | undefined {
  return context.state().loans.find((loan): loan is GuestLoan => 'vmid' in loan && loan.vmid === vmid);
}

/** Memory that guests on their way will take on their targets, in bytes by node. */
function promised(open: readonly GuestTrip[], snapshot: Snapshot): Readonly<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const trip of open) {
    const guest = snapshot.guests.known ? snapshot.guests.value.find((candidate) => candidate.vmid === trip.vmid) : undefined;
    if (guest?.memoryBytes.known === true && (trip.to !== trip.from || trip.how === 'start'))
      bytes[trip.to] = (bytes[trip.to] ?? 0) + guest.memoryBytes.value;
  }
  return bytes;
}

/** The manager gives up on a service in `error`; waiting for it would be waiting for ever (facts 4.4). */
function demandHaMoves(managed: readonly GuestFacts[], node: string): void {
  const stuck = managed.filter((guest) => guest.ha !== undefined && /^(error|fence|recovery)$/.test(guest.ha.crmState));
  if (stuck.length === 0) return;
  throw new Pause('drain.refused', {
    what: `the HA manager does not move ${stuck.map(guestTitle).join(', ')} off ${node}`,
    seen: stuck.map((guest) => `${guestTitle(guest)} is in state ${guest.ha?.crmState ?? ''}`).join('; '),
    next: 'ha-manager status; clear the error (ha-manager set SID --state disabled, then started), then: proxroll resume',
  });
}

function biggestFirst(guests: readonly GuestFacts[]): readonly GuestFacts[] {
  const bytes = (guest: GuestFacts) => (guest.memoryBytes.known ? guest.memoryBytes.value : Infinity);
  return [...guests].sort((a, b) => bytes(b) - bytes(a) || a.vmid - b.vmid);
}

function leftText(node: string, left: readonly GuestFacts[]): string {
  return left.length === 0
    ? `the last guests are leaving ${node}`
    : `still on ${node}: ${left.map((guest) => (guest.lock === undefined ? guestTitle(guest) : `${guestTitle(guest)}, locked (${guest.lock})`)).join(', ')}`;
}
