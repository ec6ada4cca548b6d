/** A lone booted node whose apt gets into situations one after the other, and the words in which each of them is tried and told. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabCluster } from '../cluster.ts';
import { install } from '../install.ts';
import { tell, told } from '../operator.ts';
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

export interface AptStage {
  readonly cluster: LabCluster;
  readonly node: LabNode;
  readonly suite: Suite;
}

/** One node without guests: nothing is drained, and what is left due is the reboot, so each situation takes seconds. */
export async function makeAptStage(labRun: LabRun, deb: string, suite: Suite): Promise<AptStage> {
  const cluster = await LabCluster.make({ suite, nodes: 1, firmwareMs: 2_000 }, labRun);
  await cluster.start();
  await giveWorld(cluster, {});
  await install(cluster, { deb });
  const stage = { cluster, node: cluster.node('pve1'), suite };
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
  readonly status: Status;
  /** All that proxroll said in the log of this run of the service. */
  readonly log: string;
  /** The run's own folder, when there was a run. */
  readonly folder: string | undefined;
}

/** `systemctl start proxroll`, to the end or the next pause. */
export async function tryRun(stage: AptStage, start = 'systemctl start proxroll.service'): Promise<Tried> {
  const { cluster, node } = stage;
  const cursor = (await on(stage, 'journalctl -n 1 --show-cursor --quiet --no-pager | sed -n "s/^-- cursor: //p"')).trim();
  await tell(cluster, start);
  await untilOver(cluster);
  const log = await on(stage, `journalctl --after-cursor='${cursor}' -u proxroll --no-pager --output=cat`);
  const run = (await journalsOn(node)).at(-1)?.run;
  const folder = run === undefined ? undefined : join(node.host.root, 'var/lib/proxroll/runs', run);
  return { status: await statusOf(cluster), log, folder };
}

/** A file of the run's folder, `-` when it is not there. */
export async function runFile({ folder }: Tried, name: string): Promise<string> {
  if (folder === undefined || !(await readdir(folder)).includes(name)) return '-';
  return readFile(join(folder, name), 'utf8');
}

/** The version of a package, `-` when it is not installed. */
export async function versionOf(stage: AptStage, name: string): Promise<string> {
  const { stdout } = await told(stage.cluster, `dpkg-query -W -f='\${db:Status-Abbrev}\${Version}' ${name}`);
  return /^[hi]i (.+)$/.exec(stdout)?.[1] ?? '-';
}

/** What a situation must come to. */
export interface Wanted {
  readonly phase: string;
  /** Code of the pause. */
  readonly code?: string;
  /** What the log must say. */
  readonly says?: RegExp;
  /** Installed versions. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Finding, decision and end state of one situation, an obligation each. */
export async function judge(stage: AptStage, name: string, tried: Tried, wanted: Wanted): Promise<readonly Verdict[]> {
  const { phase, paused } = tried.status;
  const decided = `${phase}${paused === undefined ? '' : ` ${paused.code}`}`;
  const asked = `${wanted.phase}${wanted.code === undefined ? '' : ` ${wanted.code}`}`;
  const text = tried.log.replaceAll(/\s+/g, ' ');
  const wrong: string[] = [];
  for (const [each, version] of Object.entries(wanted.versions)) {
    const seen = await versionOf(stage, each);
    if (seen !== version) wrong.push(`${each} is ${seen}, not ${version}`);
  }
  return [
    verdict(
      `${name}: decision is ${asked}`,
      decided === asked ? [] : [`${decided}: ${paused?.what ?? ''}; ${paused?.seen ?? ''}; ${tried.log.slice(-600)}`],
    ),
    ...(wanted.says === undefined
      ? []
      : [verdict(`${name}: it says ${wanted.says.source}`, wanted.says.test(text) ? [] : [tried.log.slice(-1500)])]),
    verdict(
      `${name}: end state is ${
        Object.entries(wanted.versions)
          .map((pair) => pair.join(' '))
          .join(', ') || 'untouched'
      }`,
      wrong,
    ),
    await whole(stage, name, wanted),
  ];
}

/** dpkg is whole, but where a pause says that it is not. */
async function whole(stage: AptStage, name: string, { code }: Wanted): Promise<Verdict> {
  const audit = (await on(stage, 'dpkg --audit')).trim();
  if (code === 'upgrade.failed') return verdict(`${name}: dpkg --audit names what is half done`, audit === '' ? ['it says nothing'] : []);
  return verdict(`${name}: dpkg is whole`, audit === '' ? [] : [audit]);
}
