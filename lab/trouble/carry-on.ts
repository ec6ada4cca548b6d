/** From a trouble to the end of the run: what `proxroll status` says, and what an operator does at a pause. */
import { z } from 'zod';
import { first, tell, told } from '../operator.ts';
import { untilOver } from '../service.ts';
import type { LabCluster } from '../cluster.ts';
import type { Stage } from './stage.ts';

const pausedShape = z.object({ code: z.string(), what: z.string(), seen: z.string(), next: z.string(), step: z.string().optional() });

const statusShape = z.object({
  phase: z.string(),
  run: z.string().optional(),
  carried: z.boolean().optional(),
  paused: pausedShape.optional(),
  loans: z.array(z.object({ kind: z.string(), what: z.string(), byHand: z.string() })).default([]),
  nodes: z.array(z.object({ node: z.string(), status: z.string() })).default([]),
});

export type Paused = z.infer<typeof pausedShape>;
export type Status = z.infer<typeof statusShape>;

export interface Ending {
  readonly phase: string;
  /** Every pause on the way, in order. */
  readonly pauses: readonly Paused[];
  readonly resumes: number;
}

/** `proxroll status --json`, of the node that carries the run unless another is named. */
export async function statusOf(cluster: LabCluster, node = 'pve1'): Promise<Status> {
  const { stdout, stderr } = await cluster.ssh.try(cluster.node(node).address, 'proxroll status --json', 30_000);
  try {
    return statusShape.parse(JSON.parse(stdout));
  } catch (error) {
    throw new Error(`proxroll status --json on ${node} cannot be read: ${stdout}${stderr}`, { cause: error });
  }
}

/**
 * Waits for the run to be over. At a pause it shows `proxroll status`, lets `repair` do what an operator would, and resumes.
 * @param most how often it may pause; then it stays as it is
 */
export async function carryOn(stage: Stage, repair: (paused: Paused) => Promise<void>, most = 4): Promise<Ending> {
  const { cluster } = stage;
  const pauses: Paused[] = [];
  for (let resumes = 0; ; resumes += 1) {
    const { phase } = await untilOver(cluster);
    const { paused } = await statusOf(cluster);
    if (paused !== undefined) pauses.push(paused);
    if (phase === 'finished' || phase === 'abandoned' || resumes === most) return { phase, pauses, resumes };
    await tell(cluster, 'proxroll status');
    if (paused !== undefined) await repair(paused);
    await tell(cluster, 'proxroll resume');
  }
}

/** A repair for pauses that need none but time. */
export function nothingToRepair(): Promise<void> {
  return Promise.resolve();
}

/** Types what a pause names for a node: `on pve1: COMMAND, then COMMAND; then: proxroll resume`. @throws Error when it names nothing */
export async function asThePauseSays(cluster: LabCluster, { next }: Paused): Promise<void> {
  const [, node, words] = /^on (\S+): (.+)[,;] then: proxroll resume$/.exec(next) ?? [];
  const command = words?.split(';')[0]?.replaceAll(', then ', ' && ');
  if (node === undefined || command === undefined) throw new Error(`this pause names no command to type: ${next}`);
  // A person answers apt's question; here nobody does, so "yes" is piped in.
  await told(cluster, `yes | (export DEBIAN_FRONTEND=noninteractive; ${command})`, node);
}

/** `systemctl start` returns when systemd has it, whatever becomes of it. */
export async function startService(cluster: LabCluster): Promise<void> {
  await cluster.ssh.run(first(cluster), 'systemctl start proxroll.service');
}
