/** Waiting inside a step that does many things: look, act, look again, until it is done or its time is over. */
import { durationText } from '../model/duration.ts';
import type { Step } from '../model/step.ts';
import { ShellFailure } from '../ports/shell.ts';
import type { Context } from './context.ts';
import { isPassing } from './passing.ts';
import { silentPause } from './silence.ts';
import { stepLimits } from './step-limits.ts';
import { StopAsked } from './stop.ts';

export type Round = { readonly done: true } | { readonly done: false; readonly seen: string };

/** A node that reboots by itself is back by then. */
const tellMs = 5 * 60_000;

/**
 * Calls `round` until it is done. A round that got no answer counts as not done: nothing is concluded from silence, but when it lasts it is
 * said once.
 * @param untilMs on the clock's `elapsed`
 * @returns `done`, or what was seen last when the time is over
 * @throws Pause `host.silent` when a node has been silent for longer than the step allows; what is under way goes on without us
 * @throws StopAsked when a person asked to stop; the same is true then
 */
export async function repeat(step: Step, context: Context, untilMs: number, pollMs: number, round: () => Promise<Round>): Promise<Round> {
  const { clock } = context.site.ports;
  const { silenceMs = Number.POSITIVE_INFINITY } = stepLimits(step.kind, context.site.config);
  let heardMs = clock.elapsed();
  let told = false;
  for (;;) {
    const { error, ...result } = await attempt(round);
    const now = clock.elapsed();
    if (error === undefined) [heardMs, told] = [now, false];
    if (result.done || now >= untilMs) return result;
    if (context.stop.aborted) throw new StopAsked(step);
    if (error instanceof ShellFailure && now - heardMs >= silenceMs) throw silentPause(error.host, error, `, in the middle of ${step.id}`);
    if (!told && now - heardMs >= tellMs) {
      told = true;
      const mostMs = Math.min(untilMs - now, error instanceof ShellFailure ? heardMs + silenceMs - now : Number.POSITIVE_INFINITY);
      const what = `nothing could be done for ${durationText(now - heardMs)}: ${result.seen}`;
      const next = `see why; the run waits up to ${durationText(mostMs)} more, then it pauses`;
      await context.record({ type: 'warned', subject: step.node, what, next });
    }
    await clock.sleep(Math.min(pollMs, Math.max(0, untilMs - now)), context.stop);
  }
}

async function attempt(round: () => Promise<Round>): Promise<Round & { readonly error?: Error }> {
  try {
    return await round();
  } catch (error) {
    if (!isPassing(error)) throw error;
    return { done: false, seen: error.message, error };
  }
}
