/** A moment after which nobody waits any more, told by an abort signal; it can be put off when there was progress. */
import type { Clock } from '../ports/clock.ts';

export interface Deadline {
  /** Aborted when the deadline passes, never by `stop`. */
  readonly signal: AbortSignal;
  /** Starts anew: `ms` from now. Nothing happens when the deadline has passed or was stopped. */
  renew(ms: number): void;
  /** Ends the waiting; to be called in any case, or the timer keeps the process alive. */
  stop(): void;
}

export function deadline(clock: Clock, ms: number): Deadline {
  const passed = new AbortController();
  let timer = new AbortController();
  const start = (wait: number): void => {
    const mine = (timer = new AbortController());
    void clock.sleep(wait, mine.signal).then(() => {
      if (!mine.signal.aborted) passed.abort();
    });
  };
  start(ms);
  let stopped = false;
  return {
    signal: passed.signal,
    renew(wait) {
      if (stopped || passed.signal.aborted) return;
      timer.abort();
      start(wait);
    },
    stop() {
      stopped = true;
      timer.abort();
    },
  };
}
