/** Waiting inside a step that does many things: look, act, look again, until it is done or its time is over. */
import type { Step } from '../model/step.ts';
import type { Context } from './context.ts';
import { isPassing } from './passing.ts';
import { StopAsked } from './stop.ts';

export type Round = { readonly done: true } | { readonly done: false; readonly seen: string };

/**
 * Calls `round` until it is done. A round that got no answer counts as not done: nothing is concluded from silence.
 * @param untilMs on the clock's `elapsed`
 * @returns `done`, or what was seen last when the time is over
 * @throws StopAsked when a person asked to stop; what is under way goes on without us
 */
export async function repeat(step: Step, context: Context, untilMs: number, pollMs: number, round: () => Promise<Round>): Promise<Round> {
  const { clock } = context.site.ports;
  for (;;) {
    const result = await attempt(round);
    if (result.done || clock.elapsed() >= untilMs) return result;
    if (context.stop.aborted) throw new StopAsked(step);
    await clock.sleep(Math.min(pollMs, Math.max(0, untilMs - clock.elapsed())), context.stop);
  }
}

async function attempt(round: () => Promise<Round>): Promise<Round> {
  try {
    return await round();
  } catch (error) {
    if (!isPassing(error)) throw error;
    return { done: false, seen: error.message };
  }
}
