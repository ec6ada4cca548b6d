/** What apt would do is an update and nothing else: no release is crossed, nothing goes that a node cannot be without (facts 6.3). */
import { forbiddenRemovals } from '../../model/removals.ts';
import { majorOf } from '../../model/version.ts';
import type { Check, Heard, Said } from './scope.ts';
import { countText, listText, notKnown } from './scope.ts';

export const checkPackages: Check = ({ hosts, scope }) => [
  ...(scope.when === 'start' && scope.refreshed === true ? differing(hosts) : []),
  ...hosts.flatMap(ofHost),
];

function ofHost(host: Heard): readonly Said[] {
  const { node, facts } = host;
  if (!facts.pending.known) return [notKnown(node, `what apt would install on ${node} is unknown`, facts.pending.why)];
  return [...removals(host), ...crossings(host)];
}

/** Told only on fresh lists, as old ones differ by their age. A repository that moved between two refreshes would give the nodes different versions in one run (design 5). */
function differing(hosts: readonly Heard[]): readonly Said[] {
  const versions = new Map<string, Map<string, string[]>>();
  for (const { node, facts } of hosts)
    for (const { name, to } of facts.pending.known ? facts.pending.value.changes : []) {
      const byVersion = versions.get(name) ?? new Map<string, string[]>();
      versions.set(name, byVersion.set(to, [...(byVersion.get(to) ?? []), node]));
    }
  const moved = [...versions].filter(([, byVersion]) => byVersion.size > 1);
  if (moved.length === 0) return [];
  const texts = moved.map(
    ([name, byVersion]) => `${name} ${[...byVersion].map(([version, nodes]) => `${version} on ${listText(nodes)}`).join(', ')}`,
  );
  return [
    {
      severity: 'blocker',
      subject: 'cluster',
      what: `the nodes would get different versions of ${countText(moved.length, 'package')}`,
      seen: texts.slice(0, 5).join('; '),
      next: 'a repository has moved, or the nodes use different ones: run apt-get update on all of them, compare their repositories, then start again',
    },
  ];
}

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
