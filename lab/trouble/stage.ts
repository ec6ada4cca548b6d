/** The cluster that gets into trouble: booted, with guests, proxroll installed on its node, and an upgrade to find. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabCluster } from '../cluster.ts';
import { install, publishUpgrade } from '../install.ts';
import { first } from '../operator.ts';
import { giveWorld, usualGuests } from '../world.ts';
import type { World } from '../../src/sim/world.ts';
import type { LabNode } from '../cluster.ts';
import type { LabRun } from '../lab-run.ts';

export interface TroublePlan {
  readonly labRun: LabRun;
  /** Path of the package. */
  readonly deb: string;
  /** Chooses the random moments. */
  readonly seed: number;
}

export interface Stage {
  readonly cluster: LabCluster;
  readonly world: World;
  /** When all of it was up, before anything began. */
  readonly beganMs: number;
  /** The node that carries proxroll. */
  readonly carrier: LabNode;
}

export interface StageWishes {
  /** Lines of /etc/proxroll/config.yaml; none when missing. */
  readonly config?: readonly string[];
  /** Whether the nodes have something to install from the start. */
  readonly upgrade?: boolean;
}

export async function makeStage(plan: TroublePlan, { config, upgrade = true }: StageWishes = {}): Promise<Stage> {
  const cluster = await LabCluster.make({ suite: 'trixie', nodes: 3, firmwareMs: 2_000 }, plan.labRun);
  await cluster.start();
  const world = await giveWorld(cluster, usualGuests(3));
  const beganMs = Date.now();
  await install(cluster, { deb: plan.deb });
  if (upgrade) await publishUpgrade(cluster);
  const stage = { cluster, world, beganMs, carrier: cluster.node('pve1') };
  if (config !== undefined) await configure(stage, config);
  return stage;
}

/** Writes the configuration of proxroll on a node. */
export async function configure({ cluster }: Stage, lines: readonly string[], node = 'pve1'): Promise<void> {
  await writeFile(join(cluster.node(node).host.root, 'etc/proxroll/config.yaml'), lines.map((line) => `${line}\n`).join(''));
  console.log(`\n/etc/proxroll/config.yaml on ${node}:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

/** Runs a line on the node that carries proxroll. @returns its stdout @throws Error when it fails */
export function onCarrier({ cluster }: Stage, script: string): Promise<string> {
  return cluster.ssh.run(first(cluster), script, 60_000);
}

/** One line about what the lab does, with the time since everything was up. */
export function say({ beganMs }: Pick<Stage, 'beganMs'>, text: string): void {
  console.log(`  ! ${((Date.now() - beganMs) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}
