/** A run that is not over stands in the way of a new one. */
import { isOver, type RunState } from '../run/state.ts';
import type { Actions, StoredRun } from './actions.ts';
import { Exit, type ExitCode } from './exit-codes.ts';
import type { Session } from './session.ts';

/** @returns the newest run that is neither finished nor abandoned @throws JournalDamaged when the newest of all cannot be read */
export async function unfinishedRun(actions: Actions): Promise<RunState | undefined> {
  const runs = await actions.readRuns();
  await readable(runs.at(-1));
  return notOver(runs);
}

/**
 * @returns the run that people mean: the one that is not over, else the newest. Runs are told apart by the clock, and one that was set back since
 * would put an earlier run last.
 * @throws JournalDamaged when the newest of all cannot be read
 */
export async function newestRun(actions: Actions): Promise<RunState | undefined> {
  const runs = await actions.readRuns();
  const newest = await readable(runs.at(-1));
  return notOver(runs) ?? newest;
}

function notOver(runs: readonly StoredRun[]): RunState | undefined {
  return runs.flatMap((run) => (run.kind === 'read' && !isOver(run.state) ? [run.state] : [])).at(-1);
}

async function readable(run: StoredRun | undefined): Promise<RunState | undefined> {
  if (run === undefined || run.kind === 'read') return run?.state;
  const { JournalDamaged } = await import('../run/journal.ts');
  throw new JournalDamaged(run.run, run.detail, run.before);
}

/** For commands that only look: what they show is no answer to what becomes of a run that is not over. */
export async function remarkStandingRun(session: Session, actions: Actions): Promise<boolean> {
  const { JournalDamaged } = await import('../run/journal.ts');
  const text = await standingRun(actions).then(
    (standing) => standing?.text,
    (error: unknown) => {
      if (error instanceof JournalDamaged) return `the journal of run ${error.run} cannot be used; see: proxroll status`;
      throw error;
    },
  );
  if (text !== undefined) session.remark(`proxroll: ${text}`);
  return text !== undefined;
}

export async function standingRun(actions: Actions): Promise<{ readonly text: string; readonly exit: ExitCode } | undefined> {
  const state = await unfinishedRun(actions);
  if (state === undefined) return undefined;
  if (await actions.isCarried()) return { text: `run ${state.run} is going on; watch it with: proxroll status --follow`, exit: Exit.busy };
  const how = state.phase === 'paused' ? `is paused (${state.paused?.what ?? 'no reason is known'})` : 'was interrupted';
  return { text: `run ${state.run} ${how}; go on with: proxroll resume, or give it up with: proxroll abandon`, exit: Exit.paused };
}
