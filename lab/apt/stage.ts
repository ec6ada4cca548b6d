/** A lone booted node whose apt gets into situations one after the other, and the words in which each of them is tried and told. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabCluster } from '../cluster.ts';
import { install } from '../install.ts';
import { tell } from '../operator.ts';
import { packagesOf } from '../release.ts';
import { untilOver } from '../service.ts';
import { statusOf } from '../trouble/carry-on.ts';
import { journalsOn } from '../trouble/journal.ts';
import { verdict } from '../verdict.ts';
import { giveWorld } from '../world.ts';
import type { LabRun } from '../lab-run.ts';
import type { DebianPackage } from '../release.ts';
import type { Suite } from '../suite.ts';
import type { Status } from '../trouble/carry-on.ts';
import type { LabNode } from '../cluster.ts';
import type { Verdict } from '../verdict.ts';
import type { AptRow } from './outcomes.ts';

export interface AptStage {
  readonly cluster: LabCluster;
  readonly node: LabNode;
  readonly suite: Suite;
  /** What was seen so far, one row a judgement. */
  readonly rows: AptRow[];
}

/** One node without guests: nothing is drained, and what is left due is the reboot, so each situation takes seconds. */
export async function makeAptStage(labRun: LabRun, deb: string, suite: Suite): Promise<AptStage> {
  const cluster = await LabCluster.make({ suite, nodes: 1, firmwareMs: 2_000 }, labRun);
  await cluster.start();
  await giveWorld(cluster, {});
  await install(cluster, { deb });
  const stage: AptStage = { cluster, node: cluster.node('pve1'), suite, rows: [] };
  await configure(stage, []);
  return stage;
}

export async function configure({ node }: AptStage, lines: readonly string[]): Promise<void> {
  await writeFile(join(node.host.root, 'etc/proxroll/config.yaml'), ['reboot: never', ...lines, ''].join('\n'));
}

/** Runs a line on the node. @returns its stdout @throws Error when it fails */
export function on({ cluster, node }: AptStage, script: string): Promise<string> {
  return cluster.ssh.run(node.address, script, 120_000);
}

/** A package of the lab in a new version, with differences; the node sees it once its lists are fresh. */
export async function publish(
  { cluster, suite }: AptStage,
  name: string,
  round: number,
  differs: Partial<DebianPackage> = {},
): Promise<string> {
  const known = packagesOf(suite, 'v2').find((each) => each.name === name) ?? { name, version: '1.0' };
  const version = `${known.version}+round${round}`;
  await cluster.repository.add([{ ...known, version, ...differs }]);
  return version;
}

export interface Tried {
  /** What dpkg had installed before. */
  readonly before: ReadonlyMap<string, string>;
  readonly status: Status;
  /** All that proxroll said in the log of this run of the service. */
  readonly log: string;
  /** The run's own folder, when there was a run. */
  readonly folder: string | undefined;
}

/** Where a trial began: what dpkg had, and the end of the journal. */
export interface Beginning {
  readonly before: ReadonlyMap<string, string>;
  readonly cursor: string;
}

export async function begin(stage: AptStage): Promise<Beginning> {
  const cursor = (await on(stage, 'journalctl -n 1 --show-cursor --quiet --no-pager | sed -n "s/^-- cursor: //p"')).trim();
  return { before: await installedOn(stage), cursor };
}

/** `systemctl start proxroll`, to the end or the next pause. @param beginning where it began, when something was started before */
export async function tryRun(stage: AptStage, start = 'systemctl start proxroll.service', beginning?: Beginning): Promise<Tried> {
  const { cluster, node } = stage;
  const { before, cursor } = beginning ?? (await begin(stage));
  await tell(cluster, start);
  await untilOver(cluster);
  const log = await on(stage, `journalctl --after-cursor='${cursor}' -u proxroll --no-pager --output=cat`);
  const run = (await journalsOn(node)).at(-1)?.run;
  const folder = run === undefined ? undefined : join(node.host.root, 'var/lib/proxroll/runs', run);
  return { before, status: await statusOf(cluster), log, folder };
}

/** A file of the run's folder, `-` when it is not there. */
export async function runFile({ folder }: Tried, name: string): Promise<string> {
  if (folder === undefined || !(await readdir(folder)).includes(name)) return '-';
  return readFile(join(folder, name), 'utf8');
}

/** What a situation must come to. */
export interface Wanted {
  /** `blocked`: no run was begun. */
  readonly phase: string;
  /** Code of the pause. */
  readonly code?: string;
  /** What proxroll must say, in the log or in `said`. */
  readonly says: RegExp;
  /** Where it says it, when that is not the log. */
  readonly said?: string;
  /** Installed versions; `-` for a package that is not there. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Finding, decision and end state of one situation, an obligation each, and a row for the table. */
export async function judge(stage: AptStage, situation: string, tried: Tried, wanted: Wanted): Promise<readonly Verdict[]> {
  const { phase, paused } = tried.status;
  const blocked = /^nothing was started/m.test(tried.log);
  const decided = blocked ? 'blocked' : `${phase}${paused === undefined ? '' : ` ${paused.code}`}`;
  const asked = `${wanted.phase}${wanted.code === undefined ? '' : ` ${wanted.code}`}`;
  const finding = sentenceOf(wanted.said ?? tried.log, wanted.says);
  const now = await installedOn(stage);
  const audit = (await on(stage, 'dpkg --audit')).trim();
  const wrong = Object.entries(wanted.versions).flatMap(([name, version]) =>
    (now.get(name) ?? '-') === version ? [] : [`${name} is ${now.get(name) ?? '-'}, not ${version}`],
  );
  stage.rows.push({ situation, finding: finding ?? 'nothing', decision: decided, end: endText(tried.before, now, audit) });
  const halfDone = wanted.code === 'upgrade.failed';
  const versions = Object.entries(wanted.versions).map((pair) => pair.join(' '));
  return [
    verdict(
      `${situation}: it is ${asked}`,
      decided === asked ? [] : [`${decided}: ${paused?.what ?? ''}; ${paused?.seen ?? ''}; ${tried.log.slice(-600)}`],
    ),
    verdict(`${situation}: proxroll says ${wanted.says.source}`, finding === undefined ? [(wanted.said ?? tried.log).slice(-1500)] : []),
    verdict(`${situation}: the end is ${versions.join(', ') || 'as the beginning'}`, wrong),
    halfDone
      ? verdict(`${situation}: dpkg --audit names what is half done`, audit === '' ? ['it says nothing'] : [])
      : verdict(`${situation}: dpkg is whole`, audit === '' ? [] : [audit]),
  ];
}

/** Versions by package, of those that are installed or half installed. */
async function installedOn(stage: AptStage): Promise<ReadonlyMap<string, string>> {
  const lines = (await on(stage, "dpkg-query -W -f='${db:Status-Abbrev}\t${Package}\t${Version}\n'")).split('\n');
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [status, name, version] = line.split('\t');
      return status === undefined || name === undefined || version === undefined || /^.[nc]/.test(status) ? [] : [[name, version]];
    }),
  );
}

/** The line in which it stands, without what differs from run to run. */
function sentenceOf(text: string, says: RegExp): string | undefined {
  const line = text.split('\n').find((each) => says.test(each));
  return line
    ?.trim()
    .replace(/^(blocker|warning|info): pve1: /, '')
    .replace(/^pve1: /, '')
    .replace(/^run paused at \S+ /, '')
    .replace(/^run paused /, '')
    .replace(/^\[[a-z.-]+\]: /, '')
    .replace(/^pve\/pve1\//, '')
    .replace(/; (next|left): .*$/, '')
    .replace(/: \(Reading database .*$/, ')')
    .replaceAll(/\d\S*(\+round\d+)/g, 'VERSION$1')
    .replaceAll(/bookworm|trixie/g, 'SUITE')
    .replaceAll(/proxmox-kernel-\S*-pve/g, 'proxmox-kernel-VERSION-pve');
}

function endText(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>, audit: string): string {
  const names = [...now.keys()];
  const upgraded = names.filter((name) => before.has(name) && before.get(name) !== now.get(name));
  const fresh = names.filter((name) => !before.has(name));
  const gone = [...before.keys()].filter((name) => !now.has(name));
  const half = [...audit.matchAll(/^ ([a-z0-9][a-z0-9.+-]+)/gm)].map((match) => match[1]);
  return [
    ...listed(upgraded, 'upgraded'),
    ...listed(fresh, 'installed'),
    ...listed(gone, 'removed'),
    ...(upgraded.length + fresh.length + gone.length === 0 ? ['nothing changed'] : []),
    audit === '' ? 'dpkg whole' : `half configured: ${half.join(', ')}`,
  ].join('; ');
}

function listed(names: readonly string[], what: string): readonly string[] {
  if (names.length === 0) return [];
  return [names.length > 3 ? `${names.length} packages ${what}` : `${names.join(', ').replaceAll(/\d\S*-pve/g, 'VERSION-pve')} ${what}`];
}
