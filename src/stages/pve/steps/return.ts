/** The way home: guests that were moved away come back, guests that were stopped start again. What cannot go home is said and stays on loan. */
import { guestTitle, needsPlace, type GuestFacts } from '../../../model/guest.ts';
import type { Loan } from '../../../model/loan.ts';
import { copiesDisks, obstacles } from '../../../model/places.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import type { ReturnStep } from '../../../model/step.ts';
import type { Context } from '../../../run/context.ts';
import { minutesMs, type Handler } from '../../../run/handler.ts';
import { repeat, type Round } from '../../../run/repeat.ts';
import type { GuestTrip } from '../../../run/state.ts';
import { beginErrand, lookAtTrip, underWay } from './guest-trips.ts';
import { siteNow } from './site-now.ts';

const pollMs = 3000;

type GuestLoan = Extract<Loan, { vmid: number }>;

export const returnGuests: Handler<ReturnStep> = {
  remember: () => Promise.resolve({}),
  run: async (step, _remembered, context) => {
    const until = context.site.ports.clock.elapsed() + minutesMs(context.site.config.deadlines.drain);
    const stranded = new Map<number, string>();
    const end = await repeat(step, context, until, pollMs, () => round(step, stranded, context));
    if (!end.done) for (const loan of loansOf(step.node, context)) stranded.set(loan.vmid, end.seen);
    for (const loan of loansOf(step.node, context)) await tellStranded(loan, stranded.get(loan.vmid) ?? 'it did not come home', context);
  },
  satisfied: (_step, _remembered, context) =>
    Promise.resolve(underWay(context).length === 0 ? { yes: true } : { yes: false, seen: 'guests are on their way', again: true }),
  deadlineMs: ({ deadlines }) => minutesMs(deadlines.drain) + minutesMs(deadlines.guest),
  pollMs,
  late: ({ node }, seen) => ({
    code: 'return.deadline',
    reason: { what: `the guests of ${node} are not home yet`, seen, next: 'proxroll resume goes on; proxroll status lists who is away' },
  }),
};

async function round(step: ReturnStep, stranded: Map<number, string>, context: Context): Promise<Round> {
  // First the trips, then the site: whoever arrives in between still counts as under way and is not sent off again.
  for (const trip of underWay(context)) await followTrip(trip, stranded, context);
  const open = underWay(context);
  const { snapshot, guests } = await siteNow(context);
  const waiting: GuestFacts[] = [];
  for (const loan of loansOf(step.node, context)) {
    if (stranded.has(loan.vmid) || open.some((trip) => trip.vmid === loan.vmid)) continue;
    const guest = guests.find((candidate) => candidate.vmid === loan.vmid);
    const settled = settledText(loan, guest);
    if (settled !== undefined) await context.record({ type: 'loan.returned', loan, detail: settled });
    else if (guest !== undefined) waiting.push(guest);
  }
  if (waiting.length === 0 && open.length === 0) return { done: true };
  if (context.stop.aborted) return { done: false, seen: 'asked to stop' };
  const room = Math.max(0, context.site.config.limits.moves_at_once - open.length);
  const free = waiting.filter((guest) => guest.lock === undefined);
  for (const guest of free.slice(0, room)) await sendHome(guest, step.node, stranded, snapshot, context);
  return { done: false, seen: `not home yet: ${[...waiting.map(guestTitle), ...open.map((trip) => trip.title)].join(', ')}` };
}

/** What came home or started is off the list at once: the broadcast state of a guest is up to ten seconds behind. */
async function followTrip(trip: GuestTrip, stranded: Map<number, string>, context: Context): Promise<void> {
  const end = await lookAtTrip(trip, context);
  const loan = context.state().loans.find((candidate): candidate is GuestLoan => 'vmid' in candidate && candidate.vmid === trip.vmid);
  // One refusal is enough: it runs where it is, and there is no hurry to disturb it again.
  if (end.kind === 'stayed') stranded.set(trip.vmid, end.why);
  if (end.kind === 'arrived' && loan !== undefined && end.on === loan.home)
    await context.record({ type: 'loan.returned', loan, detail: trip.how === 'start' ? 'it runs' : 'at home' });
}

/** @returns why there is nothing left to do for this loan, or nothing */
function settledText(loan: GuestLoan, guest: GuestFacts | undefined): string | undefined {
  if (guest === undefined) return 'the guest is gone';
  switch (loan.kind) {
    case 'guest-moved':
      if (guest.node === loan.home) return 'at home';
      return needsPlace(guest) ? undefined : `it was stopped on ${guest.node} by somebody else`;
    case 'guest-stopped':
      return guest.status.known && guest.status.value.kind === 'running' ? 'it runs' : undefined;
    default:
      return loan satisfies never;
  }
}

async function sendHome(
  guest: GuestFacts,
  home: string,
  stranded: Map<number, string>,
  snapshot: Snapshot,
  context: Context,
): Promise<void> {
  if (!needsPlace(guest)) return beginErrand(guest, 'start', guest.node, context);
  const against = [
    ...obstacles(guest, home, snapshot, { olderTargets: 'allow' }),
    ...(copiesDisks(guest, snapshot) ? ['its disks are on local storage'] : []),
  ];
  if (against.length > 0) {
    stranded.set(guest.vmid, against.join('; '));
    return;
  }
  await beginErrand(guest, guest.kind === 'qemu' ? 'live-migration' : 'restart-migration', home, context);
}

async function tellStranded(loan: GuestLoan, why: string, context: Context): Promise<void> {
  const what = loan.kind === 'guest-moved' ? `${loan.title} stays on ${loan.to}` : `${loan.title} stays stopped on ${loan.home}`;
  const next =
    loan.kind === 'guest-moved'
      ? `move it to ${loan.home} by hand when that is mended`
      : `start it on ${loan.home} by hand when that is mended`;
  await context.record({ type: 'warned', subject: loan.title, what: `${what}: ${why}`, next });
}

function loansOf(node: string, context: Context): readonly GuestLoan[] {
  return context.state().loans.filter((loan): loan is GuestLoan => 'vmid' in loan && loan.home === node);
}
