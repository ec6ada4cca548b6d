/** What can befall the process that carries the run, its disk and its clock. */
import type { Fault } from './fault.ts';

export const agentFaults = {
  /** Lab: `systemctl kill -s KILL`. */
  kill: (restartAfterMs?: number): Fault => ({
    title: 'agent killed',
    strike: ({ agent }) => {
      agent.kill();
      if (restartAfterMs !== undefined) agent.startAfter(restartAfterMs);
    },
  }),
  /** SIGKILL in the middle of the next line it writes. */
  killInWrite: (restartAfterMs?: number): Fault => ({
    title: 'agent killed in the middle of its next line',
    strike: ({ agent }) => {
      const { disk } = agent;
      disk.onWrite = () => {
        disk.onWrite = undefined;
        disk.timers.after(1, () => {
          agent.kill();
          if (restartAfterMs !== undefined) agent.startAfter(restartAfterMs);
        });
      };
    },
  }),
  /** Lab: a size-limited tmpfs. */
  diskFull: (): Fault => ({ title: 'disk full', strike: ({ agent }) => (agent.disk.freeBytes = 0) }),
  diskRoomy: (): Fault => ({ title: 'disk has room again', strike: ({ agent }) => (agent.disk.freeBytes = Number.POSITIVE_INFINITY) }),
  clockJumps: (ms: number): Fault => ({ title: `clock jumps by ${ms / 1000} s`, strike: ({ agent }) => (agent.clockJumpMs += ms) }),
} as const;
