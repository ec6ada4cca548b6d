/**
 * What a person asks of the run while it goes on. It is a file, so that it needs no connection to the process and survives
 * its death; the run reads it before each step.
 */
import { Pause } from '../model/pause.ts';
import type { Store } from '../ports/store.ts';

/** `pause`: keep your place after the step in flight. `stop`: at the next safe point give everything back and end. */
export type Wish = 'pause' | 'stop';

const path = 'control';

/** Durable when it resolves; heard before the next step. */
export async function tellRun(store: Store, wish: Wish): Promise<void> {
  await store.write(path, `${wish}\n`);
}

/** What the run is asked for now. A file that says anything else is taken for the more careful wish. */
export async function wishNow(store: Store): Promise<Wish | 'nothing'> {
  const text = await store.read(path);
  if (text === undefined) return 'nothing';
  return text.trim() === 'stop' ? 'stop' : 'pause';
}

/** The wish was heard, or is over with the run it was meant for. */
export async function forgetWish(store: Store): Promise<void> {
  await store.remove(path);
}

/** The run was asked to end: whoever catches this gives back what is borrowed. */
export class StopWished extends Error {
  override readonly name = 'StopWished';
}

/** The run was asked to pause. @param seen where it stands */
export function pauseWished(seen: string): Pause {
  return new Pause('asked', { what: 'the run was asked to pause', seen, next: 'go on with: proxroll resume' });
}
