/** What `qm status` and `pct status` say about one guest, on the node that is asked. */
import type { GuestStatus } from '../model/guest.ts';
import type { Command } from '../ports/shell.ts';
import { guestStatusOf } from './cluster-resources.ts';
import type { Query } from './query.ts';
import { answerQuery, unparsable } from './query.ts';

export type GuestHere =
  /** Its config is not on this node: elsewhere, or gone; the message is the same (measured "stdout and stderr"). */
  { readonly kind: 'not-here' } | { readonly kind: 'here'; readonly status: GuestStatus; readonly lock?: string };

/**
 * Reads `key: value` lines; nested values are indented and belong to no one here. `qmpstatus` wins over `status`, which calls
 * a paused VM running.
 * @throws CommandFailed, Unparsable
 */
export function guestStateQuery(command: Command): Query<GuestHere> {
  return answerQuery(command, (answer, source, fail) => {
    if (answer.exitCode !== 0) {
      if (/Configuration file '.*' does not exist/.test(answer.stderr)) return { kind: 'not-here' };
      throw fail();
    }
    const field = (name: string) => new RegExp(`^${name}: *(\\S+)`, 'm').exec(answer.stdout)?.[1];
    const status = guestStatusOf(field('qmpstatus') ?? field('status'));
    if (!status.known) throw unparsable(source, 'status', answer.stdout);
    const lock = field('lock');
    return { kind: 'here', status: status.value, ...(lock === undefined ? {} : { lock }) };
  });
}
