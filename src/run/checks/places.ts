/** Guests of a node that will be emptied have somewhere to go: allowed to move, able to move, and with enough memory elsewhere. */
import type { Severity } from '../../model/finding.ts';
import { bytesText } from '../../model/bytes.ts';
import { guestTitle, type GuestFacts } from '../../model/guest.ts';
import { reasonsToStay } from '../../model/obstacles.ts';
import { placeAll, type Placement } from '../../model/places.ts';
import { guestsOn, policyFor } from '../../stages/pve/plan.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { countText, listText } from './scope.ts';

export const checkGuestPolicy: Check = (context) => {
  const { config, snapshot } = context;
  if (snapshot.membership.kind === 'lone') return loneNode(context);
  return context.inQuestion.flatMap((node) =>
    guestsOn(snapshot, node.name)
      .filter((guest) => guest.ha === undefined && policyFor(guest, config) === 'block')
      .map((guest) => ({
        severity: severityOn(node.name, context),
        subject: guestTitle(guest),
        what: `${guestTitle(guest)} runs on ${node.name}, and its policy keeps the node up`,
        seen: 'its policy is block',
        next: `stop it, or allow it to be moved or stopped (guests.by_vmid.${guest.vmid}), or leave ${node.name} out with excluded_nodes`,
      })),
  );
};

export const checkGuestMoves: Check = (context) =>
  context.snapshot.membership.kind === 'lone'
    ? []
    : context.inQuestion.flatMap((node) =>
        placement(node.name, context).homeless.flatMap((entry) => cannotMove(entry, node.name, context)),
      );

export const checkMemory: Check = (context) =>
  context.snapshot.membership.kind === 'lone'
    ? []
    : context.inQuestion.flatMap((node) => tooLittleMemory(placement(node.name, context), node.name, context));

// Two checks read the same placement, and it is the costly part of them all.
const placements = new WeakMap<CheckContext, Map<string, Placement>>();

function placement(node: string, context: CheckContext): Placement {
  const before = placements.get(context) ?? new Map<string, Placement>();
  placements.set(context, before);
  const found = before.get(node) ?? findPlaces(node, context);
  before.set(node, found);
  return found;
}

/** HA guests find their place through the HA manager, but they take memory like all others. What is unknown of a guest is said by another check. */
function findPlaces(node: string, { snapshot, config, leaves }: CheckContext): Placement {
  const guests = guestsOn(snapshot, node).filter(
    (guest) => isJudged(guest) && (guest.ha !== undefined ? guest.ha.requested !== 'stopped' : policyFor(guest, config) === 'migrate'),
  );
  // A node that is patched with its guests on it and is emptied after that has the newer QEMU, its guests not.
  return placeAll(guests, snapshot, config, { olderTargets: config.drain === 'when-rebooting' || !leaves(node) ? 'allow' : 'refuse' });
}

/** Locked, odd and unknown guests are named by the checks of guests already. */
function isJudged(guest: GuestFacts): boolean {
  return (
    guest.config.known && guest.memoryBytes.known && guest.status.known && guest.status.value.kind !== 'odd' && guest.lock === undefined
  );
}

function cannotMove({ guest, refused }: Placement['homeless'][number], node: string, context: CheckContext): readonly Said[] {
  const title = guestTitle(guest);
  const ownReasons = reasonsToStay(guest, context.snapshot);
  return [
    {
      severity: severityOn(node, context),
      subject: title,
      what: `${title} cannot leave ${node}`,
      // The same for every target, so it is said once.
      seen: ownReasons.length > 0 ? ownReasons.join('; ') : refused.join('. '),
      next:
        guest.ha === undefined
          ? `clear the way, or let it be stopped and started: guests.by_vmid.${guest.vmid}: shutdown`
          : `clear the way; the HA manager would try in vain to move it off ${node}`,
    },
  ];
}

function tooLittleMemory({ short, rooms, wantedBytes }: Placement, node: string, context: CheckContext): readonly Said[] {
  const first = short[0];
  if (first === undefined) return [];
  const others = rooms.filter((room) => room.node !== node);
  const roomText = others.map(
    (room) => `${room.node} has room for ${room.roomBytes.known ? bytesText(Math.max(0, room.roomBytes.value)) : 'an unknown amount'}`,
  );
  const without = short.map(
    ({ guest }) => `${guestTitle(guest)}${guest.memoryBytes.known ? ` (${bytesText(guest.memoryBytes.value)})` : ''}`,
  );
  const least = [...first.missing].sort((a, b) => a.bytes - b.bytes)[0];
  return [
    {
      severity: severityOn(node, context),
      subject: node,
      what: `the guests of ${node} do not fit into the memory of the other nodes`,
      seen:
        `${bytesText(wantedBytes)} have to go; ${listText(roomText)}; no place for ${listText(without)}` +
        `${least === undefined ? '' : `: ${bytesText(least.bytes)} are missing on ${least.node}`}`,
      next: `stop or shrink guests, allow some of ${node} to be stopped and started (policy shutdown), or lower limits.memory_reserve_percent (${context.config.limits.memory_reserve_percent})`,
    },
  ];
}

/** Nobody to move a guest to: it is stopped for the reboot where policy allows that, else the reboot waits. */
function loneNode({ config, snapshot, inQuestion }: CheckContext): readonly Said[] {
  if (config.reboot === 'never') return [];
  return inQuestion.flatMap((node): readonly Said[] => {
    const staying = guestsOn(snapshot, node.name).filter((guest) => policyFor(guest, config) !== 'shutdown');
    if (staying.length === 0) return [];
    return [
      {
        severity: 'warning',
        subject: node.name,
        what: `${node.name} will be patched, but a reboot is left due`,
        seen: `there is no other node, and ${countText(staying.length, 'guest')} may not be stopped: ${listText(staying.map(guestTitle))}`,
        next: 'to let them be stopped and started for a reboot: guests.default: shutdown, or guests.by_vmid for each',
      },
    ];
  });
}

function severityOn(node: string, context: CheckContext): Severity {
  return context.leaves(node) ? 'blocker' : 'warning';
}
