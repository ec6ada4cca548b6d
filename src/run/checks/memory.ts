/** The guests of each node that will be emptied fit into the memory of the others. */
import { bytesText } from '../../model/bytes.ts';
import { guestTitle } from '../../model/guest.ts';
import type { Placement } from '../../model/places.ts';
import { placement } from './placement.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { listText, severityOn } from './scope.ts';

export const checkMemory: Check = (context) =>
  context.snapshot.membership.kind === 'lone'
    ? []
    : context.inQuestion.flatMap((node) => tooLittleMemory(placement(node.name, context), node.name, context));

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
