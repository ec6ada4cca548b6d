/**
 * A long piece of work on a node as a transient unit: it outlives our connection and us. Started once, followed by asking,
 * and dropped when its end was seen.
 */
import { aptFailureOf, upgradeEnvironment, type AptFailure } from '../../../clients/apt.ts';
import type { At } from '../../../clients/at.ts';
import { ask } from '../../../clients/query.ts';
import { forgetUnit, sinceLastStart, startUnit, stopUnit, unitLogQuery, unitStateQuery } from '../../../clients/systemd.ts';
import type { Argv } from '../../../ports/shell.ts';

export type JobState =
  /** Never started, or gone with a reboot: what it did must be told by other means. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'working' }
  | { readonly kind: 'succeeded' }
  /** `killed`: it, or a script below it, was ended by a signal instead of ending by itself. */
  | { readonly kind: 'failed'; readonly log: string; readonly failure: AptFailure; readonly killed: boolean };

/** Starts it unless it is at work already; one that failed before makes room. @throws CommandFailed, ShellFailure */
export async function startJob(on: At, unit: string, argv: Argv): Promise<void> {
  const state = await ask(on, unitStateQuery(unit));
  if (state.kind === 'failed') await forgetUnit(on, unit);
  if (state.kind === 'succeeded') await stopUnit(on, unit);
  if (state.kind !== 'working') await startUnit(on, { unit, environment: upgradeEnvironment, argv });
}

/** @throws CommandFailed, Unparsable, ShellFailure */
export async function jobState(on: At, unit: string): Promise<JobState> {
  const state = await ask(on, unitStateQuery(unit));
  if (state.kind !== 'failed') return state;
  const log = sinceLastStart(await ask(on, unitLogQuery(unit, 400)), unit);
  const killed =
    /^(signal|core-dump|oom-kill|watchdog)$/.test(state.result) || /was killed by signal|received signal|was interrupted/.test(log);
  return { kind: 'failed', log, failure: aptFailureOf({ stdout: log, stderr: '' }), killed };
}

/** Somebody else works on the packages for a while: to ask again at once is to be refused again, as apt waits for dpkg's own lock only. */
export const lockedForMs = 60_000;

/** Drops what is left of a unit whose end was seen, so that it is not mistaken for another's. @throws CommandFailed, ShellFailure */
export async function dropJob(on: At, unit: string, state: 'succeeded' | 'failed'): Promise<void> {
  await (state === 'succeeded' ? stopUnit(on, unit) : forgetUnit(on, unit));
}

/**
 * The lines of a log that say why, for people: errors first, else the last ones; without what systemd and the clock add, and each
 * once. dpkg only says that a script failed; why stands in the line before, in the script's own words.
 */
export function telling(log: string): string {
  const lines = log
    .split('\n')
    .filter((line) => !/^(Started|Starting|Stopping|Stopped|Finished) |\.service: |^\s*$/.test(line))
    .map((line) => line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /, '').replace(/^(TASK )?ERROR: /, 'ERROR: '));
  const errors = lines
    .flatMap((line, index) => (/^(E:|Err:|ERROR:|dpkg: error|W: Failed)/.test(line) ? [...scriptsWord(lines, index), line] : []))
    .map((line) => line.replace(/^ERROR: /, ''));
  const each = [...new Set(errors)];
  // The first error is mostly the cause of the others, and apt sums up with the last.
  const told = each.length > 4 ? [...each.slice(0, 2), ...each.slice(-2)] : each;
  return (errors.length > 0 ? told : [...new Set(lines)].slice(-4)).join(' / ') || 'it wrote nothing';
}

/** @returns the last line that a failing script wrote before dpkg's own at `index`, if it wrote any */
function scriptsWord(lines: readonly string[], index: number): readonly string[] {
  const before = lines[index - 1]?.trim();
  if (before === undefined || !/^dpkg: error processing/.test(lines[index] ?? '') || isProgress.test(before)) return [];
  return [before];
}

/** What dpkg and apt write while all goes well, and what follows on an error of another package. */
const isProgress =
  /^(Setting up|Preparing to unpack|Unpacking|Selecting|Removing|Purging|Processing triggers|\(Reading database|Get:\d|Hit:|Fetched|Reading |Building |Extracting|Installing new version|Progress:|dpkg: |installed \S+ package |E: |W: )/;
