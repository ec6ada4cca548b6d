/**
 * When an errand of a guest is given up. SIGTERM ends a migration and the guest runs on at its source (measured "Migration"), so
 * cancelling is safe; what came of it is looked at afterwards.
 */
import { membersQuery } from '../../../clients/pmxcfs.ts';
import { ask } from '../../../clients/query.ts';
import { atOwn, type Context } from '../../../run/context.ts';
import type { GuestTrip } from '../../../run/state.ts';
import { minutesMs } from '../../../run/step-limits.ts';

/** A target that was only restarting its corosync is back before. */
const awayMs = 60_000;
/** How often the members are looked at for it. */
const askMs = 10_000;

/** What one process knows of the units it follows: nothing of it is needed by the next one. */
interface Followed {
  /** When this process saw it at work first, on the clock's `elapsed`: a wall clock that jumps must not cancel a healthy move. */
  readonly firstSeenMs: number;
  askedMs: number;
  /** Since when its target is no member, on the clock's `elapsed`. */
  awaySinceMs?: number | undefined;
  cancelled?: string;
}

const memories = new WeakMap<Context['hosts'], Map<string, Followed>>();

/**
 * For a unit that is at work.
 * @returns why it must be cancelled now, or nothing: its time is over, or its target is dead. `qm migrate` then hangs without a word until
 * the target is back (measured: 356 s).
 */
export async function whyCancel(trip: GuestTrip, unit: string, context: Context): Promise<string | undefined> {
  const now = context.site.ports.clock.elapsed();
  const followed = followedUnit(unit, context);
  const allowedMin = context.site.config.deadlines.guest;
  if (now - followed.firstSeenMs > minutesMs(allowedMin)) followed.cancelled = `cancelled after ${allowedMin} min`;
  else if (trip.to !== trip.from && now - followed.askedMs >= askMs) {
    followed.askedMs = now;
    if (!(await isAway(trip.to, context))) followed.awaySinceMs = undefined;
    else followed.awaySinceMs ??= now;
    if (followed.awaySinceMs !== undefined && now - followed.awaySinceMs >= awayMs)
      followed.cancelled = `cancelled, because ${trip.to} is no member of the cluster any more`;
  }
  return followed.cancelled;
}

/** @returns why this process cancelled the unit, or nothing */
export function cancelledText(unit: string, context: Context): string | undefined {
  return followedUnit(unit, context).cancelled;
}

function followedUnit(unit: string, context: Context): Followed {
  const units = memories.get(context.hosts) ?? new Map<string, Followed>();
  memories.set(context.hosts, units);
  const now = context.site.ports.clock.elapsed();
  // Most moves are over before anybody needs to be asked about their target.
  const followed = units.get(unit) ?? { firstSeenMs: now, askedMs: now + awayMs - askMs };
  units.set(unit, followed);
  return followed;
}

/** Only the word of a quorate cluster counts: a node that is cut off itself sees nobody. */
async function isAway(node: string, context: Context): Promise<boolean> {
  const members = await ask(atOwn(context), membersQuery);
  return members.kind === 'cluster' && members.quorate && !members.nodes.some(({ name, online }) => name === node && online);
}
