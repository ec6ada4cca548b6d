/** Where the guests of a node would go now, all together: what two checks look at. */
import type { GuestFacts } from '../../model/guest.ts';
import { placeAll, type Placement } from '../../model/places.ts';
import { goesAway, wayFor } from '../../model/way.ts';
import { guestsOn } from '../../stages/pve/node-now.ts';
import type { CheckContext } from './scope.ts';

// It is the costly part of all checks, and asked for twice.
const placements = new WeakMap<CheckContext, Map<string, Placement>>();

export function placement(node: string, context: CheckContext): Placement {
  const before = placements.get(context) ?? new Map<string, Placement>();
  placements.set(context, before);
  const found = before.get(node) ?? findPlaces(node, context);
  before.set(node, found);
  return found;
}

/** Guests that are to move: HA guests by the HA manager, others by us. What is locked, odd or unknown is named by the checks of guests already. */
export function movingGuests(node: string, { snapshot, config }: CheckContext): readonly GuestFacts[] {
  return guestsOn(snapshot, node).filter(
    (guest) => isJudged(guest) && guest.ha?.requested !== 'stopped' && goesAway(wayFor(guest, snapshot, config)),
  );
}

function findPlaces(node: string, context: CheckContext): Placement {
  const { snapshot, config } = context;
  const guests = movingGuests(node, context);
  // A drain tries an older QEMU too, and the guest runs on where it is when that fails.
  return placeAll(guests, snapshot, config, { olderTargets: 'allow' });
}

function isJudged(guest: GuestFacts): boolean {
  return (
    guest.config.known && guest.memoryBytes.known && guest.status.known && guest.status.value.kind !== 'odd' && guest.lock === undefined
  );
}
