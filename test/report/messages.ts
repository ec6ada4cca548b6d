/** The messages of a run, for the tests of everything that sends them. */
import type { Message } from '../../src/model/message.ts';
import { messageOf } from '../../src/report/message.ts';
import { fold } from '../../src/run/state.ts';
import { entriesOf, type Told } from './a-run.ts';

/** Every message of a run, in its order. */
export function messagesOf(told: readonly Told[]): readonly Message[] {
  const entries = entriesOf(told);
  return entries.flatMap((entry, index) => {
    const state = fold(entries.slice(0, index + 1));
    return state === undefined ? [] : (messageOf(entry, state) ?? []);
  });
}
