/** What a plan moves, beside what no plan can undercut and what moving without one would do. */
import { bytesText } from '../model/bytes.ts';
import type { PlannedMove, PlannedMoves, Track } from '../model/plan.ts';
import { count } from './paragraph.ts';

/** How many nodes and guests are named before the rest is counted. */
const named = 4;

/** @returns sentences, each a line of its own where there is room; nothing for a plan that moves nobody */
export function movesSentences(moves: PlannedMoves | undefined): readonly string[] {
  if (moves === undefined) return [];
  if (moves.kind === 'planned') {
    if (moves.movedBytes === 0) return [];
    const bound =
      moves.movedBytes <= moves.boundBytes ? 'no plan can do with less' : `no plan can do with less than ${bytesText(moves.boundBytes)}`;
    return [`${bytesText(moves.movedBytes)} of guests' memory are moved; ${bound}`, withoutSentence(moves), ...spareSentences(moves)];
  }
  const missing = `${bytesText(moves.missingBytes)} of memory are missing when ${moves.node} is emptied`;
  return [
    moves.kind === 'impossible'
      ? `impossible: ${missing}, whatever is moved where`
      : `no way was found: ${missing}${moves.guests.length === 0 ? '' : `, no place for ${list(moves.guests)}`}`,
  ];
}

function withoutSentence({ without }: PlannedMoves): string {
  const stranded =
    without.stranded.length === 0
      ? ''
      : `, and ${count(without.stranded.length, 'guest')} would find no place (${list(without.stranded.map(String))})`;
  return `node by node, each guest to the node with most free memory: ${bytesText(without.movedBytes)}${stranded}`;
}

function spareSentences({ spare }: Extract<PlannedMoves, { kind: 'planned' }>): readonly string[] {
  if (spare.length === 0) return ['one more node may fail at any time: there is room for its guests'];
  const worst = [...spare].sort((a, b) => b.missingBytes - a.missingBytes)[0] ?? spare[0];
  if (worst === undefined) return [];
  return [
    `no room for the failure of one more node while ${list(spare.map(({ node }) => node))} ${spare.length === 1 ? 'is' : 'are'} away: ${bytesText(worst.missingBytes)} would have no place if ${worst.also} failed${spare.length === 1 ? '' : ` while ${worst.node} is`}`,
  ];
}

/** Where the guests of a node go, and who makes room for them. */
export function trackMoves({ node, out = [] }: Track): readonly string[] {
  const targets = [...new Set(out.filter((move) => move.from === node && move.to !== node).map((move) => move.to))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const giving = out.filter((move) => move.from !== node);
  return [
    ...(targets.length === 0 ? [] : [`to ${list(targets)}`]),
    ...(giving.length === 0 ? [] : [`room is made by ${list(giving.map(wayText))}`]),
  ];
}

function wayText({ title, from, to }: PlannedMove): string {
  return `${title} (${from} to ${to})`;
}

function list(words: readonly string[]): string {
  if (words.length > named) return `${words.slice(0, named).join(', ')} and ${words.length - named} more`;
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
