/** What must hold when the run is over, whatever has been done to it on the way. */
import { putBack } from '../afterwards.ts';
import { guestsAtHome, overlapping, notLast, patchedMeanwhile, quorumLost, verdict, wrongKernels, wrongVersions } from '../verdict.ts';
import { first } from '../operator.ts';
import { pauseCodes } from '../../src/model/pause.ts';
import type { Interval } from '../evidence.ts';
import type { LabCluster } from '../cluster.ts';
import type { Evidence, Verdict } from '../verdict.ts';
import type { Ending } from './carry-on.ts';
import type { Stage } from './stage.ts';

export interface Struck {
  /** The nodes that were to be patched; all when missing. */
  readonly patched?: readonly string[];
  /** A node whose plug was pulled: its guests lost power with it. */
  readonly unplugged?: string;
  /** When a node's link was cut. */
  readonly cuts?: readonly (Interval & { readonly host: string })[];
}

/** Everything that a run must have done and given back at its end. */
export async function endedWell(stage: Stage, evidence: Evidence, ending: Ending, struck: Struck = {}): Promise<readonly Verdict[]> {
  const { cluster } = stage;
  const patched = struck.patched ?? evidence.hosts;
  const theirs: Evidence = { ...evidence, hosts: patched, after: only(evidence.after, patched), kernels: only(evidence.kernels, patched) };
  const cutAway = [...evidence.away, ...(struck.cuts ?? [])];
  return [
    verdict('the run ended as finished', ending.phase === 'finished' ? [] : [`it is ${ending.phase}`]),
    verdict(
      'every pause on the way stated its reason and what to do',
      ending.pauses.filter(({ code, next }) => !isCode(code) || next === '').map(({ code, what }) => `${code}: ${what}`),
    ),
    verdict('every package of the new release is on every node to be patched', wrongVersions(theirs)),
    verdict(
      'dpkg is whole on every node',
      [...evidence.audit].filter(([, text]) => text.trim() !== '').map(([host, text]) => `${host}: ${text}`),
    ),
    verdict('every node to be patched was rebooted exactly once', wrongReboots(cluster, patched)),
    verdict('no boot id changed for another cause than that reboot or the lab', wrongBoots(cluster, evidence)),
    verdict('every patched node runs the new kernel', wrongKernels(theirs)),
    ...guestsAtHome(evidence),
    verdict(
      struck.unplugged === undefined ? 'no VM was interrupted' : `no VM was interrupted but those that lost power with ${struck.unplugged}`,
      interrupted(stage, struck.unplugged),
    ),
    verdict('no node was patched while another was away', patchedMeanwhile(evidence)),
    verdict('no two nodes were patched or away at the same time', overlapping(theirs)),
    verdict('the node that carries proxroll was patched last', patched.includes(evidence.hosts[0] ?? '') ? notLast(evidence) : []),
    verdict('quorum was never lost but on a node cut off by the lab', quorumLost({ ...evidence, away: asAway(cutAway) })),
    ...(await putBack(cluster)),
    await noUnitLeft(cluster),
    await nothingOnLoan(cluster),
    await journalsWhole(cluster),
  ];
}

/** Transient units of a run, on any node. */
export async function noUnitLeft(cluster: LabCluster): Promise<Verdict> {
  const list = "systemctl list-units --all --plain --no-legend --no-pager 'proxroll-*'";
  const left = await Promise.all(
    cluster.nodes.map(async ({ name, address }) => {
      const lines = (await cluster.ssh.run(address, list)).split('\n').filter((line) => line !== '');
      return lines.filter((line) => !/^proxroll-(resume|lab-\w+)\.service /.test(line)).map((line) => `${name}: ${line}`);
    }),
  );
  return verdict('no transient unit of a run is left on any node', left.flat());
}

export async function nothingOnLoan(cluster: LabCluster): Promise<Verdict> {
  const said = (await cluster.ssh.run(first(cluster), 'proxroll loans')).trim();
  return verdict('proxroll loans: nothing is on loan', said === 'Nothing is on loan.' ? [] : [said]);
}

export async function journalsWhole(cluster: LabCluster): Promise<Verdict> {
  const { exitCode, stdout, stderr } = await cluster.ssh.try(first(cluster), 'proxroll history verify');
  return verdict('proxroll history verify: every journal is whole', exitCode === 0 ? [] : [`${stdout}${stderr}`.trim()]);
}

/** Reboots that were ordered, counted by how the host went down. */
function wrongReboots({ record }: LabCluster, patched: readonly string[]): string[] {
  return patched.flatMap((host) => {
    const { length } = record.entries.filter((entry) => entry.type === 'went-down' && entry.host === host && entry.how === 'reboot');
    return length === 1 ? [] : [`${host}: ${length} times`];
  });
}

/** One boot for each time a host was powered on, each with an id of its own. */
function wrongBoots({ record }: LabCluster, { boots }: Evidence): string[] {
  return [...boots].flatMap(([host, ids]) => {
    const { length } = record.entries.filter((entry) => entry.type === 'powered-on' && entry.host === host);
    return ids.length === length && new Set(ids).size === length ? [] : [`${host}: powered on ${length} times, booted ${ids.join(' ')}`];
  });
}

function interrupted({ world }: Stage, unplugged: string | undefined): string[] {
  return world.guests.all.flatMap((guest) => {
    if (guest.kind === 'lxc') return [];
    const told = guest.interruptions.filter(({ why }) => !(unplugged !== undefined && why === 'its node lost power'));
    return told.map(({ why }) => `${guest.title}: ${why}`);
  });
}

function asAway(intervals: readonly (Interval & { readonly host: string })[]): Evidence['away'] {
  return intervals;
}

function only<T>(of: ReadonlyMap<string, T>, hosts: readonly string[]): ReadonlyMap<string, T> {
  return new Map([...of].filter(([host]) => hosts.includes(host)));
}

function isCode(code: string): boolean {
  return pauseCodes.some((known) => known === code);
}
