/** What an operator types on the first node, shown with its answer as it would be seen there. */
import type { LabCluster } from './cluster.ts';
import type { Outcome } from './command.ts';

/** The address of the node that carries proxroll. */
export function first(cluster: LabCluster): string {
  return cluster.node('pve1').address;
}

/** Runs a line on the first node and shows what an operator would see. @returns its exit code */
export async function tell(cluster: LabCluster, script: string): Promise<number> {
  return (await told(cluster, script)).exitCode;
}

/** The same on any node. @returns all of the answer */
export async function told(cluster: LabCluster, script: string, node = 'pve1'): Promise<Outcome> {
  const outcome = await cluster.ssh.try(cluster.node(node).address, script, 120_000);
  const { exitCode, stdout, stderr } = outcome;
  console.log(`\nroot@${node}:~# ${script}\n${stdout}${stderr}${exitCode === 0 ? '' : `(exit code ${exitCode})\n`}`);
  return outcome;
}

/** The same for what has to succeed. @throws Error */
export async function tellMust(cluster: LabCluster, script: string, node = 'pve1'): Promise<void> {
  const { exitCode } = await told(cluster, script, node);
  if (exitCode !== 0) throw new Error(`the lab cannot go on: ${script} failed with exit code ${exitCode}`);
}
