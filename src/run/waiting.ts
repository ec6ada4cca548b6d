/**
 * Waiting for what a node needs before it can carry a run: its cluster file system, and quorum to lock the cluster. After a power
 * cut both may be away for as long as the slowest server boots. It is said once, and ends in a pause, never in a bare error.
 */
import { durationText } from '../model/duration.ts';
import { Pause, type PauseReason } from '../model/pause.ts';
import type { Clock } from '../ports/clock.ts';
import { isPassing } from './passing.ts';

export interface Wait {
  readonly clock: Clock;
  readonly patienceMs: number;
  readonly stop: AbortSignal;
  /** What cannot be done meanwhile: `the cluster cannot be locked`. */
  readonly what: string;
  readonly next: string;
  /** Called once, when it lasts. */
  readonly told: (reason: PauseReason) => Promise<void>;
  /** The cause in better words than the error's, where there is one; may fail. */
  readonly look?: () => Promise<string | undefined>;
}

const pollMs = 2000;
/** Shorter than this is a moment, and nobody needs to know. */
const momentMs = 15_000;

/** @returns what `attempt` returns as soon as it does @throws Pause `cluster.unready` when the patience ends, `asked` when somebody stops it, or a bug */
export async function untilReady<T>(wait: Wait, attempt: () => Promise<T>): Promise<T> {
  const { clock, patienceMs, stop, what, next } = wait;
  const beganMs = clock.elapsed();
  let told = false;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error)) throw error;
      const waitedMs = clock.elapsed() - beganMs;
      if (stop.aborted)
        throw new Pause('asked', { what: 'the run was asked to stop', seen: `${what}: ${await seenBehind(wait, error)}`, next });
      if (waitedMs >= patienceMs)
        throw new Pause('cluster.unready', { what, seen: `${await seenBehind(wait, error)}, for ${durationText(waitedMs)}`, next });
      if (!told && waitedMs >= momentMs) {
        told = true;
        await wait.told({ what, seen: `${await seenBehind(wait, error)}; it is tried for ${durationText(patienceMs)}`, next });
      }
      await clock.sleep(pollMs, stop);
    }
  }
}

async function seenBehind({ look }: Wait, error: Error): Promise<string> {
  if (look === undefined) return error.message;
  try {
    return (await look()) ?? error.message;
  } catch (worse) {
    if (!isPassing(worse)) throw worse;
    return error.message;
  }
}
