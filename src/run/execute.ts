/**
 * Carries out one step: journal *started* with what was remembered, run, wait until satisfied, journal *done*. It decides
 * nothing. A step found in flight is asked first whether it happened; only a clear no runs it again.
 */
import type { Remembered } from '../model/event.ts';
import { Pause } from '../model/pause.ts';
import type { Step } from '../model/step.ts';
import type { Context } from './context.ts';
import type { Handler, Handlers, Satisfaction } from './handler.ts';
import { pauseWished, StopWished } from './control.ts';
import { isPassing } from './passing.ts';
import { silentPause } from './silence.ts';
import { stepLimits } from './step-limits.ts';
import { StopAsked } from './stop.ts';

/** What is not there after so long takes minutes. */
const patienceMs = 60_000;

/** @throws Pause, StopAsked, StoreFull, or a bug; after each the journal tells how far the step got */
export async function executeStep(step: Step, handlers: Handlers, context: Context): Promise<void> {
  const handler = handlers[step.kind] as Handler<Step>;
  const state = context.state().steps.get(step.id);
  if (state?.status === 'done') return;
  if (state?.status !== 'in-flight') await heedWish(step, context);
  const { clock } = context.site.ports;
  const started = clock.elapsed();
  const { deadlineMs, attempts } = stepLimits(step.kind, context.site.config);
  const until = started + deadlineMs;
  const done = (how: 'ran' | 'found-done', detail?: string) =>
    context.record({
      type: 'step.done',
      step: step.id,
      how,
      tookMs: clock.elapsed() - started,
      ...(detail === undefined ? {} : { detail }),
    });

  let remembered: Remembered;
  let mayRun = true;
  if (state?.status === 'in-flight') {
    remembered = state.remembered;
    const found = await untilAnswered(step, handler, remembered, context, until);
    if (found.yes) return done('found-done', found.detail);
  } else {
    remembered = await untilRemembered(step, handler, context, until);
    await context.record({ type: 'step.started', step: step.id, why: step.why, remembered });
  }
  for (let attempt = 1; ; attempt += 1) {
    let failure: string | undefined;
    if (mayRun) failure = await tryRun(step, handler, remembered, context);
    mayRun = false;
    const found = await untilSettled(step, handler, remembered, context, until, failure);
    if (found.yes) return done('ran', found.detail);
    if (attempt === attempts)
      throw new Pause(
        handler.late(step, found.seen).code,
        handler.late(step, `${found.seen} (${attempts === 1 ? 'one attempt' : `${attempts} attempts`})`).reason,
      );
    await context.record({ type: 'step.retried', step: step.id, detail: found.seen });
    mayRun = true;
    await waitOrLate(step, handler, context, until, found.seen, 'afterMs' in found ? found.afterMs : undefined);
  }
}

/** Steps that put a node right again: a run that is to end goes through them first, or it would leave the node half way. */
const putsRight = ['guard-off', 'rejoin', 'keep-kernel', 'protect-off', 'maintenance-off', 'return', 'balancer-on'];

/** Between two steps is where a person is heard. @throws Pause, StopWished */
async function heedWish(step: Step, context: Context): Promise<void> {
  const wish = await context.wish();
  if (wish === 'pause') throw pauseWished(`it stands before ${step.id}`);
  if (wish === 'stop' && !putsRight.includes(step.kind)) throw new StopWished(`asked to stop before ${step.id}`);
}

/** @returns what went wrong in passing, or nothing when it ran */
async function tryRun(step: Step, handler: Handler<Step>, remembered: Remembered, context: Context): Promise<string | undefined> {
  try {
    await handler.run(step, remembered, context);
    return undefined;
  } catch (error) {
    if (!isPassing(error)) throw error;
    return error.message;
  }
}

/**
 * Asks until the step is satisfied. A broken connection may hide a success, so after a failed run it is asked as well;
 * only when the answer then is a clear no is the step run again.
 */
async function untilSettled(
  step: Step,
  handler: Handler<Step>,
  remembered: Remembered,
  context: Context,
  until: number,
  failure: string | undefined,
): Promise<Satisfaction> {
  let seen = failure ?? '';
  let heardMs = context.site.ports.clock.elapsed();
  for (;;) {
    const found = await ask(step, handler, remembered, context);
    if (!found.answered) demandHeard(step, context, heardMs, found.error);
    if (found.answered) {
      heardMs = context.site.ports.clock.elapsed();
      if (found.answer.yes) return found.answer;
      seen = failure === undefined ? found.answer.seen : failure;
      if ('again' in found.answer && failure === undefined) return found.answer;
      if (failure !== undefined) return { yes: false, seen };
    } else seen = found.error.message;
    await waitOrLate(step, handler, context, until, seen);
  }
}

/** For a step found in flight: yes or no, but never "no answer". */
async function untilAnswered(
  step: Step,
  handler: Handler<Step>,
  remembered: Remembered,
  context: Context,
  until: number,
): Promise<Satisfaction> {
  const beganMs = context.site.ports.clock.elapsed();
  for (;;) {
    const found = await ask(step, handler, remembered, context);
    if (found.answered) return found.answer;
    demandHeard(step, context, beganMs, found.error);
    await waitOrLate(step, handler, context, until, found.error.message);
  }
}

async function untilRemembered(step: Step, handler: Handler<Step>, context: Context, until: number): Promise<Remembered> {
  for (;;) {
    try {
      return await handler.remember(step, context);
    } catch (error) {
      if (!isPassing(error)) throw error;
      await waitOrLate(step, handler, context, until, error.message);
    }
  }
}

type Asked = { readonly answered: true; readonly answer: Satisfaction } | { readonly answered: false; readonly error: Error };

async function ask(step: Step, handler: Handler<Step>, remembered: Remembered, context: Context): Promise<Asked> {
  try {
    return { answered: true, answer: await handler.satisfied(step, remembered, context) };
  } catch (error) {
    if (!isPassing(error)) throw error;
    return { answered: false, error };
  }
}

/** @throws Pause when the node has been silent for longer than the step allows */
function demandHeard(step: Step, context: Context, heardMs: number, error: Error): void {
  const { clock } = context.site.ports;
  const allowedMs = stepLimits(step.kind, context.site.config).silenceMs;
  if (allowedMs === undefined || clock.elapsed() - heardMs < allowedMs) return;
  throw silentPause(step.node, error, `, in the middle of ${step.id}`);
}

async function waitOrLate(
  step: Step,
  handler: Handler<Step>,
  context: Context,
  until: number,
  seen: string,
  afterMs?: number,
): Promise<void> {
  const { clock } = context.site.ports;
  if (context.stop.aborted) throw new StopAsked(step);
  if (clock.elapsed() >= until) {
    const { code, reason } = handler.late(step, seen);
    throw new Pause(code, reason);
  }
  const leftMs = Math.max(0, until - clock.elapsed());
  const waitedMs = stepLimits(step.kind, context.site.config).deadlineMs - leftMs;
  const pollMs = waitedMs < patienceMs ? handler.pollMs : (handler.patientPollMs ?? handler.pollMs);
  await clock.sleep(Math.min(afterMs ?? pollMs, leftMs), context.stop);
}
