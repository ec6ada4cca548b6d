/** A step is data; its handler is three small promises. The executor (`execute.ts`) calls them and decides nothing itself; how long and how often is in `step-limits.ts`. */
import type { Remembered } from '../model/event.ts';
import type { PauseCode, PauseReason } from '../model/pause.ts';
import type { Step, StepKind } from '../model/step.ts';
import type { Context } from './context.ts';

export interface Handler<S extends Step, R extends Remembered = Remembered> {
  /** Reads what later tells whether the step happened. Journaled before `run` is called. */
  remember(step: S, context: Context): Promise<R>;
  /**
   * Changes the world, or asks it to change. Called again after a passing error when `satisfied` says no, so it must
   * look before it acts wherever doing it twice would hurt.
   * @throws Pause when a person must decide
   */
  run(step: S, remembered: R, context: Context): Promise<void>;
  /**
   * Reads whether the world is as the step wants it. A rejection other than Pause means that there was no answer, which
   * is neither yes nor no: the executor asks again.
   * @throws Pause when it can never become true
   */
  satisfied(step: S, remembered: R, context: Context): Promise<Satisfaction>;
  /** How long to wait between two looks. */
  readonly pollMs: number;
  /** The same once the step has waited for a minute, where a look costs the nodes more than the delay costs the run. */
  readonly patientPollMs?: number;
  /** What to tell when the deadline passes. @param seen the last answer or error */
  late(step: S, seen: string): { readonly code: PauseCode; readonly reason: PauseReason };
}

export type Satisfaction =
  | { readonly yes: true; readonly detail?: string }
  | { readonly yes: false; readonly seen: string }
  /** It was tried and failed in a way that may pass: try again, within the attempts of the step. `afterMs`: not before. */
  | { readonly yes: false; readonly seen: string; readonly again: true; readonly afterMs?: number };

export type Handlers = { readonly [K in StepKind]: Handler<Extract<Step, { kind: K }>> };
