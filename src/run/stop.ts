import type { Step } from '../model/step.ts';

/** Somebody asked us to stop while a step was in flight. What it started goes on without us; a later process follows it. */
export class StopAsked extends Error {
  override readonly name = 'StopAsked';
  constructor(readonly step: Step) {
    super(`stopped while ${step.id} was in flight`);
  }
}
