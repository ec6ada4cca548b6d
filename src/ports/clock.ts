/** Time. Nothing else in the code may read a clock or set a timer; `test/tidy.test.ts` watches. */
export interface Clock {
  /** Milliseconds since the epoch. May jump: compare it only with what people wrote down. */
  now(): number;
  /** Milliseconds since some fixed moment of this process; never jumps. For durations and deadlines. */
  elapsed(): number;
  /** Resolves after `ms`, or at once when `signal` is already aborted or becomes so: a wait that is no longer wanted is over. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
