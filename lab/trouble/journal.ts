/** proxroll's own journal, read off the disk of its node: the lab strikes at a step, not at a guess about when it comes. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../ssh.ts';
import type { LabNode } from '../cluster.ts';
import type { Entry, RunEvent } from '../../src/model/event.ts';

export interface JournalText {
  readonly run: string;
  /** Whole lines only. */
  readonly lines: readonly string[];
}

/** The journal of every run on that node, oldest first: by their first entries, for names of one minute come in any order. */
export async function journalsOn({ host }: LabNode): Promise<readonly JournalText[]> {
  const runs = join(host.root, 'var/lib/proxroll/runs');
  const names = await readdir(runs).catch(missing([]));
  const journals = await Promise.all(
    names.map(async (run) => {
      const text = await readFile(join(runs, run, 'journal.jsonl'), 'utf8').catch(missing(''));
      return { run, lines: text.split('\n').slice(0, -1) };
    }),
  );
  const beganMs = ({ lines }: JournalText) => entriesOf(lines.slice(0, 1))[0]?.at ?? Infinity;
  return journals.sort((a, b) => beganMs(a) - beganMs(b));
}

/** Entries of the newest run; none before there is one. */
export async function entriesOn(node: LabNode): Promise<readonly Entry[]> {
  const newest = (await journalsOn(node)).at(-1);
  return entriesOf(newest?.lines ?? []);
}

export function entriesOf(lines: readonly string[]): readonly Entry[] {
  return lines.map((line) => JSON.parse(line) as Entry);
}

/** Waits for an event of the newest run. @param after how many entries are to be passed over */
export function untilNoted(
  node: LabNode,
  what: string,
  deadlineMs: number,
  match: (event: RunEvent) => boolean,
  after = 0,
): Promise<Entry> {
  return until(
    `${what}, in the journal of ${node.name}`,
    deadlineMs,
    async () => (await entriesOn(node)).slice(after).find(({ event }) => match(event)),
    50,
  );
}

/** The event that says that a step has begun. */
export function begins(step: string): (event: RunEvent) => boolean {
  return (event) => event.type === 'step.started' && event.step === step;
}

/** Steps that have begun and not ended, in words. */
export function inFlight(entries: readonly Entry[]): string {
  const open = new Set<string>();
  for (const { event } of entries) {
    if (event.type === 'step.started') open.add(event.step);
    if (event.type === 'step.done') open.delete(event.step);
  }
  return open.size === 0 ? 'between two steps' : [...open].join(', ');
}

function missing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}
