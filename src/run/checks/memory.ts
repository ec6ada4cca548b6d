/** The guests of each node that will be emptied fit into the memory of the others, at the time when it is emptied. */
import { bytesText } from '../../model/bytes.ts';
import { guestTitle } from '../../model/guest.ts';
import type { Placement } from '../../model/places.ts';
import type { PlannedMoves } from '../../model/plan.ts';
import { movesOfTurn } from '../../stages/pve/moves.ts';
import { makePlan } from '../../stages/pve/plan.ts';
import { placement } from './placement.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { listText, severityOn } from './scope.ts';

export const checkMemory: Check = (context) => {
  if (context.snapshot.membership.kind === 'lone') return [];
  const moves = movesOf(context);
  // Found on the whole: guests that find no place where they stand today may well find one once another has made room.
  const possible = moves === undefined || moves.kind === 'planned';
  // There is room, only not where the manager goes.
  if (!possible && moves.sentTo !== undefined) return [noWay(moves, context)];
  const alone = context.inQuestion.flatMap((node) =>
    possible && context.leaves(node.name) ? [] : tooLittleMemory(placement(node.name, context), node.name, context),
  );
  return possible || alone.some((said) => said.subject === moves.node) ? alone : [...alone, noWay(moves, context)];
};

type NoWay = Exclude<PlannedMoves, { kind: 'planned' }>;

/** What the whole run moves, or the turn that is about to begin. */
function movesOf({ snapshot, config, scope }: CheckContext): PlannedMoves | undefined {
  return scope.when === 'start' ? makePlan(snapshot, config, scope.only ?? []).moves : movesOfTurn(scope.node, snapshot, config);
}

/** Each node could be emptied by itself, or is too full for sums alone to tell why not. */
function noWay({ kind, node, missingBytes, guests, sentTo }: NoWay, context: CheckContext): Said {
  if (sentTo !== undefined)
    return {
      severity: severityOn(node, context),
      subject: node,
      what: `the HA manager would send ${guests[0] ?? ''} from ${node} to ${sentTo}, where it has no room`,
      seen: `${bytesText(missingBytes)} of memory are missing on ${sentTo}; the manager goes by the number of services, not by memory`,
      next: `free ${bytesText(missingBytes)} on ${sentTo}, let the manager reckon with memory (crs: ha=static in datacenter.cfg), or let guests of ${node} be stopped and started (policy shutdown)`,
    };
  return {
    severity: severityOn(node, context),
    subject: node,
    what: kind === 'impossible' ? `${node} cannot be emptied, whatever is moved where` : `no way was found to empty ${node}`,
    seen: `${bytesText(missingBytes)} of memory are missing on the other nodes${guests.length === 0 ? '' : `; no place for ${shortList(guests.slice(0, roomsShown), guests.length)}`}`,
    next: `free ${bytesText(missingBytes)} there, allow guests of ${node} to be stopped and started (policy shutdown), or lower limits.memory_reserve_percent (${context.config.limits.memory_reserve_percent})`,
  };
}

function tooLittleMemory({ short, rooms, wantedBytes }: Placement, node: string, context: CheckContext): readonly Said[] {
  const first = short[0];
  if (first === undefined) return [];
  const others = rooms.filter((room) => room.node !== node);
  const figure = (room: Placement['rooms'][number]): number => (room.roomBytes.known ? room.roomBytes.value : -Infinity);
  const mostFirst = [...others].sort((a, b) => figure(b) - figure(a));
  const roomText = mostFirst
    .slice(0, roomsShown)
    .map(
      ({ node: name, roomBytes }) =>
        `${name} has room for ${roomBytes.known ? bytesText(Math.max(0, roomBytes.value)) : 'an unknown amount'}`,
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
        `${bytesText(wantedBytes)} have to go; ${shortList(roomText, others.length)}; no place for ${shortList(without.slice(0, roomsShown), without.length)}` +
        `${least === undefined ? '' : `: ${bytesText(least.bytes)} are missing on ${least.node}`}`,
      next: `stop or shrink guests, allow some of ${node} to be stopped and started (policy shutdown), or lower limits.memory_reserve_percent (${context.config.limits.memory_reserve_percent})`,
    },
  ];
}

/** A large cluster has more nodes and guests than anybody wants to read in one line. */
const roomsShown = 6;

function shortList(words: readonly string[], count: number): string {
  return count > words.length ? `${words.join(', ')} and ${count - words.length} more` : listText(words);
}
