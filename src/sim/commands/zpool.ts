/** `zpool status -x`: whether all pools are well. */
import type { Process } from '../process.ts';

export function zpool(process: Process): number {
  if (process.argv[1] !== 'status') return process.fail(2, `unrecognized command '${process.argv[1] ?? ''}'`);
  process.write(texts[process.node.zfs]);
  return 0;
}

const texts = {
  absent: 'no pools available\n',
  healthy: 'all pools are healthy\n',
  degraded: `  pool: rpool
 state: DEGRADED
status: One or more devices could not be used because the label is missing or
	invalid.  Sufficient replicas exist for the pool to continue
	functioning in a degraded state.
action: Replace the device using 'zpool replace'.
config:

	NAME        STATE     READ WRITE CKSUM
	rpool       DEGRADED     0     0     0
	  mirror-0  DEGRADED     0     0     0
	    sda3    ONLINE       0     0     0
	    sdb3    UNAVAIL      0     0     0

errors: No known data errors
`,
} as const;
