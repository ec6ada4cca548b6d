/** Small programs that tell one thing about their host: `uname`, `date`, `timedatectl`, `hostname`, `true`. */
import type { Process } from '../process.ts';

export function uname(process: Process): number {
  const { node } = process;
  process.out(process.argv.includes('-r') ? node.runningKernel : 'Linux');
  return 0;
}

/** `date +%s%3N`: milliseconds since the epoch, by the host's own clock. */
export function date(process: Process): number {
  const now = process.world.timers.now() + process.node.clockOffsetMs;
  const format = process.argv[1];
  process.out(format === '+%s%3N' ? `${Math.round(now)}` : format === '+%s' ? `${Math.floor(now / 1000)}` : process.world.longTime(now));
  return 0;
}

export function timedatectl(process: Process): number {
  const { clockSynchronised } = process.node;
  const value = clockSynchronised ? 'yes' : 'no';
  process.out(process.argv.includes('--value') ? value : `NTPSynchronized=${value}`);
  return 0;
}

export function hostname(process: Process): number {
  process.out(process.node.name);
  return 0;
}

export function trueProgram(): number {
  return 0;
}
