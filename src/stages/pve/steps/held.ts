/** A person's word counts in the middle of a node's turn too: its packages do not begin to change, and it is not rebooted. */
import { holdOf, ownHoldPath } from '../../../model/hold.ts';
import type { HoldFacts } from '../../../model/node.ts';
import { Pause } from '../../../model/pause.ts';
import type { Reading } from '../../../model/reading.ts';
import type { Context } from '../../../run/context.ts';
import { Unseen } from '../../../run/passing.ts';

/** @param files of the node, as it was just asked @throws Pause when one of them holds it, Unseen when nobody knows */
export function demandNotHeld(node: string, files: Reading<readonly HoldFacts[]>, context: Context): void {
  if (!files.known) throw new Unseen(files.why);
  const hold = holdOf(files.value, context.site.ports.clock.now());
  if (hold === 'none') return;
  const { path, text } = hold;
  throw new Pause('check.blocked', {
    what: `${node} was put on hold in the middle of its turn`,
    seen: `${path}${text === '' ? ' is there' : ` says: ${text.replaceAll('\n', ', ')}`}`,
    next: `when it may be touched again: ${path === ownHoldPath ? `proxroll unhold ${node}` : `on ${node}: rm ${path}`}; then: proxroll resume`,
  });
}
