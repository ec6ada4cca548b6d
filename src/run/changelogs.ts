/** What is written about the packages of a plan, fetched within a bounded time; what cannot be had is said and holds up nobody. */
import { CommandFailed, type At } from '../clients/at.ts';
import { changelogQuery } from '../clients/changelog.ts';
import { ask } from '../clients/query.ts';
import type { ChangeWithLog, PlannedChange } from '../model/plan-changes.ts';
import { known, unknown, type Reading } from '../model/reading.ts';
import type { Clock } from '../ports/clock.ts';
import { ShellFailure } from '../ports/shell.ts';

const atOnce = 4;
/** For all of them together; one may take a third of it. */
const patienceMs = 60_000;

/** @param at the own node: its lists know the versions @returns the changes in their order; never rejects because a changelog is not to be had */
export async function withChangelogs(at: At, changes: readonly PlannedChange[], clock: Clock): Promise<readonly ChangeWithLog[]> {
  const until = clock.elapsed() + patienceMs;
  const found: ChangeWithLog[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < changes.length; index = next++) {
      const change = changes[index];
      if (change !== undefined) found[index] = { ...change, changelog: await changelogOf(at, change, clock, until) };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found;
}

async function changelogOf(at: At, { name, from, to }: PlannedChange, clock: Clock, until: number): Promise<Reading<string>> {
  if (clock.elapsed() >= until) return unknown('there was no time left to fetch it');
  try {
    return known(await ask(at, changelogQuery(name, to, from)));
  } catch (error) {
    if (error instanceof CommandFailed) return unknown(reasonIn(error.answer.stderr));
    if (error instanceof ShellFailure) return unknown(error.message);
    throw error;
  }
}

/** apt's own reason, without the address that it tried. */
function reasonIn(stderr: string): string {
  const line = stderr.split('\n').find((each) => each.startsWith('E: ')) ?? 'apt-get changelog failed';
  return /Changelog unavailable for \S+(?: \((.*)\))?/.exec(line)?.[1] ?? line.replace(/^E: /, '').replace(/^Failed to fetch \S+\s+/, '');
}
