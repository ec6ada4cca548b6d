/** The way home: guests that were moved away come back, guests that were stopped start again. What cannot go home is said and stays on loan. */
import { isFull, mayLeave, type UnderWay } from '../../../model/at-once.ts';
import { guestTitle, type GuestFacts } from '../../../model/guest.ts';
import type { GuestLoan } from '../../../model/loan.ts';
import { Pause, type PauseReason } from '../../../model/pause.ts';
import { obstacles, travel, whereCanGo } from '../../../model/places.ts';
import { nodeOf, type Snapshot } from '../../../model/snapshot.ts';
import type { ReturnStep } from '../../../model/step.ts';
import type { Context } from '../../../run/context.ts';
import type { Handler, Satisfaction } from '../../../run/handler.ts';
import { minutesMs } from '../../../run/step-limits.ts';
import { repeat, type Round } from '../../../run/repeat.ts';
import type { GuestTrip } from '../../../run/state.ts';
import { goesAway } from '../../../model/way.ts';
import { unsettledAfter, type Unsettled } from './ha-settled.ts';
import { beginErrand, isUp, lookAtTrip, underWay } from './guest-trips.ts';
import { firstErrand, nextLeg } from './restart-elsewhere.ts';
import { askHome, askState } from './return-ha.ts';
import { isForSake, isTold, loansOf, nodeWentDown, settledText, tellStranded, wasStoppedInVain } from './return-loans.ts';
import { siteNow } from './site-now.ts';
import { mayStart } from './stop-order.ts';

/** Asking after units under way is cheap, looking at all guests costs three pvesh processes. */
const pollMs = 1000;
const guestsMs = 5000;

/** A node that has just come back may still be in maintenance or silent for a moment: that is waited out. */
const patienceMs = 5 * 60_000;
/** The whole site is looked at again so often while something hinders a guest. */
const lookAgainMs = 30_000;
/** A live migration that fails costs its guest nothing, and what cut it off, such as a link, may pass. */
const askAgainMs = 60_000;

interface Homeward {
  /** On the clock's `elapsed`. */
  readonly beganAtMs: number;
  /** Guests that stay where they are, by vmid, with the reason. */
  readonly stranded: Map<number, string>;
  /** Since when something stands in a guest's way, on the clock's `elapsed`. */
  readonly hindered: Map<number, number>;
  /** Why guests that were shut down on their way could not be moved, by vmid: they are started where they are and stay there. */
  readonly refused: Map<number, string>;
  /** Locks that kept guests where they are at the last look, by vmid. */
  readonly locked: Map<number, string>;
  /** How often each guest was asked in vain, by vmid. */
  readonly inVain: Map<number, number>;
  /** When guests whose migration failed are asked again, by vmid, on the clock's `elapsed`. */
  readonly againAtMs: Map<number, number>;
  /** When the HA manager was last asked to bring a guest home, by vmid, on the clock's `elapsed`. */
  readonly asked: Map<number, number>;
  lookedAtMs: number;
  guestsSeenAtMs: number;
  /** Who was away when the guests were looked at last, and what HA still does. */
  seen: string;
}

export const returnGuests: Handler<ReturnStep> = {
  remember: () => Promise.resolve({}),
  run: async (step, _remembered, context) => {
    const { clock } = context.site.ports;
    const until = clock.elapsed() + minutesMs(context.site.config.deadlines.drain);
    // After a resume the last look at the site may be from before the node was back.
    if (!nodeOf(context.seen(), step.node).host.answered) await context.look();
    const homeward: Homeward = {
      beganAtMs: clock.elapsed(),
      stranded: new Map(),
      hindered: new Map(),
      refused: new Map(),
      locked: new Map(),
      inVain: new Map(),
      againAtMs: new Map(),
      asked: new Map(),
      lookedAtMs: clock.elapsed(),
      guestsSeenAtMs: Number.NEGATIVE_INFINITY,
      seen: '',
    };
    const end = await repeat(step, context, until, pollMs, () => round(step, homeward, context));
    for (const loan of loansOf(step.node, context)) {
      const why = homeward.stranded.get(loan.vmid) ?? (end.done ? 'it did not come home' : end.seen);
      await tellStranded(loan, why, homeward.locked.get(loan.vmid), context);
    }
    if (end.done) return;
    // Another attempt would take all that time once more.
    const now = await homeNow(step, context);
    if (!now.yes) throw new Pause('return.deadline', lateReason(step, now.seen));
  },
  satisfied: (step, _remembered, context) => homeNow(step, context),
  pollMs,
  late: (step, seen) => ({ code: 'return.deadline', reason: lateReason(step, seen) }),
};

/** Who is under way, who is still away, and of whom that was said already, is in the journal; what HA does is not. */
async function homeNow(step: ReturnStep, context: Context): Promise<Satisfaction> {
  const away = loansOf(step.node, context).filter((loan) => !isTold(loan, step, context));
  const open = [...underWay(context), ...away].map(({ title }) => title);
  if (open.length > 0) return { yes: false, seen: `not home yet: ${open.join(', ')}`, again: true };
  if (seenSettled.get(context) === step.id) return { yes: true };
  const unsettled = unsettledAfter(step.node, (await siteNow(context)).snapshot);
  return unsettled === undefined ? { yes: true } : { yes: false, seen: unsettled.seen, again: true };
}

function lateReason({ node }: ReturnStep, seen: string): PauseReason {
  return { what: `the guests of ${node} are not home yet`, seen, next: 'proxroll resume goes on; proxroll status lists who is away' };
}

/** The step of which this process has just seen that HA has settled: it need not be asked again at once. */
const seenSettled = new WeakMap<Context, string>();

async function round(step: ReturnStep, homeward: Homeward, context: Context): Promise<Round> {
  const { clock } = context.site.ports;
  const before = underWay(context).length;
  // First the trips, then the site: whoever arrives in between still counts as under way and is not sent off again.
  for (const trip of underWay(context)) await followTrip(trip, homeward, context);
  const open = underWay(context);
  // While all trips go on, or guests only wait for what is in their way, there is nothing to decide, so the site is looked at less often.
  const idle = open.length === before && (open.length > 0 || homeward.hindered.size > 0);
  if (idle && clock.elapsed() - homeward.guestsSeenAtMs < guestsMs) return { done: false, seen: homeward.seen };
  homeward.guestsSeenAtMs = clock.elapsed();
  const { snapshot, guests } = await siteNow(context);
  const waiting: GuestFacts[] = [];
  for (const loan of loansOf(step.node, context)) {
    if (homeward.stranded.has(loan.vmid) || open.some((trip) => trip.vmid === loan.vmid)) continue;
    const guest = guests.find((candidate) => candidate.vmid === loan.vmid);
    const settled = await settledText(loan, guest, context);
    if (settled !== undefined) await context.record({ type: 'loan.returned', loan, detail: settled });
    else if (guest !== undefined && wasStoppedInVain(guest, homeward.beganAtMs, context) && (await isUp(guest, context)))
      homeward.stranded.set(loan.vmid, 'it was shut down to move, would not, and is not interrupted once more for that');
    else if (guest !== undefined) waiting.push(guest);
  }
  const unsettled = unsettledAfter(step.node, snapshot);
  if (unsettled === undefined) seenSettled.set(context, step.id);
  if (waiting.length === 0 && open.length === 0 && unsettled === undefined) return { done: true };
  demandSettled(step, unsettled, homeward, context);
  if (context.stop.aborted) return { done: false, seen: 'asked to stop' };
  const { limits } = context.site.config;
  const room = mayLeave(step.node, open, snapshot, limits);
  const now = clock.elapsed();
  const free = waiting.filter((guest) => guest.lock === undefined && (homeward.againAtMs.get(guest.vmid) ?? 0) <= now);
  // Those of the node first: who made room for them finds it at home only when they are gone.
  const ownFirst = [...free].sort((a, b) => Number(isForSake(a, step, context)) - Number(isForSake(b, step, context)));
  const starting = [...free, ...guests.filter(({ vmid }) => open.some((trip) => trip.vmid === vmid))].filter((guest) =>
    isStarted(guest, step, context),
  );
  const due = ownFirst.filter((guest) => !isStarted(guest, step, context) || mayStart(guest, starting));
  const sent: UnderWay[] = [];
  for (const guest of due) {
    const to = loansOf(step.node, context).find((loan) => loan.vmid === guest.vmid)?.home ?? step.node;
    if (sent.length >= room || (guest.node !== to && isFull(to, [...open, ...sent], snapshot, limits))) continue;
    sent.push({ from: guest.node, to });
    await sendHome(guest, step, homeward, snapshot, context);
  }
  await lookAgain(homeward, context);
  homeward.locked.clear();
  for (const { vmid, lock } of waiting) if (lock !== undefined) homeward.locked.set(vmid, lock);
  const away = [...waiting.map(guestTitle), ...underWay(context).map((trip) => trip.title)];
  homeward.seen = [...(away.length === 0 ? [] : [`not home yet: ${[...new Set(away)].join(', ')}`]), unsettled?.seen ?? []]
    .flat()
    .join('; ');
  return { done: false, seen: homeward.seen };
}

/** HA services go home by themselves; the next node must wait until they have (facts 4.4). @throws Pause when they had their time, or never will */
function demandSettled(step: ReturnStep, unsettled: Unsettled | undefined, homeward: Homeward, context: Context): void {
  const { config, ports } = context.site;
  const { maintenance, guest } = config.deadlines;
  if (unsettled === undefined) return;
  if (!unsettled.hopeless && ports.clock.elapsed() - homeward.beganAtMs < minutesMs(maintenance + guest)) return;
  throw new Pause('maintenance.deadline', {
    what: `HA has not settled after the maintenance of ${step.node}`,
    seen: unsettled.seen,
    next: unsettled.next,
  });
}

/** What came home or started is off the list at once: the broadcast state of a guest is up to ten seconds behind. */
async function followTrip(trip: GuestTrip, homeward: Homeward, context: Context): Promise<void> {
  const end = await lookAtTrip(trip, context);
  const loan = context.state().loans.find((candidate): candidate is GuestLoan => 'vmid' in candidate && candidate.vmid === trip.vmid);
  if (end.kind === 'stayed') {
    const times = (homeward.inVain.get(trip.vmid) ?? 0) + 1;
    homeward.inVain.set(trip.vmid, times);
    // One refusal is enough where another attempt would interrupt it again: it runs where it is. A live migration is asked for again
    // after a while; a guest that stands still, and an errand that never began (a refused connection), are tried again at once.
    const isRefusal = end.begun && (trip.how === 'halt' || trip.how === 'restart-migration');
    if (end.begun && trip.how === 'live-migration') homeward.againAtMs.set(trip.vmid, context.site.ports.clock.elapsed() + askAgainMs);
    // It is down: it is started where it is, and stays there.
    const isRefused = end.begun || times >= context.site.config.attempts.guest;
    if (trip.how === 'offline-migration' && isRefused) homeward.refused.set(trip.vmid, end.why);
    if (trip.how === 'start' && loan?.kind === 'guest-moved' && times >= context.site.config.attempts.guest)
      throw new Pause('guest.lost', {
        what: `${trip.title} went down on its way home, and does not start`,
        seen: `${trip.from}: ${end.why}`,
        next: `start it by hand on ${trip.from}, then: proxroll resume`,
      });
    // Nobody is left down: one that was shut down for its way is started first.
    const down = trip.how === 'offline-migration';
    if (!down && (isRefusal || times >= context.site.config.attempts.guest)) homeward.stranded.set(trip.vmid, end.why);
  }
  const refused = homeward.refused.get(trip.vmid);
  if (end.kind === 'arrived' && trip.how === 'start' && refused !== undefined && loan?.home !== end.on)
    homeward.stranded.set(trip.vmid, refused);
  // Where a node is given up, a shutdown for it may still be under way: who is down then is started.
  const down = trip.how === 'halt' || trip.how === 'offline-migration' || trip.how === 'shutdown';
  if (end.kind === 'arrived' && loan !== undefined && end.on === loan.home && !down)
    await context.record({ type: 'loan.returned', loan, detail: trip.how === 'start' ? 'it runs' : 'at home' });
}

async function sendHome(guest: GuestFacts, step: ReturnStep, homeward: Homeward, snapshot: Snapshot, context: Context): Promise<void> {
  const loan = loansOf(step.node, context).find((candidate) => candidate.vmid === guest.vmid);
  const home = loan?.home ?? step.node;
  if (loan?.kind === 'guest-stopped' || loan?.kind === 'guest-left') return beginErrand(guest, 'start', guest.node, context);
  if (loan?.kind === 'ha-stopped') return askState(loan, snapshot, context);
  if (loan?.kind === 'ha-moved') return askHome(guest, loan, homeward, snapshot, context);
  const { config } = context.site;
  const leg = await nextLeg(guest, context);
  const went = leg === undefined && guest.node !== home ? await nodeWentDown(guest, context) : undefined;
  if (went === 'starts') return;
  if (leg === 'start' || went === 'started' || guest.node === home) return beginErrand(guest, 'start', guest.node, context);
  const how = travel(guest, snapshot, config, { olderTargets: 'allow', haMaintenance: 'allow' });
  const against = [
    ...(how.way === undefined || goesAway(how.way) ? [] : ['its policy does not let it move']),
    ...obstacles(guest, home, snapshot, how),
    ...(home === step.node ? [] : lackOfRoom(guest, home, snapshot, context)),
  ];
  if (against.length === 0 && how.way !== undefined) {
    homeward.hindered.delete(guest.vmid);
    const errand = leg === 'move' ? 'offline-migration' : firstErrand(how.way, guest);
    return beginErrand(guest, errand, errand === 'halt' ? guest.node : home, context);
  }
  // Nobody stays down because the way home is closed.
  if (leg === 'move') {
    homeward.refused.set(guest.vmid, `${home}: ${against.join('; ')}`);
    return beginErrand(guest, 'start', guest.node, context);
  }
  const now = context.site.ports.clock.elapsed();
  const since = homeward.hindered.get(guest.vmid) ?? now;
  homeward.hindered.set(guest.vmid, since);
  if (now - since >= patienceMs) homeward.stranded.set(guest.vmid, `${home}: ${against.join('; ')}`);
}

/** Its own node was left empty for them; elsewhere others may still be where they were. */
function lackOfRoom(guest: GuestFacts, home: string, snapshot: Snapshot, context: Context): readonly string[] {
  const coming = underWay(context).filter((trip) => trip.to === home);
  const guests = snapshot.guests.known ? snapshot.guests.value : [];
  const bytes = coming.reduce((sum, trip) => {
    const memory = guests.find(({ vmid }) => vmid === trip.vmid)?.memoryBytes;
    return sum + (memory?.known === true ? memory.value : 0);
  }, 0);
  const options = { olderTargets: 'allow', haMaintenance: 'allow', reservedBytes: { [home]: bytes } } as const;
  return whereCanGo(guest, snapshot, context.site.config, options).find((place) => place.node === home)?.obstacles ?? [];
}

/** Whether it was stopped, or left to go down with its node, and is only to be started again. */
function isStarted(guest: GuestFacts, step: ReturnStep, context: Context): boolean {
  return loansOf(step.node, context).some(({ vmid, kind }) => vmid === guest.vmid && (kind === 'guest-stopped' || kind === 'guest-left'));
}

async function lookAgain(homeward: Homeward, context: Context): Promise<void> {
  const now = context.site.ports.clock.elapsed();
  if (homeward.hindered.size === 0 || now - homeward.lookedAtMs < lookAgainMs) return;
  homeward.lookedAtMs = now;
  await context.look();
}
