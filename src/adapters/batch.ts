/** What `runAll` may be asked for, checked alike by every shell: a batch is sent blind, so it must not change anything. */
import type { Command } from '../ports/shell.ts';

/** @throws TypeError when a command changes something or wants stdin: a bug of the caller */
export function mustOnlyRead(commands: readonly Command[]): void {
  for (const { argv, effect, stdin } of commands) {
    if (effect !== 'reads') throw new TypeError(`\`${argv.join(' ')}\` changes something and cannot be part of a batch`);
    if (stdin !== undefined) throw new TypeError(`\`${argv.join(' ')}\` wants stdin and cannot be part of a batch`);
  }
}
