/** `pvesr status`, with `env TZ=UTC` before it: the replication jobs of this node's guests (facts 1.9). */
import type { Process } from '../process.ts';
import { clusterFsDown } from './pmxcfs-down.ts';

/** `env NAME=VALUE... PROGRAM...`, for the one program that is asked that way. */
export function env(process: Process): number {
  const words = process.argv.slice(1).filter((word) => !word.includes('='));
  if (words[0] === 'pvesr' && words[1] === 'status') return pvesrStatus(process);
  return process.fail(127, `env: '${words[0] ?? ''}': No such file or directory`);
}

function pvesrStatus(process: Process): number {
  const down = clusterFsDown(process);
  if (down !== undefined) return down;
  const { world, node } = process;
  process.out('JobID      Enabled    Target                           LastSync             NextSync   Duration  FailCount State');
  for (const guest of world.guests.on(node.name))
    for (const [at, [target, { syncedAtMs, error, disabled }]] of [...guest.replicas].entries()) {
      const last = syncedAtMs === undefined ? '-' : world.dateTime(syncedAtMs).replace(' ', '_');
      const cells = [
        `${guest.vmid}-${at}`.padEnd(10),
        (disabled === true ? 'No' : 'Yes').padEnd(10),
        `local/${target}`.padEnd(32),
        last.padStart(20),
        'pending'.padStart(20),
        '2.51'.padStart(10),
        `${error === undefined ? 0 : 3}`.padStart(10),
        error ?? 'OK',
      ];
      process.out(cells.join(' '));
    }
  return 0;
}
