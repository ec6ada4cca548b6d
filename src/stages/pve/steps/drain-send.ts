/** Sending guests off a node: where each goes now, on fresh facts, and the loan that is taken for it before it goes. */
import { isFull } from '../../../model/at-once.ts';
import { guestTitle, type GuestFacts } from '../../../model/guest.ts';
import { Pause } from '../../../model/pause.ts';
import { chooseTarget, whereCanGo, type Choice } from '../../../model/places.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import { givesRoom, goesAway, wayFor } from '../../../model/way.ts';
import type { Context } from '../../../run/context.ts';
import type { GuestTrip } from '../../../run/state.ts';
import { managersBytes, promised, together, type Bytes } from './drain-memory.ts';
import type { Progress } from './drain-progress.ts';
import { beginErrand, loanOf, underWay } from './guest-trips.ts';
import { plannedTarget, toMakeRoom } from './planned-moves.ts';
import { firstErrand } from './restart-elsewhere.ts';
import { saidAgainst } from './second-opinion.ts';

/** What keeps a guest from every other node may pass by itself: a reading that failed, metrics that are behind, a node just back. */
const placePatienceMs = 60_000;

/** The next leg of a guest that is down: to another node, or, where there is none, up again where it is. */
export async function goOn(
  guest: GuestFacts,
  leg: 'move' | 'start',
  snapshot: Snapshot,
  progress: Progress,
  context: Context,
): Promise<void> {
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

/** Whether as many as may be are on their way there already. */
export function isCrowded(node: string, snapshot: Snapshot, context: Context): boolean {
  return isFull(node, underWay(context), snapshot, context.site.config.limits);
}

/** @returns whether it was sent off; else it waits, for a place or for others that are on their way to the same node */
export async function sendAway(
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
    await noteStopped(guest, guest.node, context);
    await beginErrand(guest, 'shutdown', guest.node, context);
    return true;
  }
  const against = await saidAgainst(guest, snapshot, progress.opinions, context);
  if (against === 'not-now') return false;
  const choice = chooseFor(guest, waiting, snapshot, progress, context, against, managersBytes(guest.node, snapshot, context));
  if ('refused' in choice) {
    // What the manager is to take there is seen when it is there.
    if ('node' in chooseFor(guest, waiting, snapshot, progress, context, against)) return false;
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
    await noteStopped(guest, homeOf(guest, context), context);
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

/** On loan it stays when it would not in time: an order to shut down cannot be taken back. */
async function noteStopped(guest: GuestFacts, home: string, context: Context): Promise<void> {
  const { vmid, kind } = guest;
  const before = loanOf(vmid, context);
  if (before?.kind === 'guest-stopped' && before.home === home) return;
  await context.record({ type: 'loan.taken', loan: { kind: 'guest-stopped', vmid, guest: kind, title: guestTitle(guest), home } });
}

function chooseFor(
  guest: GuestFacts,
  waiting: readonly GuestFacts[],
  snapshot: Snapshot,
  { failed }: Progress,
  context: Context,
  against: Readonly<Record<string, readonly string[]>> = {},
  managers: Bytes = {},
): Choice {
  const { config } = context.site;
  const options = {
    against,
    reservedBytes: together(promised(underWay(context), snapshot), managers),
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
export function giversNow(
  node: string,
  guests: readonly GuestFacts[],
  snapshot: Snapshot,
  open: readonly GuestTrip[],
  { failed }: Progress,
  context: Context,
): readonly { readonly guest: GuestFacts; readonly to: string }[] {
  const { config } = context.site;
  const options = { reservedBytes: promised(underWay(context), snapshot), olderTargets: 'allow' as const, haMaintenance: 'allow' as const };
  return toMakeRoom(node, guests, context.state(), failed).flatMap(({ guest, move }) => {
    if (open.some((trip) => trip.vmid === guest.vmid) || !givesRoom(wayFor(guest, snapshot, config))) return [];
    const place = whereCanGo(guest, snapshot, config, options).find((candidate) => candidate.node === move.to);
    return place !== undefined && place.obstacles.length === 0 ? [{ guest, to: move.to }] : [];
  });
}

export async function makeRoom(guest: GuestFacts, to: string, sake: string, context: Context): Promise<void> {
  if (context.site.config.return_guests) {
    const home = homeOf(guest, context);
    await context.record({
      type: 'loan.taken',
      loan: { kind: 'guest-moved', vmid: guest.vmid, guest: guest.kind, title: guestTitle(guest), home, to, sake },
    });
  }
  await beginErrand(guest, guest.kind === 'qemu' ? 'live-migration' : 'restart-migration', to, context);
}

export function biggestFirst(guests: readonly GuestFacts[]): readonly GuestFacts[] {
  const bytes = (guest: GuestFacts) => (guest.memoryBytes.known ? guest.memoryBytes.value : Infinity);
  return [...guests].sort((a, b) => bytes(b) - bytes(a) || a.vmid - b.vmid);
}
