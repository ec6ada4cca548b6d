/** Setting the HA manager's own balancer, `crs` of datacenter.cfg (facts 3.7). */
import type { At } from './at.ts';
import { changes, mustRun } from './at.ts';
import { deadlines } from './deadlines.ts';

/** Writes the whole of `crs`; needs quorum. Moves that are under way go on. @throws CommandFailed, ShellFailure */
export async function setCrs(at: At, crs: string): Promise<void> {
  await mustRun(at, changes(deadlines.pvesh, 'pvesh', 'set', '/cluster/options', '--crs', crs));
}
