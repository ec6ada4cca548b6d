/** The machine's own time: the only file that reads a clock or sets a timer. */
import { performance } from 'node:perf_hooks';
import type { Clock } from '../ports/clock.ts';

// A longer timer fires at once (Node keeps the delay in a signed 32-bit number).
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    async sleep(ms, signal) {
      for (let left = ms; left > 0 && signal?.aborted !== true; left -= LONGEST_TIMER_MS)
        await timer(Math.min(left, LONGEST_TIMER_MS), signal);
    },
  };
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(handle);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const handle = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
