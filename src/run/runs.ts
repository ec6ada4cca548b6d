/** The runs on disk: `runs/<run>/{snapshot.json,plan.json,journal.jsonl}` below the state folder, and the one that is not over. */
import type { Store } from '../ports/store.ts';
import { JournalDamaged, journalPath, parseJournal } from './journal.ts';
import { isOver, type RunState } from './state.ts';

/** Its existence is what `proxroll-resume.service` looks for after a boot: a run that wants to go on by itself. */
const markerPath = 'unfinished';

/**
 * @returns the newest run that is neither finished nor abandoned. There should be one at most; looking at all recent ones
 * costs little, and a run that nobody looks at would never give back what it borrowed.
 * @throws JournalDamaged when one of them cannot be trusted
 */
export async function findUnfinished(store: Store): Promise<RunState | undefined> {
  for (const run of (await listRuns(store)).slice(-recent).reverse()) {
    const { state } = parseJournal(run, (await store.read(journalPath(run))) ?? '');
    if (!isOver(state)) return state;
  }
  return undefined;
}

/** Runs whose journals are looked into for their order and their end. */
const recent = 20;

/**
 * @returns run ids, oldest first. Names tell the minute only, so the recent ones are put in the order of their beginnings. A
 * folder whose journal has no whole line is left out: that run never began, and nothing was done in its name.
 */
export async function listRuns(store: Store): Promise<readonly string[]> {
  const names = (await store.list('runs')).filter((name) => /^\d{8}-\d{4}-[0-9a-f]+$/.test(name));
  const begun: { readonly run: string; readonly atMs: number }[] = [];
  for (const run of names.slice(-recent)) {
    const text = await store.read(journalPath(run));
    const end = text?.indexOf('\n') ?? -1;
    if (text !== undefined && end >= 0) begun.push({ run, atMs: beganAt(text.slice(0, end)) });
  }
  begun.sort((a, b) => a.run.slice(0, 13).localeCompare(b.run.slice(0, 13), 'en') || a.atMs - b.atMs);
  return [...names.slice(0, -recent), ...begun.map(({ run }) => run)];
}

/** When the first line was written; a damaged one counts as the newest, so that it is not overlooked. */
function beganAt(line: string): number {
  try {
    const { at } = JSON.parse(line) as { at?: unknown };
    return typeof at === 'number' ? at : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export type RunOnDisk =
  | { readonly run: string; readonly readable: true; readonly state: RunState }
  /** `before`: what its lines before the damage add up to. */
  | { readonly run: string; readonly readable: false; readonly why: string; readonly before?: RunState };

/** @returns one run as its journal tells; a damaged one says why instead of hiding */
export async function readRun(store: Store, run: string): Promise<RunOnDisk> {
  try {
    const text = await store.read(journalPath(run));
    if (text === undefined) return { run, readable: false, why: 'it has no journal' };
    return { run, readable: true, state: parseJournal(run, text).state };
  } catch (error) {
    if (!(error instanceof JournalDamaged)) throw error;
    return { run, readable: false, why: error.detail, ...(error.before === undefined ? {} : { before: error.before }) };
  }
}

/** Runs that tell what is usual: more would be slower to read than they teach. */
const telling = 10;

/** @returns the states of the newest runs that began before this one, oldest first; damaged ones are left out */
export async function readEarlier(store: Store, run: string): Promise<readonly RunState[]> {
  const runs = await listRuns(store);
  const place = runs.indexOf(run);
  const before = runs.slice(Math.max(0, (place < 0 ? runs.length : place) - telling), place < 0 ? runs.length : place);
  const read = await Promise.all(before.map((name) => readRun(store, name)));
  return read.flatMap((one) => (one.readable ? [one.state] : []));
}

export async function markUnfinished(store: Store, run: string): Promise<void> {
  await store.write(markerPath, `${run}\n`);
}

/**
 * Takes away a marker that was left behind: the process ended between its run's last entry and the marker's removal. Whoever
 * starts next, the boot unit perhaps, found it and must not take it for consent to a new run, or to one that waits for a person.
 * @returns the run that is over or paused although the marker says otherwise
 */
export async function dropStaleMarker(store: Store): Promise<RunState | undefined> {
  const run = (await store.read(markerPath))?.trim();
  if (run === undefined || run === '') return undefined;
  const found = await readRun(store, run);
  if (!found.readable || found.state.phase === 'running') return undefined;
  await unmarkUnfinished(store);
  return found.state;
}

export async function unmarkUnfinished(store: Store): Promise<void> {
  await store.remove(markerPath);
}

export interface Retention {
  /** So many runs are left. */
  readonly keep: number;
  /** What began before this is forgotten too. */
  readonly beforeMs: number;
}

/** Forgets the oldest runs that are over. One that is not over, one that cannot be read, and the newest are never forgotten. */
export async function forgetOldRuns(store: Store, { keep, beforeMs }: Retention): Promise<void> {
  const runs = await listRuns(store);
  const tooMany = Math.max(0, runs.length - keep);
  for (const [index, run] of runs.slice(0, -1).entries()) {
    const read = await readRun(store, run);
    if (!read.readable) continue;
    if (index >= tooMany && read.state.beganAtMs >= beforeMs) return;
    if (isOver(read.state)) await store.remove(`runs/${run}`);
  }
}

/** A document of the run, beside its journal. Durable when this resolves. */
export async function saveBeside(
  store: Store,
  run: string,
  name: 'snapshot.json' | 'plan.json' | `report.${'txt' | 'json' | 'html'}` | `${string}.log`,
  content: unknown,
): Promise<void> {
  await store.write(`runs/${run}/${name}`, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
}
