/**
 * Which guests run on a node in this very moment, by its own word. What is broadcast of them is ten seconds old, and minutes where its
 * pvestatd hangs; one that was started meanwhile would go down with its node (facts 1.5).
 */
import { containersUpQuery } from '../../../clients/pct.ts';
import { ask } from '../../../clients/query.ts';
import { guestTitle, needsPlace, type GuestFacts } from '../../../model/guest.ts';
import { known } from '../../../model/reading.ts';
import { at, type Context } from '../../../run/context.ts';
import { isUp } from './guest-trips.ts';

export interface UpNow {
  /** Those of the node as they were broadcast; whoever was started since runs. */
  readonly guests: readonly GuestFacts[];
  /** Titles of guests that came to it since and run there. */
  readonly strangers: readonly string[];
}

/**
 * @param guests as broadcast, of all nodes
 * @param processes of the VMs that run there, by vmid
 * @throws CommandFailed, Unparsable, ShellFailure
 */
export async function upNow(
  node: string,
  guests: readonly GuestFacts[],
  processes: Readonly<Record<string, number>>,
  context: Context,
): Promise<UpNow> {
  const here = guests.filter((guest) => guest.node === node);
  // Asking costs a second, and most nodes that were emptied have no containers left.
  const containers = here.some((guest) => guest.kind === 'lxc' && !guest.template) ? await ask(at(context, node), containersUpQuery) : [];
  const started = new Set(containers);
  const strangers: string[] = [];
  for (const vmid of Object.keys(processes).map(Number)) {
    const guest = here.find((one) => one.vmid === vmid);
    if (guest !== undefined && needsPlace(guest)) continue;
    // The file of a process outlives one that was killed, and there is one for a VM that is only just arriving.
    if (!(await isUp({ node, vmid, kind: 'qemu' }, context))) continue;
    if (guest === undefined) strangers.push(guestTitle({ kind: 'qemu', vmid, name: '' }));
    else started.add(vmid);
  }
  const running = known({ kind: 'running' } as const);
  return {
    guests: here.map((guest) => (started.has(guest.vmid) && !needsPlace(guest) ? { ...guest, status: running } : guest)),
    strangers,
  };
}
