/** Runs of the past: a line each, or one of them event by event. */
import { durationText } from '../model/duration.ts';
import type { Entry } from '../model/event.ts';
import { apply, type RunState } from '../run/state.ts';
import { dateTime, timeWithSeconds } from './clock-time.ts';
import { count } from './paragraph.ts';
import { transcriptLine } from './transcript.ts';

/** A run on disk; one whose journal cannot be read is listed and says why. */
export type PastRun =
  { readonly kind: 'read'; readonly state: RunState } | { readonly kind: 'damaged'; readonly run: string; readonly detail: string };

/** @param runs oldest first */
export function historyText(runs: readonly PastRun[]): string {
  if (runs.length === 0) return 'There has been no run on this node yet.\n';
  return runs.map((run) => `${run.kind === 'read' ? lineOf(run.state) : `${run.run}  cannot be read: ${run.detail}`}\n`).join('');
}

function lineOf(state: RunState): string {
  const packages = state.nodesDone.reduce((sum, done) => sum + done.packages, 0);
  const reboots = state.nodesDone.filter((done) => done.rebooted).length;
  const took = durationText(state.lastAtMs - state.beganAtMs);
  const why = state.phase === 'paused' ? ` [${state.paused?.code ?? ''}]` : '';
  const facts = [count(state.nodesDone.length, 'node'), count(packages, 'package'), count(reboots, 'reboot')].join(', ');
  return `${state.run}  ${dateTime(state.beganAtMs)}  ${`${state.phase}${why}`.padEnd(9)}  ${took.padEnd(11)}  ${facts}`;
}

export function historyJson(runs: readonly PastRun[]): readonly object[] {
  return runs.map((run) => {
    if (run.kind === 'damaged') return { run: run.run, readable: false, why: run.detail };
    const { state } = run;
    return {
      run: state.run,
      readable: true,
      phase: state.phase,
      beganAtMs: state.beganAtMs,
      lastAtMs: state.lastAtMs,
      nodes: state.nodesDone,
      loans: state.loans.length,
    };
  });
}

/** Every event of one run with its day and time. */
export function runText(entries: readonly Entry[]): string {
  let state: RunState | undefined;
  return entries
    .map((entry) => {
      state = apply(state, entry);
      const date = dateTime(entry.at).slice(0, 10);
      return `${date} ${timeWithSeconds(entry.at)}  ${transcriptLine(entry.event, state).text}\n`;
    })
    .join('');
}
