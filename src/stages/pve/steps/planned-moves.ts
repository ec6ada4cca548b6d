/** What the plan of the run has for the guests of a drain, seen against where they are now. Pure. */
import type { GuestFacts } from '../../../model/guest.ts';
import type { PlannedMove } from '../../../model/plan.ts';
import type { GuestTrip, RunState } from '../../../run/state.ts';

/** Where the plan wants this guest next, when this node is emptied. */
export function plannedTarget(guest: GuestFacts, node: string, state: Pick<RunState, 'plan'>): string | undefined {
  return outOf(node, state).find((move) => move.vmid === guest.vmid && move.from === guest.node)?.to;
}

/**
 * Guests of other nodes that are to make room first and have not yet, in the order of the plan. One that is not where the plan has
 * it is left alone: somebody moved it, and whether there is room is seen when the others leave.
 */
export function toMakeRoom(
  node: string,
  guests: readonly GuestFacts[],
  state: Pick<RunState, 'plan' | 'guests'>,
): readonly { readonly guest: GuestFacts; readonly move: PlannedMove }[] {
  return outOf(node, state).flatMap((move) => {
    const guest = guests.find(({ vmid }) => vmid === move.vmid);
    const due = move.from !== node && guest?.node === move.from && !wouldNot(move, state.guests);
    return due ? [{ guest, move }] : [];
  });
}

function outOf(node: string, { plan }: Pick<RunState, 'plan'>): readonly PlannedMove[] {
  return plan?.tracks.find((track) => track.node === node)?.out ?? [];
}

/** Tried once is enough: one that would not go is told by its trip. One that was never asked, or went and came home at a pause, is asked anew. */
function wouldNot(move: PlannedMove, trips: readonly GuestTrip[]): boolean {
  const last = trips.filter(({ vmid }) => vmid === move.vmid).at(-1);
  return last?.end === 'stayed' && last.begun !== false && last.from === move.from && last.to === move.to;
}
