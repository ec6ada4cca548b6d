/** Time: every step ends or pauses by its deadline, and no node is begun outside of a window or after the run's own deadline. */
import { durationText } from '../../model/duration.ts';
import type { Step, StepId } from '../../model/step.ts';
import { stepLimits } from '../../run/step-limits.ts';
import { windowOf } from '../../run/time-left.ts';
import type { History } from './history.ts';

/** A deadline is looked at between two rounds of a step, and each question of the last round may wait for its own. */
const slackMs = 15 * 60_000;

export function boundsKept(history: History): string | undefined {
  return stepTooLong(history) ?? begunTooLate(history);
}

function stepTooLong({ journal, config, endMs, stuck, startsMs }: History): string | undefined {
  const steps = new Map<StepId, Step>();
  const open = new Map<StepId, number>();
  const atPause = new Set<StepId>();
  const late = (step: StepId, atMs: number): string | undefined => {
    const sinceMs = open.get(step);
    const planned = steps.get(step);
    if (sinceMs === undefined || planned === undefined) return undefined;
    const mayMs = stepLimits(planned.kind, config).deadlineMs + slackMs;
    return atMs - sinceMs > mayMs ? `${step} took ${durationText(atMs - sinceMs)} and may take ${durationText(mayMs)}` : undefined;
  };
  const lives = [...startsMs];
  for (const { atMs, event } of journal) {
    // Until it has taken the run up, a new process is in none of its steps: it waits for the lock.
    for (; lives[0] !== undefined && lives[0] <= atMs; lives.shift()) for (const step of open.keys()) open.set(step, Infinity);
    switch (event.type) {
      case 'steps.planned':
        for (const step of event.steps) {
          steps.set(step.id, step);
          if (event.wave === 'put-back') atPause.add(step.id);
        }
        break;
      case 'step.started':
        open.set(event.step, atMs);
        break;
      case 'step.done': {
        const what = late(event.step, atMs);
        if (what !== undefined) return what;
        open.delete(event.step);
        break;
      }
      case 'run.paused': {
        const what = [...open.keys()].map((step) => late(step, atMs)).find((text) => text !== undefined);
        if (what !== undefined) return what;
        open.clear();
        break;
      }
      // From here on a new process is in them, but not in what belonged to a pause or an end: that is planned anew when it comes.
      case 'run.resumed':
        for (const step of atPause) open.delete(step);
        for (const step of open.keys()) open.set(step, atMs);
        break;
      default:
    }
  }
  // An agent that is gone waits for nothing.
  return stuck ? [...open.keys()].map((step) => late(step, endMs)).find((text) => text !== undefined) : undefined;
}

function begunTooLate({ journal, config }: History): string | undefined {
  const beganMs = journal.find(({ event }) => event.type === 'run.began')?.wallMs ?? 0;
  for (const { wallMs, event } of journal) {
    if (event.type !== 'steps.planned' || !event.wave.startsWith('before:')) continue;
    const node = event.wave.slice('before:'.length);
    if (windowOf(config, wallMs).kind === 'closed') return `${node} was begun while no window was open`;
    const lateMs = wallMs - beganMs - config.deadlines.run * 60_000;
    if (lateMs > 0) return `${node} was begun ${durationText(lateMs)} after the run's deadline`;
  }
  return undefined;
}
