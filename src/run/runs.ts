/** The runs on disk: `runs/<run>/{snapshot.json,plan.json,journal.jsonl}` below the state folder, and the one that is not over. */
import type { Store } from '../ports/store.ts';
import { JournalDamaged, journalPath, parseJournal } from './journal.ts';
import { isOver, type RunState } from './state.ts';

/** Its existence is what `proxroll-resume.service` looks for after a boot: a run that wants to go on by itself. */
const markerPath = 'unfinished';

/** @returns the run that is neither finished nor abandoned @throws JournalDamaged when the newest journal cannot be trusted */
export async function findUnfinished(store: Store): Promise<RunState | undefined> {
  const newest = (await listRuns(store)).at(-1);
  if (newest === undefined) return undefined;
  const text = await store.read(journalPath(newest));
  // A folder without a journal, or with a torn first line only: the run never began, so nothing was done in its name.
  if (text === undefined || !text.includes('\n')) return undefined;
  const { state } = parseJournal(newest, text);
  return isOver(state) ? undefined : state;
}

/** @returns run ids, oldest first */
export async function listRuns(store: Store): Promise<readonly string[]> {
  return (await store.list('runs')).filter((name) => /^\d{8}-\d{4}-[0-9a-f]+$/.test(name));
}

export type RunOnDisk =
  | { readonly run: string; readonly readable: true; readonly state: RunState }
  | { readonly run: string; readonly readable: false; readonly why: string };

/** @returns one run as its journal tells; a damaged one says why instead of hiding */
export async function readRun(store: Store, run: string): Promise<RunOnDisk> {
  try {
    const text = await store.read(journalPath(run));
    if (text === undefined) return { run, readable: false, why: 'it has no journal' };
    return { run, readable: true, state: parseJournal(run, text).state };
  } catch (error) {
    if (!(error instanceof JournalDamaged)) throw error;
    return { run, readable: false, why: error.detail };
  }
}

export async function markUnfinished(store: Store, run: string): Promise<void> {
  await store.write(markerPath, `${run}\n`);
}

export async function unmarkUnfinished(store: Store): Promise<void> {
  await store.remove(markerPath);
}

/** Forgets the oldest runs that are over, so that `keep` are left. One that is not over, or cannot be read, is never forgotten. */
export async function forgetOldRuns(store: Store, keep: number): Promise<void> {
  const runs = await listRuns(store);
  for (const run of runs.slice(0, Math.max(0, runs.length - keep))) {
    const read = await readRun(store, run);
    if (read.readable && isOver(read.state)) await store.remove(`runs/${run}`);
  }
}

/** A document of the run, beside its journal. Durable when this resolves. */
export async function saveBeside(
  store: Store,
  run: string,
  name: 'snapshot.json' | 'plan.json' | `${string}.log`,
  content: unknown,
): Promise<void> {
  await store.write(`runs/${run}/${name}`, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
}
