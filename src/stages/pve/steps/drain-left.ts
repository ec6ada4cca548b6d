/** Who is left on a node that is emptied, and what is waited for. */
import { clearErrorText, guestTitle, needsPlace, serviceId, type GuestFacts } from '../../../model/guest.ts';
import { Pause } from '../../../model/pause.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import { mustLeave, wayFor } from '../../../model/way.ts';
import type { Context } from '../../../run/context.ts';
import { loanOf, reallyUp } from './guest-trips.ts';
import { notYetInMaintenance } from './maintenance.ts';
import { nextLeg } from './restart-elsewhere.ts';

/** Its guests may be gone before the manager has the node wholly in maintenance; only then are its services out of the way. */
export function haBehind(node: string, snapshot: Snapshot, context: Context): string | undefined {
  if (!context.state().loans.some((loan) => loan.kind === 'ha-maintenance' && loan.node === node)) return undefined;
  return snapshot.ha.known ? notYetInMaintenance(snapshot.ha.value, node) : snapshot.ha.why;
}

/**
 * Guests that the manager has not got off the node, or is bringing to it. A container is down while it is moved, and looks as if it were
 * out of the way; one that is to be stopped, given up or told to start later is (facts 4.4).
 */
export function haMoving(node: string, guests: readonly GuestFacts[], { ha }: Snapshot): string | undefined {
  const services = ha.known && ha.value.kind === 'used' ? ha.value.services : [];
  const here = new Set(guests.filter((guest) => guest.node === node).map(serviceId));
  const moving = services.filter(
    ({ sid, state, target, requested }) =>
      (here.has(sid) || target === node) &&
      !/^(ignored|removed)$/.test(requested) &&
      !/^(stopped|freeze|error|request_start|queued)$/.test(state),
  );
  if (moving.length === 0) return undefined;
  return `the HA manager is at work on ${moving.map(({ sid, state }) => `${sid} (${state})`).join(', ')}`;
}

/** Guests that must not be here when the node goes down, and are. */
export function inTheWay(
  node: string,
  guests: readonly GuestFacts[],
  snapshot: Snapshot,
  context: Context,
): Promise<readonly GuestFacts[]> {
  const { config } = context.site;
  // One that is said to be stopped is looked at too: it may have been started meanwhile.
  const here = guests.filter((guest) => guest.node === node && (mustLeave(guest, snapshot, config) || !needsPlace(guest)));
  return reallyUp(here, context);
}

/** Guests that were shut down and are not where they will run yet. */
export async function halted(guests: readonly GuestFacts[], context: Context) {
  const sent = new Set(context.state().guests.map(({ vmid }) => vmid));
  const found: { readonly guest: GuestFacts; readonly leg: 'move' | 'start' }[] = [];
  for (const guest of guests.filter(({ vmid }) => sent.has(vmid))) {
    const leg = await nextLeg(guest, context);
    if (leg !== undefined) found.push({ guest, leg });
  }
  return found;
}

/** Guests that stay and stop when their node goes down, and of which the journal does not say so yet. */
export function goingDown(node: string, guests: readonly GuestFacts[], snapshot: Snapshot, context: Context): readonly GuestFacts[] {
  return guests.filter(
    (guest) =>
      guest.node === node &&
      needsPlace(guest) &&
      wayFor(guest, snapshot, context.site.config) === 'leave' &&
      loanOf(guest.vmid, context) === undefined,
  );
}

/** What goes down with its node is on loan until it runs again. */
export async function leaveThere(node: string, guests: readonly GuestFacts[], snapshot: Snapshot, context: Context): Promise<void> {
  for (const guest of goingDown(node, guests, snapshot, context)) {
    const loan = { kind: 'guest-left', vmid: guest.vmid, guest: guest.kind, title: guestTitle(guest), home: node } as const;
    await context.record({ type: 'loan.taken', loan });
  }
}

/** The manager gives up on a service in `error`; waiting for it would be waiting for ever (facts 4.4). */
export function demandHaMoves(managed: readonly GuestFacts[], node: string): void {
  const stuck = managed.filter((guest) => guest.ha !== undefined && /^(error|fence|recovery)$/.test(guest.ha.crmState));
  if (stuck.length === 0) return;
  throw new Pause('drain.refused', {
    what: `the HA manager does not move ${stuck.map(guestTitle).join(', ')} off ${node}`,
    seen: stuck.map((guest) => `${guestTitle(guest)} is in state ${guest.ha?.crmState ?? ''}`).join('; '),
    next: `ha-manager status; when the cause is mended: ${stuck.map((guest) => clearErrorText(serviceId(guest))).join('; ')}; then: proxroll resume`,
  });
}

export function leftText(node: string, left: readonly GuestFacts[]): string {
  return left.length === 0
    ? `the last guests are leaving ${node}`
    : `still on ${node}: ${left.map((guest) => (guest.lock === undefined ? guestTitle(guest) : `${guestTitle(guest)}, locked (${guest.lock})`)).join(', ')}`;
}
