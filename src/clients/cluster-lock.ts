/**
 * The commands of the cluster-wide lock: a folder that pmxcfs makes for one node only and gives away after 120 s without a
 * refresh (facts 10.2), and a file beside it that says who has it. What they add up to is decided elsewhere.
 */
import { z } from 'zod';
import type { Reading } from '../model/reading.ts';
import { known } from '../model/reading.ts';
import type { LockHolder } from '../model/snapshot.ts';
import type { Command } from '../ports/shell.ts';
import type { At } from './at.ts';
import { changes, CommandFailed, mustRun, reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import { foreignNumber, parseJson } from './foreign-json.ts';
import type { Query } from './query.ts';
import { answerQuery, ask, reasonOf, saysMissing } from './query.ts';

const folder = '/etc/pve/priv/lock/proxroll';
const holderFile = '/etc/pve/priv/proxroll-holder.json';

/** `mkdir` of the lock folder (facts 10.2 number 1). */
export function takeLockCommand(): Command {
  return changes(deadlines.pmxcfsWrite, 'mkdir', folder);
}

/** Takes the lock for this node, or finds it taken, by another node or by this one. @throws CommandFailed (no quorum), ShellFailure */
export async function takeLock(at: At): Promise<'taken' | 'busy'> {
  const command = takeLockCommand();
  const answer = await at.shell.run(at.host, command);
  if (answer.exitCode === 0) return 'taken';
  if (/File exists/.test(answer.stderr)) return 'busy';
  throw new CommandFailed(at.host.name, command.argv, answer);
}

/** Without `-c` a touch of a folder that is gone would make a file of that name, which nobody could lock or remove as a folder. */
export function refreshLockCommand(): Command {
  return changes(deadlines.pmxcfsWrite, 'touch', '-c', folder);
}

/**
 * Says that this node still has the lock. A failure means that it must be counted as lost; success does not mean that the
 * folder is still there.
 * @throws CommandFailed (another node's folder, no quorum), ShellFailure
 */
export async function refreshLock(at: At): Promise<void> {
  await mustRun(at, refreshLockCommand());
}

/** The unlock request of facts 10.2 number 3. */
export function expireLockCommand(): Command {
  return changes(deadlines.pmxcfsWrite, 'touch', '-c', '-d', '@0', folder);
}

/** Asks pmxcfs to drop a lock that was not refreshed for 120 s; a lock that was is left alone. Try `takeLock` after it. @throws ShellFailure */
export async function expireLock(at: At): Promise<void> {
  // Its exit code says nothing: the answer is whether mkdir works afterwards.
  await at.shell.run(at.host, expireLockCommand());
}

/** `rmdir` of the lock folder. */
export function releaseLockCommand(): Command {
  return changes(deadlines.pmxcfsWrite, 'rmdir', folder);
}

/** Gives the lock back. No error when it is gone already. @throws CommandFailed, ShellFailure */
export async function releaseLock(at: At): Promise<void> {
  const command = releaseLockCommand();
  const answer = await at.shell.run(at.host, command);
  if (answer.exitCode !== 0 && !saysMissing(answer)) throw new CommandFailed(at.host.name, command.argv, answer);
}

const holderSchema = z.object({ node: z.string(), run: z.string(), bootId: z.string(), sinceMs: foreignNumber });

/** Who wrote himself down as the holder; `free` without the file. It may outlive the lock, or not be there yet. @throws CommandFailed, Unparsable */
export const lockHolderQuery: Query<LockHolder | 'free'> = answerQuery(reads(deadlines.file, 'cat', holderFile), (answer, source, fail) => {
  if (saysMissing(answer)) return 'free';
  if (answer.exitCode !== 0) throw fail();
  return parseJson(holderSchema, answer.stdout, source);
});

/** The same as a reading: unknown when the file could not be read. Run on the own node. */
export async function readLockHolder(at: At): Promise<Reading<LockHolder | 'free'>> {
  try {
    return known(await ask(at, lockHolderQuery));
  } catch (error) {
    return reasonOf(error);
  }
}

/** The holder file, written whole. */
export function writeHolderCommand(holder: LockHolder): Command {
  return { ...changes(deadlines.pmxcfsWrite, 'tee', holderFile), stdin: `${JSON.stringify(holder)}\n` };
}

/** Writes down who has the lock, for the others to name. @throws CommandFailed, ShellFailure */
export async function writeHolder(at: At, holder: LockHolder): Promise<void> {
  await mustRun(at, writeHolderCommand(holder));
}

/** `rm -f` of the holder file. */
export function removeHolderCommand(): Command {
  return changes(deadlines.pmxcfsWrite, 'rm', '-f', holderFile);
}

/** @throws CommandFailed, ShellFailure */
export async function removeHolder(at: At): Promise<void> {
  await mustRun(at, removeHolderCommand());
}
