/** What apt would do is an update and nothing else: no release is crossed, nothing goes that a node cannot be without (facts 6.3). */
import { forbiddenRemovals } from '../../model/removals.ts';
import { majorOf } from '../../model/version.ts';
import type { Check, Heard, Said } from './scope.ts';
import { countText, listText, notKnown } from './scope.ts';

export const checkPackages: Check = ({ hosts }) =>
  hosts.flatMap((host) => {
    const { node, facts } = host;
    if (!facts.pending.known) return [notKnown(node, `what apt would install on ${node} is unknown`, facts.pending.why)];
    return [...removals(host), ...crossings(host)];
  });

function removals({ node, facts }: Heard): readonly Said[] {
  if (!facts.pending.known || facts.pending.value.removals.length === 0) return [];
  const { removals: all } = facts.pending.value;
  const forbidden = forbiddenRemovals(facts.pending.value, facts.kernel.known ? facts.kernel.value.running : undefined);
  const rest = all.filter((name) => !forbidden.includes(name));
  return [
    ...(forbidden.length === 0
      ? []
      : [
          {
            severity: 'blocker' as const,
            subject: node,
            what: `apt on ${node} would remove what the node cannot be without`,
            seen: `it would remove ${listText(forbidden)}`,
            next: `on ${node}: apt-get -s dist-upgrade; compare its repositories with the other nodes and look for held or third-party packages`,
          },
        ]),
    ...(rest.length === 0
      ? []
      : [
          {
            severity: 'warning' as const,
            subject: node,
            what: `apt on ${node} would remove ${countText(rest.length, 'package')}`,
            seen: listText(rest),
            next: `see whether that is meant to be, on ${node}: apt-get -s dist-upgrade`,
          },
        ]),
  ];
}

function crossings({ node, facts }: Heard): readonly Said[] {
  if (!facts.pending.known) return [];
  const manager = facts.pending.value.changes.find((change) => change.name === 'pve-manager');
  if (manager?.from === undefined || majorOf(manager.from) === majorOf(manager.to)) return [];
  return [
    {
      severity: 'blocker',
      subject: node,
      what: `apt on ${node} would cross to another release of Proxmox VE`,
      seen: `pve-manager ${manager.from} to ${manager.to}`,
      next: `a new release is no patch: set the repositories of ${node} back to its own release, or upgrade the cluster by hand first`,
    },
  ];
}
