/** A plan as the operator reads it, and as the tests compare it: who, in which order, with which steps, and what is left out and why. */
import { bytesText } from '../model/bytes.ts';
import { countSecurity } from '../model/packages.ts';
import type { GuestWay, Plan, Track } from '../model/plan.ts';
import { goesAway, type Way } from '../model/way.ts';
import { painter } from './colour.ts';
import type { TextOptions } from './findings.ts';
import { movesSentences, trackMoves } from './moves.ts';
import { count, hanging } from './paragraph.ts';

/** @returns text that ends in a line break; steps and facts side by side where the width allows it, else below each other */
export function planText(plan: Plan, { width, colour }: TextOptions): string {
  const paint = painter(colour);
  const name =
    Math.max(6, ...[...plan.tracks.map((track) => track.node), ...plan.left.map((left) => left.subject)].map((text) => text.length)) + 2;
  return [
    ...(plan.tracks.length === 0 ? [] : [paint('bold', 'pve, one at a time'), ...trackLines(plan.tracks, name, width)]),
    ...(plan.left.length === 0
      ? []
      : [paint('bold', 'not planned'), ...plan.left.flatMap((left) => hanging(`  ${left.subject.padEnd(name)}`, left.why, width))]),
    ...movesLines(plan, paint('bold', 'moves'), width),
    ...(plan.tracks.length === 0 ? ['Nothing to do.'] : []),
    '',
  ].join('\n');
}

function movesLines({ moves }: Plan, title: string, width: number): readonly string[] {
  const sentences = movesSentences(moves);
  return sentences.length === 0 ? [] : [title, ...sentences.flatMap((sentence) => hanging('  ', sentence, width))];
}

function trackLines(tracks: readonly Track[], name: number, width: number): readonly string[] {
  const rows = tracks.map((track, index) => ({ node: track.node, steps: stepsText(track, tracks[index - 1]), facts: factsOf(track) }));
  const stepsWidth = Math.max(...rows.map((row) => row.steps.length)) + 4;
  const flat = rows.map((row) => `  ${row.node.padEnd(name)}${row.steps.padEnd(stepsWidth)}${row.facts.join('; ')}`.trimEnd());
  if (flat.every((line) => line.length <= width)) return flat;
  const indent = ' '.repeat(name + 2);
  return rows.flatMap((row) => [
    ...hanging(`  ${row.node.padEnd(name)}`, row.steps, width),
    ...row.facts.flatMap((fact) => hanging(indent, fact, width)),
  ]);
}

function stepsText(track: Track, before: Track | undefined): string {
  const steps = track.steps.map((step) => step.kind).join(', ');
  return before !== undefined && before.steps.map((step) => step.kind).join(', ') === steps ? 'the same' : steps;
}

function factsOf(track: Track): readonly string[] {
  return [
    packagesText(track),
    ...guestsText(track.guests, trackMoves(track)),
    ...(track.rebootReasons.length === 0 ? [] : [`reboot: ${track.rebootReasons.join('; ')}`]),
    ...(track.note === undefined ? [] : [track.note]),
  ];
}

function packagesText({ set }: Track): string {
  const security = countSecurity(set);
  const { phased = [] } = set;
  const keptBack = set.keptBack.filter((name) => !phased.includes(name));
  return [
    `${count(set.changes.length, 'package')}${security === 0 ? '' : `, ${security} of them security`}`,
    ...(set.removals.length === 0 ? [] : [`removes ${set.removals.join(', ')}`]),
    ...(keptBack.length === 0 ? [] : [`kept back: ${keptBack.join(', ')}`]),
    ...(phased.length === 0 ? [] : [`deferred by phasing: ${phased.join(', ')}`]),
  ].join('; ');
}

/** Who merely moves is counted; whoever feels it is named, because that is what an operator agrees to. */
function guestsText(guests: readonly GuestWay[], targets: readonly string[]): readonly string[] {
  if (guests.length === 0) return [];
  const moving = guests.filter((guest) => goesAway(guest.way));
  const titles = (...ways: readonly Way[]) => guests.filter((guest) => ways.includes(guest.way)).map((guest) => guest.title);
  const restarted = titles('restart-migration', 'restart-elsewhere');
  const copied = titles('disk-migration');
  const stopped = titles('shutdown', 'ha-stop');
  const left = titles('leave');
  const blocking = titles('block');
  return [
    ...(moving.length === 0 ? [] : [[`${count(moving.length, 'guest')}, ${memoryText(moving)}`, ...targets].join(', ')]),
    ...(restarted.length === 0 ? [] : [`restarted elsewhere: ${restarted.join(', ')}`]),
    ...(copied.length === 0 ? [] : [`moved with their local disks: ${copied.join(', ')}`]),
    ...(stopped.length === 0 ? [] : [`stopped meanwhile: ${stopped.join(', ')}`]),
    ...(left.length === 0 ? [] : [`may go down with the node: ${left.join(', ')}`]),
    ...(blocking.length === 0 ? [] : [`keeps the node up: ${blocking.join(', ')}`]),
  ];
}

function memoryText(guests: readonly GuestWay[]): string {
  const known = guests.flatMap((guest) => guest.memoryBytes ?? []);
  if (known.length === 0) return 'memory unknown';
  const bytes = bytesText(known.reduce((sum, one) => sum + one, 0));
  return known.length === guests.length ? bytes : `${bytes} and more`;
}
