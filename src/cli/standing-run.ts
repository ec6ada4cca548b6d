/** A run that is not over stands in the way of a new one. */
import { isOver, type RunState } from '../run/state.ts';
import type { Actions } from './actions.ts';
import { Exit, type ExitCode } from './exit-codes.ts';

/** @returns the run that is neither finished nor abandoned @throws JournalDamaged when the newest one cannot be read */
export async function unfinishedRun(actions: Actions): Promise<RunState | undefined> {
  const state = await newestRun(actions);
  return state === undefined || isOver(state) ? undefined : state;
}

/** @throws JournalDamaged when it cannot be read */
export async function newestRun(actions: Actions): Promise<RunState | undefined> {
  const newest = (await actions.readRuns()).at(-1);
  if (newest === undefined || newest.kind === 'read') return newest?.state;
  const { JournalDamaged } = await import('../run/journal.ts');
  throw new JournalDamaged(newest.run, newest.detail);
}

export async function standingRun(actions: Actions): Promise<{ readonly text: string; readonly exit: ExitCode } | undefined> {
  const state = await unfinishedRun(actions);
  if (state === undefined) return undefined;
  if (await actions.isCarried()) return { text: `run ${state.run} is going on; watch it with: proxroll status --follow`, exit: Exit.busy };
  const how = state.phase === 'paused' ? `is paused (${state.paused?.what ?? 'no reason is known'})` : 'was interrupted';
  return { text: `run ${state.run} ${how}; go on with: proxroll resume, or give it up with: proxroll abandon`, exit: Exit.paused };
}
