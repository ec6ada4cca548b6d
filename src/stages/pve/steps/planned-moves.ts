/** What the plan of the run has for the guests of a drain, seen against where they are now. Pure. */
import type { GuestFacts } from '../../../model/guest.ts';
import type { PlannedMove } from '../../../model/plan.ts';
import type { RunState } from '../../../run/state.ts';
import type { Failures } from './drain-progress.ts';

/** Where the plan wants this guest next, when this node is emptied. */
export function plannedTarget(guest: GuestFacts, node: string, state: Pick<RunState, 'plan'>): string | undefined {
  return outOf(node, state).find((move) => move.vmid === guest.vmid && move.from === guest.node)?.to;
}

/**
 * Guests of other nodes that are to make room first and have not yet, in the order of the plan. One that is not where the plan has
 * it is left alone: somebody moved it, and whether there is room is seen when the others leave.
 * @param refused those that would not go since this drain was begun or taken up again: once is enough, their trip tells why
 */
export function toMakeRoom(
  node: string,
  guests: readonly GuestFacts[],
  state: Pick<RunState, 'plan'>,
  refused: Pick<Failures, 'has'>,
): readonly { readonly guest: GuestFacts; readonly move: PlannedMove }[] {
  return outOf(node, state).flatMap((move) => {
    const guest = guests.find(({ vmid }) => vmid === move.vmid);
    const due = move.from !== node && guest?.node === move.from && !refused.has(move.vmid);
    return due ? [{ guest, move }] : [];
  });
}

function outOf(node: string, { plan }: Pick<RunState, 'plan'>): readonly PlannedMove[] {
  return plan?.tracks.find((track) => track.node === node)?.out ?? [];
}
