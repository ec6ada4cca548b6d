/** What an operator types on the first node, shown with its answer as it would be seen there. */
import type { LabCluster } from './cluster.ts';

/** The address of the node that carries proxroll. */
export function first(cluster: LabCluster): string {
  return cluster.node('pve1').address;
}

/** Runs a line on the first node and shows what an operator would see. @returns its exit code */
export async function tell(cluster: LabCluster, script: string): Promise<number> {
  const { exitCode, stdout, stderr } = await cluster.ssh.try(first(cluster), script, 120_000);
  console.log(`\nroot@pve1:~# ${script}\n${stdout}${stderr}${exitCode === 0 ? '' : `(exit code ${exitCode})\n`}`);
  return exitCode;
}

/** The same for what has to succeed. @throws Error */
export async function tellMust(cluster: LabCluster, script: string): Promise<void> {
  const exitCode = await tell(cluster, script);
  if (exitCode !== 0) throw new Error(`the lab cannot go on: ${script} failed with exit code ${exitCode}`);
}
