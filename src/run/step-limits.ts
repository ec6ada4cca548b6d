/**
 * Every step's limits in one table: how long it may take, how often it is begun, how long its node may be silent in it. All of
 * them come from `deadlines` and `attempts` of the configuration.
 */
import type { Config } from '../config/schema.ts';
import type { StepKind } from '../model/step.ts';

export interface StepLimits {
  /** From the step's start in this process until the run pauses. */
  readonly deadlineMs: number;
  /** How often it is begun in all. It is begun again only after it was asked whether it happened, and the answer was no. */
  readonly attempts: number;
  /** How long the node may give no answer at all before the run pauses; missing where silence is part of the step, as in a reboot. */
  readonly silenceMs?: number;
}

/** @returns the limits of a step of this kind, in milliseconds */
export function stepLimits(kind: StepKind, { deadlines, attempts }: Config): StepLimits {
  const told = { deadlineMs: minutesMs(deadlines.maintenance), attempts: attempts.other };
  // The rounds of the step itself keep `deadlines.drain`; the time of one guest more is for the look afterwards.
  const guests = { deadlineMs: minutesMs(deadlines.drain) + minutesMs(deadlines.guest), attempts: attempts.other };
  const silenceMs = minutesMs(deadlines.rejoin);
  const table: Readonly<Record<StepKind, StepLimits>> = {
    // Reads lists and fills a cache: doing it twice changes nothing.
    refresh: { deadlineMs: minutesMs(deadlines.refresh), attempts: attempts.refresh, silenceMs },
    fetch: { deadlineMs: minutesMs(deadlines.fetch), attempts: attempts.fetch, silenceMs },
    // Settings: setting one that is set changes nothing.
    'balancer-off': told,
    'balancer-on': told,
    'maintenance-on': told,
    'maintenance-off': told,
    protect: told,
    'protect-off': told,
    'guard-on': told,
    'guard-off': told,
    'try-kernel': told,
    'keep-kernel': told,
    // Looks anew who is left; how often one guest is asked is `attempts.guest`.
    drain: { ...guests, silenceMs },
    return: { ...guests, silenceMs },
    // Begun again only where dpkg was locked or the unit never began; an apt that failed pauses the run.
    upgrade: { deadlineMs: minutesMs(deadlines.upgrade), attempts: attempts.upgrade, silenceMs },
    // Looks anew whether they are still there.
    'clean-up': { deadlineMs: minutesMs(deadlines.upgrade), attempts: attempts.other, silenceMs },
    // Ordered again only on the boot that was there before the first order.
    reboot: { deadlineMs: minutesMs(deadlines.reboot), attempts: attempts.reboot },
    // Only looks.
    rejoin: { deadlineMs: minutesMs(deadlines.rejoin), attempts: attempts.other },
  };
  return table[kind];
}

export function minutesMs(minutes: number): number {
  return minutes * 60_000;
}
