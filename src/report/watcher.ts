/** Somebody who watches a run go on. */
import type { Entry } from '../model/event.ts';
import type { RunState } from '../run/state.ts';

export interface Watcher {
  /** One more entry is in the journal. @param state with it */
  entry(entry: Entry, state: RunState): void;
  /** Time has passed. @param nowMs by the clock that the run lives by, which in the demo is not ours */
  tick(nowMs: number): void;
  /** Runs before this one, that tell how long things usually take. */
  learn?(earlier: readonly RunState[]): void;
  /** Nothing more will come; the screen is left as it is. */
  end(): void;
}
