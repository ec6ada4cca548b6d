/**
 * A guest that is started elsewhere goes in three legs: shut down, moved while it is down, started there. The journal tells how far
 * it has come, so a new process takes the next leg; whoever cannot go on is started where it is.
 */
import type { GuestErrand } from '../../../model/event.ts';
import type { GuestFacts } from '../../../model/guest.ts';
import type { Way } from '../../../model/way.ts';
import type { Context } from '../../../run/context.ts';
import type { GuestTrip } from '../../../run/state.ts';
import { isUp } from './guest-trips.ts';

/** The errand with which a guest that goes away by this way begins. @throws for ways that are nobody's errand */
export function firstErrand(way: Way, guest: GuestFacts): GuestErrand {
  switch (way) {
    case 'live-migration':
    case 'restart-migration':
    case 'shutdown':
      return way;
    case 'disk-migration':
    case 'replica-migration':
      return guest.kind === 'qemu' ? 'disk-migration' : 'restart-migration';
    case 'restart-elsewhere':
      return 'halt';
    case 'ha-manager':
    case 'ha-stop':
    case 'leave':
    case 'block':
      throw new Error(`${way} is nobody's errand`);
    default:
      return way satisfies never;
  }
}

/** @returns what this guest, which is not under way, waits for; nothing for one that runs or was never on such a way */
export async function nextLeg(guest: GuestFacts, context: Context): Promise<'move' | 'start' | undefined> {
  const trips = context.state().guests.filter((trip) => trip.vmid === guest.vmid);
  const last = trips.at(-1);
  if (last === undefined || last.end === 'under-way') return undefined;
  const leg = legAfter(last, trips);
  return leg !== undefined && !(await isUp(guest, context)) ? leg : undefined;
}

function legAfter(last: GuestTrip, trips: readonly GuestTrip[]): 'move' | 'start' | undefined {
  switch (last.how) {
    case 'halt':
      // One that went down after its time was up must not stay down.
      return 'move';
    case 'restart-migration':
      // A container that stops after the tool has given up stays stopped (facts 3.4).
      return last.end === 'stayed' ? 'move' : undefined;
    case 'offline-migration':
      return last.begun === false ? 'move' : 'start';
    case 'start':
      return last.end === 'stayed' && trips.some(({ how }) => how === 'halt' || how === 'offline-migration') ? 'start' : undefined;
    case 'live-migration':
    case 'disk-migration':
    case 'shutdown':
      return undefined;
    default:
      return last.how satisfies never;
  }
}
