/** What apt would do is an update and nothing else: no release is crossed, nothing goes that a node cannot be without (facts 6.3). */
import { downgrades } from '../../model/packages.ts';
import { forbiddenRemovals, surprisingRemovals } from '../../model/removals.ts';
import { majorOf } from '../../model/version.ts';
import type { Check, Heard, Said } from './scope.ts';
import { countText, listText, notKnown } from './scope.ts';

export const checkPackages: Check = ({ hosts, scope, config }) => [
  ...(scope.when === 'start' && scope.refreshed === true ? differing(hosts) : []),
  ...hosts.flatMap((host) => ofHost(host, config.allow_removals)),
];

function ofHost(host: Heard, allowed: readonly string[]): readonly Said[] {
  const { node, facts } = host;
  if (!facts.pending.known) return [notKnown(node, `what apt would install on ${node} is unknown`, facts.pending.why)];
  return [...removals(host, allowed), ...crossings(host), ...olderVersions(host)];
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
      next: 'a repository has moved, or the nodes use different ones: run apt-get update on all of them and compare their repositories',
    },
  ];
}

function removals({ node, facts }: Heard, allowed: readonly string[]): readonly Said[] {
  if (!facts.pending.known || facts.pending.value.removals.length === 0) return [];
  const set = facts.pending.value;
  const running = facts.kernel.known ? facts.kernel.value.running : undefined;
  const forbidden = forbiddenRemovals(set, running);
  const surprising = surprisingRemovals(set, running, allowed);
  const rest = set.removals.filter((name) => !forbidden.includes(name) && !surprising.includes(name));
  return [
    ...said(forbidden, {
      severity: 'blocker',
      subject: node,
      what: `apt on ${node} would remove what the node cannot be without`,
      seen: `it would remove ${listText(forbidden)}`,
      next: `on ${node}: apt-get -s dist-upgrade; compare its repositories with the other nodes and look for held or third-party packages`,
    }),
    ...said(surprising, {
      severity: 'blocker',
      subject: node,
      what: `apt on ${node} would remove ${countText(surprising.length, 'package')} that nobody has allowed to go`,
      seen: listText(surprising),
      next: `see why, on ${node}: apt-get -s dist-upgrade; what may go belongs into allow_removals`,
    }),
    ...said(rest, {
      severity: 'info',
      subject: node,
      what: `apt on ${node} will remove ${countText(rest.length, 'package')}`,
      seen: listText(rest),
      next: '',
    }),
  ];
}

function said(names: readonly string[], finding: Said): readonly Said[] {
  return names.length === 0 ? [] : [finding];
}

/** apt does that only where somebody has pinned it, and takes it for no update of its own. */
function olderVersions({ node, facts }: Heard): readonly Said[] {
  const older = facts.pending.known ? downgrades(facts.pending.value) : [];
  return said(
    older.map(({ name }) => name),
    {
      severity: 'blocker',
      subject: node,
      what: `apt on ${node} would take ${countText(older.length, 'package')} to an older version`,
      seen: older.map(({ name, from, to }) => `${name} ${from ?? ''} to ${to}`).join('; '),
      next: `on ${node}: apt-cache policy ${older[0]?.name ?? ''}; take that pin below /etc/apt/preferences.d away, or hold the package`,
    },
  );
}

/** The package whose major version is that of the release: of Proxmox VE, and of Debian. */
const releases = [
  ['pve-manager', 'Proxmox VE'],
  ['base-files', 'Debian'],
] as const;

function crossings({ node, facts }: Heard): readonly Said[] {
  if (!facts.pending.known) return [];
  const { changes } = facts.pending.value;
  return releases.flatMap(([name, release]) => {
    const change = changes.find((candidate) => candidate.name === name);
    if (change?.from === undefined || majorOf(change.from) === majorOf(change.to)) return [];
    return [
      {
        severity: 'blocker' as const,
        subject: node,
        what: `apt on ${node} would cross to another release of ${release}`,
        seen: `${name} ${change.from} to ${change.to}`,
        next: `a new release is no patch: set the repositories of ${node} back to its own release, or upgrade the cluster by hand first`,
      },
    ];
  });
}
