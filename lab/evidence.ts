/** What is read off the hosts and the simulated cluster after a run: plain data, judged in `verdict.ts` and printed in `proof-text.ts`. */
import { packagesOf } from './release.ts';
import type { World } from '../src/sim/world.ts';
import type { LabCluster } from './cluster.ts';
import type { Recorded } from './record.ts';

/** One line of a host's own record of package changes. */
export interface PackageChange {
  readonly atMs: number;
  readonly host: string;
  readonly name: string;
  readonly version: string;
  readonly what: 'begins' | 'done';
}

/** One line of a host's own quorum log. */
export interface QuorumLine {
  readonly atMs: number;
  readonly host: string;
  readonly text: string;
  /** Missing for lines about the watch itself. */
  readonly quorate?: boolean;
}

export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From the moment another host's corosync missed it until its own saw all nodes again; a lone one from power to power. */
export interface Away extends Interval {
  readonly host: string;
}

/** Versions of the lab's packages on one host, with dpkg's state when that is not "installed". */
export type Versions = ReadonlyMap<string, string>;

export async function versionsOn(cluster: LabCluster, host: string): Promise<Versions> {
  const { suite } = cluster.plan;
  const names = new Set([...packagesOf(suite, 'v1'), ...packagesOf(suite, 'v2')].map(({ name }) => name));
  const answer = await cluster.ssh.run(cluster.node(host).address, "dpkg-query -W -f='${Package} ${Version} ${db:Status-Status}\\n'");
  const rows = answer.split('\n').map((line) => line.split(' '));
  return new Map(
    rows.flatMap(([name, version, state]) =>
      name !== undefined && names.has(name)
        ? [[name, state === 'installed' ? (version ?? '') : `${version ?? ''} (${state ?? ''})`] as const]
        : [],
    ),
  );
}

export async function packageChanges(cluster: LabCluster): Promise<readonly PackageChange[]> {
  const lines = await linesOf(cluster, '/var/log/proxroll-lab/packages.log');
  return lines.map(({ atMs, host, text }) => {
    const [name = '', version = '', what] = text.split(' ');
    return { atMs, host, name, version, what: what === 'begins' ? 'begins' : 'done' };
  });
}

export async function quorumLines(cluster: LabCluster): Promise<readonly QuorumLine[]> {
  const lines = await linesOf(cluster, '/var/log/proxroll-lab/quorum.log');
  return lines.map((line) => {
    const quorate = /^quorate=(\w+)/.exec(line.text)?.[1];
    return quorate === undefined ? line : { ...line, quorate: quorate === 'Yes' };
  });
}

/** Every time a host was away since `fromMs`. */
export function absences(cluster: LabCluster, fromMs: number): readonly Away[] {
  const { entries } = cluster.record;
  return entries.flatMap((down, at) => {
    if (down.type !== 'went-down' || down.atMs < fromMs) return [];
    const { index } = cluster.node(down.host);
    const back = entries.slice(at).find((later) => {
      if (later.host !== down.host) return false;
      if (cluster.nodes.length === 1) return later.type === 'booted';
      return later.type === 'quorum' && later.quorate && later.members.length === cluster.nodes.length;
    });
    // It leaves a moment before it is dark: all since the others last saw it.
    const views = entries
      .slice(0, at)
      .filter((entry): entry is Recorded & { type: 'quorum' } => entry.type === 'quorum' && entry.host !== down.host);
    const lastSeen = views.map(({ members }) => members.includes(index)).lastIndexOf(true);
    const missedMs = views[lastSeen + 1]?.atMs ?? down.atMs;
    return [{ host: down.host, fromMs: missedMs, toMs: back?.atMs ?? Number.POSITIVE_INFINITY }];
  });
}

/** Live and restart migrations that ended well. */
export function moves(world: World): readonly (Interval & { readonly vmid: number; readonly from: string; readonly to: string })[] {
  const { entries } = world.log;
  return entries.flatMap(({ event, atMs }, at) => {
    if (event.type !== 'migration.started') return [];
    const end = entries.slice(at).find((later) => 'vmid' in later.event && later.event.vmid === event.vmid && ends.has(later.event.type));
    if (end === undefined || end.event.type === 'migration.failed') return [];
    return [{ vmid: event.vmid, from: event.from, to: event.to, fromMs: atMs, toMs: end.atMs }];
  });
}

const ends: ReadonlySet<string> = new Set(['guest.runs', 'guest.moved', 'migration.failed']);

/** How much of time these intervals cover together, in milliseconds. */
export function covered(intervals: readonly Interval[]): number {
  let total = 0;
  let until = 0;
  for (const { fromMs, toMs } of [...intervals].sort((a, b) => a.fromMs - b.fromMs)) {
    total += Math.max(0, toMs - Math.max(fromMs, until));
    until = Math.max(until, toMs);
  }
  return total;
}

/** A log that every host keeps for itself: lines that begin with milliseconds since the epoch. */
export async function linesOf(cluster: LabCluster, path: string): Promise<readonly { atMs: number; host: string; text: string }[]> {
  const perHost = await Promise.all(
    cluster.nodes.map(async ({ name, address }) => {
      const text = await cluster.ssh.run(address, `if [ -e ${path} ]; then cat ${path}; fi`);
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((line) => ({ atMs: Number(line.slice(0, 13)), host: name, text: line.slice(14) }));
    }),
  );
  return perHost.flat().sort((a, b) => a.atMs - b.atMs);
}
