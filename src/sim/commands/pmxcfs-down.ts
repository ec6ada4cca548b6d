/** What every PVE tool says while the cluster file system is not mounted (captures `pmxcfsdown-`). */
import type { Process } from '../process.ts';

/** @returns the exit code, when there is nothing more to do */
export function clusterFsDown(process: Process): number | undefined {
  if (process.world.pmxcfs.mounted(process.node)) return undefined;
  const refused = [1, 2, 3].map((at) => `ipcc_send_rec[${at}] failed: Connection refused`);
  return process.fail(111, ...refused, 'Unable to load access control list: Connection refused');
}
