/** Writing and taking away the hold file of a machine. Reading it is part of observing a host (`host.ts`). */
import type { Command } from '../ports/shell.ts';
import { changes, mustRun, type At } from './at.ts';
import { deadlines } from './deadlines.ts';

/** The file that `proxroll hold` writes; others that a site may use are only read. */
export const ownHoldPath = '/etc/proxroll/hold';

export function makeHoldFolderCommand(): Command {
  return changes(deadlines.file, 'mkdir', '-p', '/etc/proxroll');
}

export function writeHoldCommand(text: string): Command {
  return { ...changes(deadlines.file, 'tee', ownHoldPath), stdin: text };
}

export function removeHoldCommand(): Command {
  return changes(deadlines.file, 'rm', '-f', ownHoldPath);
}

/** Puts the machine on hold; an older hold of ours is replaced. @throws CommandFailed, ShellFailure */
export async function writeHold(at: At, text: string): Promise<void> {
  await mustRun(at, makeHoldFolderCommand());
  await mustRun(at, writeHoldCommand(text));
}

/** Takes our hold away; no error when there is none. @throws CommandFailed, ShellFailure */
export async function removeHold(at: At): Promise<void> {
  await mustRun(at, removeHoldCommand());
}
