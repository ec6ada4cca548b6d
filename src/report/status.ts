/** Where a run is: what `proxroll status` prints. */
import { loanId, loanReturnText, loanText } from '../model/loan.ts';
import { durationText } from '../model/duration.ts';
import { isOver, type RunState } from '../run/state.ts';
import { dateTime } from './clock-time.ts';
import { painter, type Hue } from './colour.ts';
import type { TextOptions } from './findings.ts';
import { nodeRows, type NodeRow } from './node-rows.ts';
import { count, hanging } from './paragraph.ts';
import { endText, progressOf, progressText, waitText } from './progress.ts';

/** @param earlier runs to learn from @returns text that ends in a line break */
export function statusText(state: RunState, nowMs: number, { width, colour }: TextOptions, earlier: readonly RunState[] = []): string {
  const paint = painter(colour);
  const rows = nodeRows(state);
  const name = Math.max(0, ...rows.map((row) => row.node.length)) + 2;
  return [
    ...hanging('', `run ${state.run} of ${state.cluster}: ${phaseText(state, nowMs)}`, width).map((line) => paint(hueOf(state), line)),
    ...hanging('  ', originText(state), width),
    ...wholeLines(state, rows, nowMs, earlier, width),
    ...(rows.length === 0 ? [] : ['']),
    ...rows.flatMap((row) => hanging(`  ${row.node.padEnd(name)}`, rowText(row, nowMs, isOver(state)), width)),
    ...warningLines(state, width),
    ...pausedLines(state, width),
    ...loanLines(state, width),
    '',
  ].join('\n');
}

/** How far it is, what it waits for and when it should end; nothing of it once it is over. */
function wholeLines(
  state: RunState,
  rows: readonly NodeRow[],
  nowMs: number,
  earlier: readonly RunState[],
  width: number,
): readonly string[] {
  if (state.phase !== 'running' || rows.length === 0) return [];
  const progress = progressOf(state, rows, nowMs, earlier);
  const end = endText(progress);
  return [
    ...hanging('  ', progressText(progress), width),
    ...hanging('  ', `waits for ${waitText(state, nowMs)}`, width),
    ...(end === undefined ? [] : hanging('  ', end, width)),
  ];
}

function hueOf(state: RunState): Hue {
  return state.phase === 'paused' ? 'red' : state.phase === 'finished' ? 'green' : 'bold';
}

function phaseText(state: RunState, nowMs: number): string {
  switch (state.phase) {
    case 'running':
      return `running for ${durationText(nowMs - state.beganAtMs)}`;
    case 'paused':
      return `paused since ${dateTime(state.paused?.atMs ?? state.lastAtMs)}`;
    case 'finished':
    case 'abandoned':
      return `${state.phase} at ${dateTime(state.lastAtMs)}, after ${durationText(state.lastAtMs - state.beganAtMs)}`;
    default:
      return state.phase satisfies never;
  }
}

function originText(state: RunState): string {
  const again = state.resumes === 0 ? '' : `, taken up again ${count(state.resumes, 'time')}`;
  return `carried by ${state.node}, began ${dateTime(state.beganAtMs)}${again}, proxroll ${state.version}`;
}

function rowText(row: NodeRow, nowMs: number, over: boolean): string {
  const steps = `${row.stepsDone} of ${count(row.steps.length, 'step')} done`;
  const since = row.stepStartedAtMs === undefined ? '' : ` for ${durationText(nowMs - row.stepStartedAtMs)}`;
  switch (row.status) {
    case 'done':
      return `done: ${resultText(row)}`;
    case 'waiting':
      return over ? 'not begun' : 'waiting';
    case 'working':
      return row.step === undefined ? steps : `${row.step.kind}${since} (${row.step.why}); ${steps}${guestsText(row)}`;
    case 'paused':
      return `paused${row.step === undefined ? '' : ` at ${row.step.kind}`}; ${steps}${guestsText(row)}`;
    case 'left':
      return `left${row.step === undefined ? '' : ` at ${row.step.kind}`}; ${steps}${guestsText(row)}`;
    default:
      return row.status satisfies never;
  }
}

function guestsText(row: NodeRow): string {
  return row.guests === 0 ? '' : `; ${row.guestsMoved} of ${count(row.guests, 'guest')} moved`;
}

/** `12 packages, rebooted; left: …`. */
export function resultText({ done }: NodeRow): string {
  if (done === undefined) return '';
  const left = done.left.length === 0 ? '' : `; left: ${done.left.join('; ')}`;
  return `${count(done.packages, 'package')}, ${done.rebooted ? 'rebooted' : 'not rebooted'}${left}`;
}

/** Why it stands still and what to do; nothing when it does not. */
export function pausedLines({ phase, paused }: RunState, width: number): readonly string[] {
  if (phase !== 'paused' || paused === undefined) return [];
  return [
    '',
    ...hanging('paused  ', `${paused.what} [${paused.code}]${paused.step === undefined ? '' : ` at ${paused.step}`}`, width),
    ...hanging('  seen  ', paused.seen, width),
    ...hanging('  next  ', paused.next, width),
  ];
}

export function warningLines({ warnings }: RunState, width: number): readonly string[] {
  if (warnings.length === 0) return [];
  return [
    '',
    'warnings',
    ...warnings.flatMap(({ subject, what, next }) => hanging('  ', `${subject}: ${what}${next === '' ? '' : `; next: ${next}`}`, width)),
  ];
}

/** What is borrowed and how a person gives it back; nothing when nothing is. */
export function loanLines(
  { run, node, loans, loanedAtMs }: Pick<RunState, 'run' | 'node' | 'loans' | 'loanedAtMs'>,
  width: number,
): readonly string[] {
  if (loans.length === 0) return [];
  return [
    '',
    `on loan to run ${run} on ${node}`,
    ...loans.flatMap((loan) => [
      ...hanging('  ', loanText(loan), width),
      `    since: ${dateTime(loanedAtMs[loanId(loan)] ?? 0)}`,
      ...hanging('    by hand: ', loanReturnText(loan), width),
    ]),
  ];
}

/** The same as plain data. */
export function statusJson(state: RunState, nowMs?: number, earlier: readonly RunState[] = []): object {
  return {
    ...(nowMs === undefined || state.phase !== 'running' ? {} : { progress: progressOf(state, nodeRows(state), nowMs, earlier) }),
    run: state.run,
    cluster: state.cluster,
    node: state.node,
    version: state.version,
    phase: state.phase,
    beganAtMs: state.beganAtMs,
    lastAtMs: state.lastAtMs,
    resumes: state.resumes,
    ...(state.phase === 'paused' && state.paused !== undefined ? { paused: state.paused } : {}),
    nodes: nodeRows(state).map(({ step, steps, ...row }) => ({
      ...row,
      ...(step === undefined ? {} : { step: step.id }),
      steps: steps.map(({ id }) => ({ id, status: state.steps.get(id)?.status ?? 'foreseen' })),
    })),
    loans: loansJson(state),
    warnings: state.warnings,
  };
}

export function loansJson({
  run,
  node: by,
  loans,
  loanedAtMs,
}: Pick<RunState, 'run' | 'node' | 'loans' | 'loanedAtMs'>): readonly object[] {
  return loans.map((loan) => ({
    id: loanId(loan),
    ...loan,
    run,
    by,
    sinceMs: loanedAtMs[loanId(loan)],
    what: loanText(loan),
    byHand: loanReturnText(loan),
  }));
}
