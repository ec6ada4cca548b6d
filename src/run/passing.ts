/** Which errors may pass by themselves: no answer, or an answer that makes no sense. All others are a pause or a bug. */
import { CommandFailed, Unparsable } from '../clients/at.ts';
import { ShellFailure } from '../ports/shell.ts';

export function isPassing(error: unknown): error is Error {
  return (error instanceof ShellFailure && error.kind !== 'dry-run') || error instanceof Unparsable || error instanceof CommandFailed;
}
