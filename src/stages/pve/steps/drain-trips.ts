/** What became of guests that were sent off a node, and what that means for their loans. */
import { Pause } from '../../../model/pause.ts';
import type { Context } from '../../../run/context.ts';
import type { GuestTrip } from '../../../run/state.ts';
import type { Failures } from './drain-progress.ts';
import { loanOf, lookAtTrip, underWay, type TripEnd } from './guest-trips.ts';

type Stayed = Extract<TripEnd, { kind: 'stayed' }>;

/** @returns the trips that are still under way */
export async function followTrips(failed: Failures, context: Context): Promise<readonly GuestTrip[]> {
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
  else if (trip.how === 'restart-migration' && /did not stop|cancelled/.test(why)) await mayStillStop(trip, context);
  // It was asked to shut down, and may do so when nobody waits for it any more: then it must not stay down.
  else if (loan !== undefined && !(loan.kind === 'guest-stopped' && (trip.how === 'shutdown' || trip.how === 'halt')))
    await context.record({ type: 'loan.returned', loan, detail: 'it did not leave' });
  failed.set(trip.vmid, attempts);
  demandPatience(trip, failed, context);
}

/** A container that stops after the tool has given up stays stopped (facts 3.4), also when the run is given up by then. */
async function mayStillStop({ vmid, kind, title, from }: GuestTrip, context: Context): Promise<void> {
  await context.record({ type: 'loan.taken', loan: { kind: 'guest-stopped', vmid, guest: kind, title, home: from } });
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
