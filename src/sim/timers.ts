/** What the simulated world needs of time. Virtual in tests, `demo` and `rehearse`; real in the lab. */
export interface Timers {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `wake` once, `ms` from now and never before the caller has returned. @returns a function that calls it off */
  after(ms: number, wake: () => void): () => void;
}
