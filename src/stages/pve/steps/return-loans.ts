/** The loans of guests whose node is back: which are settled, which stay open, and what is said of those. */
import { needsPlace, type GuestFacts } from '../../../model/guest.ts';
import { loanReturnText, type GuestLoan } from '../../../model/loan.ts';
import type { ReturnStep } from '../../../model/step.ts';
import type { Context } from '../../../run/context.ts';
import { bootNow } from './boot-now.ts';
import { isUp } from './guest-trips.ts';
import { nextLeg } from './restart-elsewhere.ts';

/**
 * @param guest that was moved away
 * @returns when the node it is on has booted since, and the guest does not run: whether that node may be about to start it (facts 2.4), or is
 * through with that
 * @throws Unseen, CommandFailed, Unparsable, ShellFailure
 */
export async function nodeWentDown(guest: GuestFacts, context: Context): Promise<'starts' | 'started' | undefined> {
  const arrival = context
    .state()
    .guests.filter(({ vmid, end }) => vmid === guest.vmid && end === 'arrived')
    .at(-1);
  if (arrival === undefined || needsPlace(guest)) return undefined;
  const { uptimeS, startsGuests } = await bootNow(guest.node, context);
  if (context.site.ports.clock.now() - uptimeS * 1000 < arrival.startedAtMs) return undefined;
  if (startsGuests) return 'starts';
  return (await isUp(guest, context)) ? undefined : 'started';
}

/** @returns why there is nothing left to do for this loan, or nothing. A state that would end it is asked for directly, not taken from the broadcast. */
export async function settledText(loan: GuestLoan, guest: GuestFacts | undefined, context: Context): Promise<string | undefined> {
  if (guest === undefined) return 'the guest is gone';
  switch (loan.kind) {
    case 'guest-moved':
      if ((await nextLeg(guest, context)) !== undefined) return undefined;
      if (guest.node === loan.home) return 'at home';
      if (needsPlace(guest) || (await nodeWentDown(guest, context)) !== undefined) return undefined;
      return (await isUp(guest, context)) ? undefined : `it was stopped on ${guest.node} by somebody else`;
    case 'guest-stopped':
      if (!(await isUp(guest, context))) return undefined;
      if (!wasCarried(guest, loan, context)) return 'it runs';
      // It was started where it was carried to, by a person or with that node: it goes home like one that was moved.
      await context.record({ type: 'loan.taken', loan: { ...loan, kind: 'guest-moved', to: guest.node } });
      return undefined;
    case 'ha-moved':
      if (guest.node === loan.home && guest.lock !== 'migrate') return 'at home';
      if (guest.ha === undefined) return `the HA manager has it no more, on ${guest.node}`;
      return guest.ha.requested === 'started' ? undefined : `it was stopped on ${guest.node} by somebody else`;
    case 'guest-left':
    case 'ha-stopped':
      return (await isUp(guest, context)) ? 'it runs' : undefined;
    default:
      return loan satisfies never;
  }
}

/** An earlier attempt of this run shut it down, could not move it and started it again; trying once more would cost it as much. */
export function wasStoppedInVain({ vmid, node }: GuestFacts, beganAtMs: number, context: Context): boolean {
  const { clock } = context.site.ports;
  const stepBeganMs = clock.now() - (clock.elapsed() - beganAtMs);
  return context
    .state()
    .guests.some(
      (trip) =>
        trip.vmid === vmid &&
        trip.how === 'offline-migration' &&
        trip.end === 'stayed' &&
        trip.begun !== false &&
        trip.from === node &&
        trip.startedAtMs < stepBeganMs,
    );
}

/** Whether this run took it, while it was down, to where it is now. */
function wasCarried(guest: GuestFacts, loan: GuestLoan, context: Context): boolean {
  if (guest.node === loan.home || !context.site.config.return_guests) return false;
  return context
    .state()
    .guests.some(({ vmid, how, end, to }) => vmid === guest.vmid && how === 'offline-migration' && end === 'arrived' && to === guest.node);
}

/** @param lock what keeps it there, where it is one: only a person takes that away (facts 1.8) */
export async function tellStranded(loan: GuestLoan, why: string, lock: string | undefined, context: Context): Promise<void> {
  const byHand =
    loan.kind === 'ha-moved'
      ? loanReturnText(loan)
      : loan.kind === 'guest-moved'
        ? `move it to ${loan.home} by hand`
        : `start it on ${loan.home} by hand`;
  const on = loan.kind === 'ha-moved' ? 'its node' : loan.kind === 'guest-moved' ? loan.to : loan.home;
  const unlock = `make sure that nothing works on it, then on ${on}: ${loan.guest === 'qemu' ? 'qm' : 'pct'} unlock ${loan.vmid}; then ${byHand}`;
  const what = `${strandedText(loan)}: ${lock === undefined ? why : `it is locked (${lock}), and has been for as long as it was waited for`}`;
  await context.record({ type: 'warned', subject: loan.title, what, next: lock === undefined ? `${byHand} when that is mended` : unlock });
}

/** Whether this step has said that the guest stays where it is: then it is done with it. */
export function isTold(loan: GuestLoan, step: ReturnStep, context: Context): boolean {
  const { steps, warnings } = context.state();
  const state = steps.get(step.id);
  const sinceMs = state === undefined || state.status === 'waiting' ? Number.POSITIVE_INFINITY : state.startedAtMs;
  return warnings.some(({ atMs, subject, what }) => atMs >= sinceMs && subject === loan.title && what.startsWith(strandedText(loan)));
}

function strandedText(loan: GuestLoan): string {
  if (loan.kind === 'ha-moved') return `stays away from ${loan.home}`;
  return loan.kind === 'guest-moved' ? `stays on ${loan.to}` : `stays stopped on ${loan.home}`;
}

export function loansOf(node: string, context: Context): readonly GuestLoan[] {
  return context
    .state()
    .loans.filter((loan): loan is GuestLoan => 'vmid' in loan && (loan.home === node || ('sake' in loan && loan.sake === node)));
}

export function isForSake(guest: GuestFacts, step: ReturnStep, context: Context): boolean {
  return loansOf(step.node, context).some((loan) => loan.vmid === guest.vmid && loan.home !== step.node);
}
