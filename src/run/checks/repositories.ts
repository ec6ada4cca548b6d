/** Where packages come from: the own release only, the same on all nodes, and nothing that will be refused (facts 6.5). */
import type { RepositoryFacts } from '../../model/node.ts';
import type { Check, CheckContext, Heard, Said } from './scope.ts';
import { listText, notKnown } from './scope.ts';

const debianReleases = ['buster', 'bullseye', 'bookworm', 'trixie', 'forky', 'duke', 'sid'];
/** Names that mean another release from one day to the next. */
const floating = ['oldstable', 'stable', 'testing', 'unstable'];

export const checkRepositories: Check = (context) =>
  context.hosts.flatMap((host) => {
    const { node, facts } = host;
    if (!facts.repositories.known) return [notKnown(node, `the repositories of ${node} are unknown`, facts.repositories.why)];
    return [
      ...foreignReleases(host, facts.repositories.value),
      ...unauthenticated(host, facts.repositories.value),
      ...unlikeOthers(host, facts.repositories.value, context),
      ...withoutProxmox(host, facts.repositories.value),
    ];
  });

export const checkSubscription: Check = ({ hosts }) =>
  hosts.flatMap(({ node, facts }) => {
    const enterprise = facts.repositories.known ? facts.repositories.value.filter(isEnterprise) : [];
    if (enterprise.length === 0 || (facts.subscribed.known && facts.subscribed.value)) return [];
    if (!facts.subscribed.known)
      return [
        notKnown(node, `it is unknown whether ${node} has the subscription that its enterprise repository wants`, facts.subscribed.why),
      ];
    return [
      {
        severity: 'blocker',
        subject: node,
        what: `${node} uses the enterprise repository without a subscription`,
        seen: `${listText([...new Set(enterprise.map((row) => `${row.uri} ${row.suite}`))])}; no key is installed`,
        next: `install the subscription key on ${node}, or change it to the no-subscription repository`,
      },
    ];
  });

function foreignReleases({ node, facts }: Heard, rows: readonly RepositoryFacts[]): readonly Said[] {
  if (!facts.codename.known) return [notKnown(node, `the Debian release of ${node} is unknown`, facts.codename.why)];
  const own = facts.codename.value;
  const foreign = rows.filter((row) => {
    const release = releaseOf(row.suite);
    return (release !== undefined && release !== own) || (floating.includes(pocketless(row.suite)) && isOfficial(row));
  });
  if (foreign.length === 0) return [];
  const rowsText = [...new Set(foreign.map((row) => `${row.uri} ${row.suite}`))];
  return [
    {
      severity: 'blocker',
      subject: node,
      what: `${node} would get packages of another Debian release`,
      seen: `${node} runs ${own}; it is given ${listText(rowsText)}`,
      next: `change these entries below /etc/apt on ${node} to ${own}; a new release is an upgrade of its own, not a patch`,
    },
  ];
}

/** Where signatures are not checked, anybody on the way can put packages in. apt takes such a repository only where it is told to. */
function unauthenticated({ node }: Heard, rows: readonly RepositoryFacts[]): readonly Said[] {
  const untrusted = rows.filter((row) => row.trusted === false);
  if (untrusted.length === 0) return [];
  return [
    {
      severity: 'blocker',
      subject: node,
      what: `${node} takes packages that nobody has authenticated`,
      seen: `no valid signature: ${listText([...new Set(untrusted.map((row) => `${row.uri} ${row.suite}`))])}`,
      next: `on ${node}: install the key of that repository (Signed-By) and take allow-insecure away, or disable it`,
    },
  ];
}

/** Compared with the own node, or with the first that answered: one node that differs is named once. */
function unlikeOthers({ node }: Heard, rows: readonly RepositoryFacts[], { allHosts, snapshot, config }: CheckContext): readonly Said[] {
  const peers = allHosts.filter((host) => host.facts.repositories.known && !config.excluded_nodes.includes(host.node));
  const model = peers.find((host) => host.node === snapshot.ownNode) ?? peers[0];
  // The own node is the measure of the others; in its own turn it is compared with one of them.
  const other = model?.node === node ? undefined : model;
  if (other?.facts.repositories.known !== true) return [];
  const theirs = other.facts.repositories.value;
  const suites = difference(suitesOf(rows), suitesOf(theirs));
  if (suites !== undefined)
    return [
      {
        severity: 'blocker',
        subject: node,
        what: `the suites of ${node} differ from those of ${other.node}`,
        seen: differenceText(suites, node, other.node),
        next: `make the entries below /etc/apt on ${node} and ${other.node} alike, so that both get the same packages`,
      },
    ];
  const components = difference(componentsOf(rows), componentsOf(theirs));
  if (components === undefined) return [];
  return [
    {
      severity: 'warning',
      subject: node,
      what: `the repositories of ${node} differ from those of ${other.node}`,
      seen: differenceText(components, node, other.node),
      next: `see whether ${node} and ${other.node} are meant to get different packages`,
    },
  ];
}

function withoutProxmox({ node }: Heard, rows: readonly RepositoryFacts[]): readonly Said[] {
  if (
    rows.some((row) => /^(pve-enterprise|pve-no-subscription|pve-test|pvetest)$/.test(row.component) || /\/debian\/pve\/?$/.test(row.uri))
  )
    return [];
  return [
    {
      severity: 'warning',
      subject: node,
      what: `${node} has no Proxmox VE repository`,
      seen: rows.length === 0 ? 'apt knows no repository at all' : `it has ${listText([...new Set(rows.map((row) => row.component))])}`,
      next: `add the pve-no-subscription or the pve-enterprise repository on ${node}, else it gets no updates of Proxmox VE`,
    },
  ];
}

interface Difference {
  readonly more: readonly string[];
  readonly less: readonly string[];
}

function difference(here: ReadonlySet<string>, there: ReadonlySet<string>): Difference | undefined {
  const more = [...here].filter((word) => !there.has(word)).sort();
  const less = [...there].filter((word) => !here.has(word)).sort();
  return more.length + less.length === 0 ? undefined : { more, less };
}

function differenceText({ more, less }: Difference, here: string, there: string): string {
  return [
    ...(more.length === 0 ? [] : [`only on ${here}: ${listText(more)}`]),
    ...(less.length === 0 ? [] : [`only on ${there}: ${listText(less)}`]),
  ].join('; ');
}

/** Suites named after a Debian release; a third party's `stable` says nothing about the system. */
function suitesOf(rows: readonly RepositoryFacts[]): ReadonlySet<string> {
  return new Set(rows.map((row) => row.suite).filter((suite) => releaseOf(suite) !== undefined));
}

function componentsOf(rows: readonly RepositoryFacts[]): ReadonlySet<string> {
  return new Set(rows.map((row) => `${row.suite} ${row.component}`));
}

function releaseOf(suite: string): string | undefined {
  const name = pocketless(suite);
  return debianReleases.includes(name) ? name : undefined;
}

/** `trixie` of `trixie-security` and of the older `buster/updates`. */
function pocketless(suite: string): string {
  return suite.split(/[-/]/)[0] ?? suite;
}

function isOfficial(row: RepositoryFacts): boolean {
  return /\b(debian\.org|proxmox\.com)\b/.test(row.uri);
}

function isEnterprise(row: RepositoryFacts): boolean {
  return row.component === 'pve-enterprise' || /^https?:\/\/enterprise\.proxmox\.com\//.test(row.uri);
}
