/** What happens to guests: none stops unless its policy lets it, none is on a node that goes down. */
import { policyFor, type GuestPolicy } from '../../model/policy.ts';
import type { WorldEvent } from '../facts.ts';
import { first, justBefore, ledByPerson } from './history.ts';
import { tagsOf, type History } from './history.ts';

/** Reasons that are nobody's doing but the fault's, and moves that need a stop by nature. */
const excused = /lost power|restart migration|was stopped|HA was told/;

export function guestsKept({ facts, world, config }: History): string | undefined {
  const may = (vmid: number, ...policies: readonly GuestPolicy[]): boolean =>
    policies.includes(policyFor({ vmid, tags: tagsOf(vmid, world) }, config));
  const surprised = new Set<number>();
  return (
    first(facts, 'node.asked-to-reboot', ({ node, guests }, index) => {
      const there = guests.filter(
        (vmid) => !may(vmid, 'leave') && !justBefore(facts, index, unknowableMs, (event) => arrives(event, vmid, node)),
      );
      for (const vmid of guests) if (!there.includes(vmid)) surprised.add(vmid);
      return there.length > 0 && !ledByPerson(facts, node) ? `guests ${there.join(', ')} were on ${node} when it was rebooted` : undefined;
    }) ??
    first(facts, 'guest.stopped', ({ vmid, title, node, why }, index) => {
      if (excused.test(why) || (may(vmid, 'shutdown', 'restart') && /asked to shut down/.test(why)) || ledByPerson(facts, node))
        return undefined;
      if (may(vmid, 'leave') && /rebooted/.test(why)) return undefined;
      if (surprised.has(vmid) && /rebooted/.test(why)) return undefined;
      // It came while the node was shutting down.
      if (/went down/.test(why) && justBefore(facts, index, shutdownMs, (event) => arrives(event, vmid, node))) return undefined;
      return `${title} stopped on ${node}: ${why}`;
    })
  );
}

/** The node is asked itself, and then the order takes its time: only whoever comes in between cannot be known. */
const unknowableMs = 4000;
const shutdownMs = 300_000;

/** It comes to a node: moved there, or made there. */
export function arrives(event: WorldEvent, vmid: number, node: string): boolean {
  return (
    (event.type === 'guest.runs' && event.vmid === vmid && event.node === node) ||
    (event.type === 'fault' && event.text === `guest ${vmid} appears on ${node}`)
  );
}
