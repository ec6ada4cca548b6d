/** What a whole run must have done, judged on the evidence alone. */
import { packagesOf } from './release.ts';
import type { Away, PackageChange, QuorumLine, Versions } from './evidence.ts';
import type { Suite } from './suite.ts';

export interface Verdict {
  readonly obligation: string;
  readonly held: boolean;
  /** What was seen, when it did not hold. */
  readonly seen: string;
}

export interface Evidence {
  readonly suite: Suite;
  readonly hosts: readonly string[];
  readonly after: ReadonlyMap<string, Versions>;
  readonly audit: ReadonlyMap<string, string>;
  /** Boot ids of each host, the first one first. */
  readonly boots: ReadonlyMap<string, readonly string[]>;
  readonly kernels: ReadonlyMap<string, string>;
  readonly changes: readonly PackageChange[];
  readonly away: readonly Away[];
  readonly quorum: readonly QuorumLine[];
  readonly guests: readonly GuestEvidence[];
  /** When all of it was up, before anything began. */
  readonly beganMs: number;
  readonly lastKernel: string;
}

export interface GuestEvidence {
  readonly vmid: number;
  readonly title: string;
  readonly home: string;
  readonly node: string;
  readonly running: boolean;
  readonly interruptions: number;
  /** Moves by a restart, or is stopped with its node by policy: then it may be interrupted. */
  readonly mayStop: boolean;
  readonly inHa: boolean;
}

export function judge(evidence: Evidence): readonly Verdict[] {
  const always = [
    verdict('every package of the new release is on every node', wrongVersions(evidence)),
    verdict(
      'dpkg has nothing half done',
      [...evidence.audit].filter(([, text]) => text.trim() !== '').map(([host, text]) => `${host}: ${text}`),
    ),
    verdict('every boot id changed exactly once', wrongBoots(evidence)),
    verdict('every node runs the new kernel', wrongKernels(evidence)),
    ...guestsAtHome(evidence),
  ];
  if (evidence.hosts.length === 1)
    return [
      ...always,
      verdict(
        'every guest was stopped once at most',
        interrupted(evidence, (guest) => guest.interruptions > 1),
      ),
    ];
  return [
    ...always,
    verdict(
      'no running VM was stopped',
      interrupted(evidence, (guest) => !guest.mayStop && guest.interruptions > 0),
    ),
    verdict('no node was patched while another was away', patchedMeanwhile(evidence)),
    verdict('no two nodes were patched or away at the same time', overlapping(evidence)),
    verdict('the node that carries proxroll was patched last', notLast(evidence)),
    verdict('quorum was never lost', quorumLost(evidence)),
  ];
}

/** What is true of the guests after every run, with trouble or without. */
export function guestsAtHome({ guests }: Evidence): readonly Verdict[] {
  return [
    verdict(
      'every guest runs',
      guests.filter(({ running }) => !running).map(({ title }) => title),
    ),
    verdict(
      'guests are back on their nodes',
      guests.filter(({ node, home, inHa }) => node !== home && !inHa).map(({ title, node }) => `${title} on ${node}`),
    ),
  ];
}

/** @param wrong what speaks against it */
export function verdict(obligation: string, wrong: readonly string[]): Verdict {
  return { obligation, held: wrong.length === 0, seen: wrong.join('; ') };
}

export function wrongVersions({ suite, after }: Evidence): string[] {
  return [...after].flatMap(([host, versions]) =>
    packagesOf(suite, 'v2').flatMap(({ name, version }) =>
      versions.get(name) === version ? [] : [`${host}: ${name} ${versions.get(name) ?? 'is missing'}`],
    ),
  );
}

function wrongBoots({ boots }: Evidence): string[] {
  return [...boots].flatMap(([host, ids]) => (ids.length === 2 && new Set(ids).size === 2 ? [] : [`${host}: ${ids.join(' ')}`]));
}

export function wrongKernels({ kernels, lastKernel }: Evidence): string[] {
  return [...kernels].flatMap(([host, kernel]) => (kernel === lastKernel ? [] : [`${host}: ${kernel}`]));
}

export function patchedMeanwhile({ changes, away }: Evidence): string[] {
  return away.flatMap(({ host, fromMs, toMs }) =>
    changes
      .filter((change) => change.host !== host && change.atMs >= fromMs && change.atMs <= toMs)
      .map((change) => `${change.name} on ${change.host} while ${host} was away`),
  );
}

/** Each node's time of trouble, from its first package to its return, must be over before the next one's begins. */
export function overlapping({ hosts, changes, away }: Evidence): string[] {
  const spans = hosts
    .map((host) => {
      const times = [
        ...changes.filter((change) => change.host === host).map(({ atMs }) => atMs),
        ...away.filter((each) => each.host === host).flatMap(({ fromMs, toMs }) => [fromMs, toMs]),
      ];
      return { host, fromMs: Math.min(...times), toMs: Math.max(...times) };
    })
    .filter(({ fromMs }) => Number.isFinite(fromMs))
    .sort((a, b) => a.fromMs - b.fromMs);
  return spans.flatMap((span, at) => {
    const next = spans[at + 1];
    return next !== undefined && next.fromMs < span.toMs ? [`${next.host} began before ${span.host} was done`] : [];
  });
}

export function notLast({ hosts, changes }: Evidence): string[] {
  const last = changes.at(-1)?.host;
  return last === hosts[0] ? [] : [`the last one was ${last ?? 'none'}`];
}

function interrupted({ guests }: Evidence, tooOften: (guest: GuestEvidence) => boolean): string[] {
  return guests.filter(tooOften).map(({ title, interruptions }) => `${title}: ${interruptions}`);
}

/** A host that boots is without quorum until it has met the others; at any other time nobody may be. */
export function quorumLost({ quorum, away, beganMs }: Evidence): string[] {
  return quorum
    .filter(({ atMs, quorate }) => quorate === false && atMs >= beganMs)
    .filter(({ atMs, host }) => !away.some((each) => each.host === host && atMs >= each.fromMs && atMs <= each.toMs))
    .map(({ host, atMs, text }) => `${host} at ${new Date(atMs).toISOString()}: ${text}`);
}
