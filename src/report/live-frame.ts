/** One picture of a run: a line for each node, what is on loan, and the last events. Pure. */
import type { RunState } from '../run/state.ts';
import { stopWatch, timeOfDay } from './clock-time.ts';
import { painter, type Hue, type Paint } from './colour.ts';
import { expectedEnds } from './expected.ts';
import { loanName } from './loan-name.ts';
import { nodeRows, type NodeRow } from './node-rows.ts';
import { count, cut, oneLine, wrapped } from './paragraph.ts';
import { endText, progressOf, progressText, waitText } from './progress.ts';

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

interface Cells {
  readonly node: string;
  readonly step: string;
  readonly elapsed: string;
  readonly guests: string;
  readonly end: string;
}

/** Below this the columns stand close together and the long words go. */
const roomy = 60;
/** Events shown below the table when there is room for them. */
const eventLines = 5;

/** @param events transcript lines, newest last @param earlier runs to learn from @returns lines that each fit in the width, together no higher than the screen */
export function liveFrame(
  state: RunState,
  events: readonly string[],
  nowMs: number,
  size: FrameSize,
  earlier: readonly RunState[] = [],
): readonly string[] {
  // One column stays free: some terminals break a line that is exactly full.
  const width = Math.max(1, size.columns - 1);
  const paint = painter(size.colour);
  const loans = state.loans.length === 0 ? [] : [paint('dim', cut(`on loan: ${state.loans.map(loanName).join(', ')}`, width))];
  const room = Math.max(3, size.rows - 1);
  const rows = nodeRows(state);
  const whole = wholeLines(state, rows, nowMs, earlier)
    .flatMap((line) => wrapped(line, width).slice(0, 2))
    .slice(0, Math.max(0, room - 6));
  const shownNodes = Math.max(1, room - 3 - whole.length - loans.length - (room > 12 ? eventLines + 1 : 0));
  const table = tableLines(state, rows, nowMs, width, paint, shownNodes, earlier);
  const above = [headline(state, nowMs, width, paint), ...whole.map((line) => cut(line, width)), '', ...table, ...loans];
  const left = Math.min(eventLines, room - above.length - 1);
  const below = left < 1 || events.length === 0 ? [] : ['', ...events.slice(-left).map((event) => cut(oneLine(event), width))];
  return [...above, ...below].slice(0, room);
}

/** What it waits for comes first: on a low screen the others give way. */
function wholeLines(state: RunState, rows: readonly NodeRow[], nowMs: number, earlier: readonly RunState[]): readonly string[] {
  if (state.phase === 'finished' || state.phase === 'abandoned') return [];
  const waits = `waits for ${waitText(state, nowMs)}`;
  if (rows.length === 0) return [waits];
  const progress = progressOf(state, rows, nowMs, earlier);
  const end = endText(progress);
  return [waits, progressText(progress), ...(end === undefined ? [] : [end])];
}

function headline(state: RunState, nowMs: number, width: number, paint: Paint): string {
  const over = state.phase !== 'running';
  const hue: Hue = state.phase === 'paused' ? 'red' : state.phase === 'finished' ? 'green' : 'bold';
  const took = stopWatch((over ? state.lastAtMs : nowMs) - state.beganAtMs);
  return paint(hue, cut(`${state.cluster}: ${state.phase}, ${took} (run ${state.run})`, width));
}

function tableLines(
  state: RunState,
  rows: readonly NodeRow[],
  nowMs: number,
  width: number,
  paint: Paint,
  most: number,
  earlier: readonly RunState[],
): readonly string[] {
  const ends = expectedEnds(state, rows, nowMs, earlier);
  const wide = width >= roomy;
  const title: Cells = { node: 'node', step: 'step', elapsed: 'elapsed', guests: 'guests', end: wide ? 'expected end' : 'end' };
  const { shown, more } = windowOf(rows, most);
  const cells = shown.map((row) => cellsOf(row, ends.get(row.node)?.p50, nowMs, wide));
  const line = layout([title, ...cells], width, wide ? 2 : 1);
  return [
    paint('dim', line(title)),
    ...cells.map((cell, index) => {
      const hue = hueOf(shown[index]?.status);
      return hue === undefined ? line(cell) : paint(hue, line(cell));
    }),
    ...(more === 0 ? [] : [paint('dim', cut(`and ${count(more, 'more node')}`, width))]),
  ];
}

function cellsOf(row: NodeRow, endMs: number | undefined, nowMs: number, wide: boolean): Cells {
  const elapsed = row.beganAtMs === undefined ? row.stepStartedAtMs : row.beganAtMs;
  return {
    node: row.node,
    step: stepText(row, nowMs, wide),
    elapsed: elapsed === undefined ? '-' : stopWatch((row.done?.atMs ?? nowMs) - elapsed),
    guests: row.guests === 0 ? '-' : `${row.guestsMoved}/${row.guests}`,
    end: endMs === undefined ? '-' : timeOfDay(endMs),
  };
}

function stepText(row: NodeRow, nowMs: number, wide: boolean): string {
  switch (row.status) {
    case 'done':
      return row.done?.rebooted === true ? 'done, rebooted' : 'done';
    case 'waiting':
      return 'waiting';
    case 'paused':
      if (row.step === undefined) return 'paused';
      return wide ? `paused at ${row.step.kind}` : `${row.step.kind}: paused`;
    case 'left':
      return row.step === undefined || !wide ? 'left' : `left at ${row.step.kind}`;
    case 'working': {
      const kind = row.step?.kind ?? 'looking';
      return wide && row.stepStartedAtMs !== undefined ? `${kind}, ${stopWatch(nowMs - row.stepStartedAtMs)}` : kind;
    }
    default:
      return row.status satisfies never;
  }
}

function hueOf(status: NodeRow['status'] | undefined): Hue | undefined {
  if (status === 'done') return 'green';
  if (status === 'paused' || status === 'left') return 'red';
  return status === 'working' ? 'cyan' : undefined;
}

/** Names and steps give way when the line is too long; figures never do. */
function layout(rows: readonly Cells[], width: number, gap: number): (cells: Cells) => string {
  const widest = (key: keyof Cells) => Math.max(...rows.map((row) => row[key].length));
  const figures = widest('elapsed') + widest('guests') + widest('end') + 4 * gap;
  const words = Math.max(2, width - figures);
  const node = Math.min(widest('node'), Math.max(6, Math.floor(words / 2)));
  const step = Math.max(1, Math.min(widest('step'), words - node));
  const space = ' '.repeat(gap);
  return (cells) =>
    cut(
      [
        cut(cells.node, node).padEnd(node),
        cut(cells.step, step).padEnd(step),
        cells.elapsed.padStart(widest('elapsed')),
        cells.guests.padStart(widest('guests')),
        cells.end.padStart(widest('end')),
      ].join(space),
      width,
    );
}

/** The part of a long list in which something happens, from the node before it. */
function windowOf(rows: readonly NodeRow[], most: number): { readonly shown: readonly NodeRow[]; readonly more: number } {
  if (rows.length <= most) return { shown: rows, more: 0 };
  const first = rows.findIndex((row) => row.status !== 'done');
  const from = Math.max(0, Math.min(first < 0 ? rows.length : first - 1, rows.length - (most - 1)));
  const shown = rows.slice(from, from + Math.max(1, most - 1));
  return { shown, more: rows.length - shown.length };
}
