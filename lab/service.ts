/** The service from `systemctl start` to its end, over the reboot of its own node. */
import { first, tell } from './operator.ts';
import { until } from './ssh.ts';
import type { LabCluster } from './cluster.ts';

/** How long a whole run may take. */
const runDeadlineMs = 20 * 60_000;

/** How long a run that is not over may stand still without a service or a job that carries it. */
const strandedMs = 60_000;

export interface Ended {
  /** As `proxroll status --json` says, or that nobody carries it any more. */
  readonly phase: string;
  readonly memoryMib: number;
}

/** Starts the service and waits until neither it nor the one that resumes it has anything left to do. */
export async function serviceRun(cluster: LabCluster): Promise<Ended> {
  await tell(cluster, 'systemctl start proxroll.service && echo "started; the shell is free again"');
  return untilOver(cluster);
}

/** Waits until neither the service nor the one that resumes it has anything left to do. */
export async function untilOver(cluster: LabCluster): Promise<Ended> {
  let memoryKib = 0;
  let carriedMs = Date.now();
  const look = `pid=$(systemctl show --property=MainPID --value proxroll.service)
if [ "$pid" != 0 ]; then sed -n 's/^VmHWM:/memory/p' /proc/$pid/status; else echo "jobs $(systemctl list-jobs --no-legend | wc -l)"; proxroll status --json; fi`;
  const phase = await until(
    'the end of the run',
    runDeadlineMs,
    async () => {
      // No answer is what its own reboot looks like.
      const { exitCode, stdout } = await cluster.ssh.try(first(cluster), look, 10_000);
      memoryKib = Math.max(memoryKib, Number(/^memory\s+(\d+)/.exec(stdout)?.[1] ?? '0'));
      const idle = exitCode !== 255 && stdout.startsWith('jobs 0\n');
      if (!idle) carriedMs = Date.now();
      const seen = idle ? /"phase": "(\w+)"/.exec(stdout)?.[1] : undefined;
      if (seen !== undefined && seen !== 'running') return seen;
      return Date.now() - carriedMs > strandedMs ? 'stranded: nobody carries it' : undefined;
    },
    1_000,
  );
  return { phase, memoryMib: memoryKib / 1024 };
}
