/**
 * Emptying a node. It looks anew in every round which guests are left; it never walks a list made before. HA guests are the
 * manager's: they are only watched until they are gone.
 */
import { mayLeave } from '../../../model/at-once.ts';
import { guestTitle, needsPlace, type GuestFacts } from '../../../model/guest.ts';
import { Pause } from '../../../model/pause.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import type { DrainStep } from '../../../model/step.ts';
import type { Context } from '../../../run/context.ts';
import { pauseWished, StopWished, type Wish } from '../../../run/control.ts';
import type { Handler } from '../../../run/handler.ts';
import { minutesMs } from '../../../run/step-limits.ts';
import { repeat, type Round } from '../../../run/repeat.ts';
import type { GuestTrip } from '../../../run/state.ts';
import { haInUse } from '../node-now.ts';
import { demandHaMoves, goingDown, haBehind, haMoving, halted, inTheWay, leaveThere, leftText } from './drain-left.ts';
import type { Progress } from './drain-progress.ts';
import { biggestFirst, giversNow, goOn, isCrowded, makeRoom, sendAway } from './drain-send.ts';
import { followTrips } from './drain-trips.ts';
import { underWay } from './guest-trips.ts';
import { wakingUp } from './just-booted.ts';
import { maintenanceOn } from './maintenance.ts';
import { toMakeRoom } from './planned-moves.ts';
import { askAhead, saidAgainst } from './second-opinion.ts';
import { siteNow } from './site-now.ts';
import { mayGo } from './stop-order.ts';

/** Asking after units under way is cheap, looking at all guests costs three pvesh processes. */
const pollMs = 1000;
const lookMs = 5000;
const stillMs = 5 * 60_000;
const staleMs = 60_000;

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
    const moving = haMoving(node, guests, snapshot);
    if (moving !== undefined) return { yes: false, seen: moving, again: true };
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
    askAhead(progress.next ?? nextOf(step.node, context.seen(), progress, context), context.seen(), progress.opinions, context),
  ]);
  const left = await inTheWay(step.node, guests, snapshot, context);
  const behind = haBehind(step.node, snapshot, context);
  const moving = haMoving(step.node, guests, snapshot);
  const stopped = await halted(guests, context);
  await leaveThere(step.node, guests, snapshot, context);
  if (left.length === 0 && open.length === 0 && stopped.length === 0 && behind === undefined && moving === undefined) {
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
  const givers = giversNow(step.node, guests, snapshot, open, progress, context).filter(({ guest }) => !progress.unwilling.has(guest.vmid));
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
  for (const guest of held ? [] : biggestFirst(waiting.filter((one) => mayGo(one, left, snapshot, context.site.config)))) {
    if (room <= 0) break;
    if (await sendAway(guest, waiting, snapshot, progress, context)) room--;
  }
  progress.next = soonest([...givers.map(({ guest }) => guest), ...biggestFirst(waiting)], context);
  progress.onlyWatching = waiting.length === 0 && stopped.length === 0;
  const alone = left.length === 0 && open.length === 0 && moving !== undefined ? [moving] : [leftText(step.node, left)];
  progress.seen = [...alone, ...(behind === undefined ? [] : [behind])].join('; ');
  await tellStill(step, progress, left, open, context);
  return { done: false, seen: progress.seen };
}

/** Between two moves is a safe point too: whoever is under way is followed to the end, and nobody else is sent off. @throws Pause, StopWished */
function heed(wish: Wish, step: DrainStep, open: readonly GuestTrip[]): Promise<Round> {
  if (open.length > 0)
    return Promise.resolve({ done: false, seen: `asked to ${wish}; waiting for ${open.map((trip) => trip.title).join(', ')}` });
  if (wish === 'stop') throw new StopWished(`asked to stop in ${step.id}`);
  throw pauseWished(`it stands in ${step.id}, with nobody under way`);
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
  const managed = left.length === 0 || left.some((guest) => guest.ha !== undefined);
  return managed ? 'see why with: ha-manager status, and the log of pve-ha-crm on the HA master' : `look at these guests on their node`;
}

/** @throws Pause when the manager has had its time */
function demandMaintenance(step: DrainStep, behind: string | undefined, progress: Progress, context: Context): void {
  const { config, ports } = context.site;
  if (behind === undefined || ports.clock.elapsed() - progress.beganAtMs < minutesMs(config.deadlines.maintenance)) return;
  throw new Pause('maintenance.deadline', maintenanceOn.late({ ...step, kind: 'maintenance-on' }, behind).reason);
}

/** As the last look at the whole site has them. */
function nextOf(node: string, snapshot: Snapshot, { failed }: Progress, context: Context): readonly GuestFacts[] {
  const guests = snapshot.guests.known ? snapshot.guests.value : [];
  const givers = toMakeRoom(node, guests, context.state(), failed).map(({ guest }) => guest);
  return soonest([...givers, ...biggestFirst(guests.filter((guest) => guest.node === node && needsPlace(guest)))], context);
}

/** Asked about now, so that nobody waits for the answer when their turn comes. */
function soonest(guests: readonly GuestFacts[], context: Context): readonly GuestFacts[] {
  return guests.filter(({ lock }) => lock === undefined).slice(0, 2 * context.site.config.limits.moves_at_once);
}
