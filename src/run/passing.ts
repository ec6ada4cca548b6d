/** Which errors may pass by themselves: no answer, or an answer that makes no sense. All others are a pause or a bug. */
import { CommandFailed, Unparsable } from '../clients/at.ts';
import { ShellFailure } from '../ports/shell.ts';

/** Something that a step needs to know could not be read just now; the message says what, and why. */
export class Unseen extends Error {
  override readonly name = 'Unseen';
}

export function isPassing(error: unknown): error is Error {
  return (
    (error instanceof ShellFailure && error.kind !== 'dry-run') ||
    error instanceof Unparsable ||
    error instanceof CommandFailed ||
    error instanceof Unseen
  );
}
