/** A pause: the run stops at a safe point, keeps its place, and a person decides. Not a crash. */

/** Every reason a run can pause for. Each has a section in `docs/pauses.md`; a test keeps the two in step. */
export const pauseCodes = [
  'check.blocked',
  'refresh.failed',
  'fetch.failed',
  'plan.moved',
  'maintenance.deadline',
  'drain.no-target',
  'drain.refused',
  'drain.deadline',
  'guest.lost',
  'protect.failed',
  'upgrade.failed',
  'upgrade.deadline',
  'upgrade.incomplete',
  'guard.failed',
  'trial.failed',
  'reboot.unsafe',
  'reboot.refused',
  'reboot.deadline',
  'reboot.old-kernel',
  'rejoin.deadline',
  'rejoin.kernel-error',
  'return.deadline',
  'clean-up.failed',
  'balancer.failed',
  'host.silent',
  'foreign.unparsable',
  'window.closed',
  'run.deadline',
  'lock.lost',
  'cluster.unready',
  'asked',
] as const;

export type PauseCode = (typeof pauseCodes)[number];

export interface PauseReason {
  readonly what: string;
  readonly seen: string;
  readonly next: string;
}

export class Pause extends Error {
  override readonly name = 'Pause';
  constructor(
    readonly code: PauseCode,
    readonly reason: PauseReason,
    options?: { readonly cause?: unknown },
  ) {
    super(`${reason.what}: ${reason.seen}. Next: ${reason.next}`, options);
  }
}
