/** What a run did, told when it is over or stands still: which machine got what, why it rebooted, who moved, and what is still on loan. */
import { durationText } from '../model/duration.ts';
import { stepId } from '../model/step.ts';
import type { RunState } from '../run/state.ts';
import { painter } from './colour.ts';
import type { TextOptions } from './findings.ts';
import { nodeRows, type NodeRow } from './node-rows.ts';
import { count, hanging } from './paragraph.ts';
import { loanLines, pausedLines, warningLines } from './status.ts';

/** @returns text that ends in a line break */
export function summaryText(state: RunState, { width, colour }: TextOptions): string {
  const paint = painter(colour);
  const rows = nodeRows(state);
  const left = state.plan?.left ?? [];
  const name = Math.max(0, ...rows.map((row) => row.node.length), ...left.map((one) => one.subject.length)) + 2;
  return [
    paint(state.phase === 'finished' ? 'green' : 'red', headline(state)),
    ...rows.flatMap((row) => nodeLines(state, row, name, width)),
    ...(rows.length === 0 ? ['  nothing was planned'] : []),
    ...(left.length === 0 ? [] : ['', 'not planned', ...left.flatMap((one) => hanging(`  ${one.subject.padEnd(name)}`, one.why, width))]),
    ...warningLines(state, width),
    ...pausedLines(state, width),
    ...loanLines(state, width),
    '',
  ].join('\n');
}

function headline(state: RunState): string {
  const took = durationText(state.lastAtMs - state.beganAtMs);
  return `run ${state.run} of ${state.cluster} ${state.phase === 'running' ? 'is not over' : state.phase}, ${took} after it began`;
}

function nodeLines(state: RunState, row: NodeRow, name: number, width: number): readonly string[] {
  const indent = ' '.repeat(name + 2);
  const reboot = state.steps.get(stepId(row.node, 'reboot'));
  return [
    ...hanging(`  ${row.node.padEnd(name)}`, resultOf(row), width),
    ...(reboot?.status === 'done' ? hanging(indent, `rebooted because: ${reboot.step.why}`, width) : []),
    ...(row.guestsMoved === 0 ? [] : hanging(indent, movesText(state, row), width)),
    ...(row.done?.left ?? []).flatMap((left) => hanging(`${indent}left: `, left, width)),
  ];
}

function resultOf(row: NodeRow): string {
  switch (row.status) {
    case 'done': {
      const took = row.beganAtMs === undefined || row.done === undefined ? '' : `, ${durationText(row.done.atMs - row.beganAtMs)}`;
      return `${count(row.done?.packages ?? 0, 'package')}, ${row.done?.rebooted === true ? 'rebooted' : 'not rebooted'}${took}`;
    }
    case 'waiting':
      return 'not begun';
    case 'working':
    case 'paused':
    case 'left':
      return `not done: ${row.stepsDone} of ${count(row.steps.length, 'step')}${row.step === undefined ? '' : `, stands at ${row.step.kind}`}`;
    default:
      return row.status satisfies never;
  }
}

function movesText(state: RunState, row: NodeRow): string {
  const longest = Math.max(
    0,
    ...state.guests.filter((trip) => trip.from === row.node && trip.how !== 'start').map((trip) => trip.tookMs ?? 0),
  );
  return `${row.guestsMoved} of ${count(row.guests, 'guest')} out of the way${longest === 0 ? '' : `, the longest took ${durationText(longest)}`}`;
}
