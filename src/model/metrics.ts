/** The figures that monitoring is given. Plain data; `report/metrics-text.ts` puts it in Prometheus' words. */
import type { Loan } from './loan.ts';

/** `failed`: nobody carries the run although it is not over. */
export const runResults = ['running', 'finished', 'paused', 'abandoned', 'failed'] as const;
export type RunResult = (typeof runResults)[number];

export const loanKinds = [
  'ha-maintenance',
  'noout',
  'proxlb',
  'rebalance',
  'kernel-trial',
  'guard',
  'guest-moved',
  'guest-stopped',
] as const satisfies readonly Loan['kind'][];

/** `kernel`: another one runs than the next boot takes. `system`: packages ask for a reboot. */
export const rebootReasons = ['kernel', 'system'] as const;
export type RebootReason = (typeof rebootReasons)[number];

export interface Figures {
  readonly version: string;
  readonly cluster: string;
  /** When the nodes were last looked at; missing when they never were. */
  readonly lookedAtMs?: number;
  readonly lastSuccessMs?: number;
  /** When a run was last asked for and not begun: blocked or busy. */
  readonly refusedAtMs?: number;
  readonly lastRun?: RunFigures;
  readonly nodes: readonly NodeFigures[];
}

export interface RunFigures {
  readonly beganAtMs: number;
  readonly tookMs: number;
  readonly result: RunResult;
  readonly pausedAtMs?: number;
  /** Memory of the guests that were moved, each move counted. */
  readonly movedBytes: number;
  /** Guests that were stopped or restarted for it. */
  readonly guestsInterrupted: number;
  readonly loans: readonly { readonly kind: Loan['kind']; readonly takenAtMs: number }[];
}

/** What is not known of a node is missing, never 0. */
export interface NodeFigures {
  readonly node: string;
  /** Missing where nobody has looked. */
  readonly answers?: boolean;
  readonly rebootDue?: Readonly<Record<RebootReason, boolean>>;
  readonly rebootDueSinceMs?: number;
  readonly packages?: number;
  readonly security?: number;
  readonly securitySinceMs?: number;
  readonly held?: boolean;
  readonly patchedAtMs?: number;
  /** Of the security fixes that it last got: the longest time from publication until it ran with them. */
  readonly exposureMs?: number;
}
