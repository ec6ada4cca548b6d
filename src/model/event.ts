/** What happened, in the operator's words. Journal, log, status, report, metrics and messages only read these. */
import type { Finding } from './finding.ts';
import type { GuestKind } from './guest.ts';
import type { GuestsAfter } from './guests-after.ts';
import type { Loan } from './loan.ts';
import type { PauseCode } from './pause.ts';
import type { Plan } from './plan.ts';
import type { NodeBaseline, Step, StepId } from './step.ts';

export type RunEvent =
  /** `only`: the nodes a person asked for; empty means all. `findings`: what the first look found; older journals have none. `approved`: the digest of the only plan that may be carried out. */
  | {
      readonly type: 'run.began';
      readonly run: string;
      readonly node: string;
      readonly bootId: string;
      readonly version: string;
      readonly cluster: string;
      readonly only: readonly string[];
      readonly approved?: string;
      /** A round of reboots that installs nothing: `all` nodes asked for (`--reboot-only`), or those where one is `due` (`upgrade: none`). */
      readonly rebootOnly?: 'all' | 'due';
      readonly findings?: readonly Finding[];
    }
  /** A new process took the run up: after a pause, a crash or the own reboot. */
  | { readonly type: 'run.resumed'; readonly node: string; readonly bootId: string; readonly version: string }
  /** Steps that go over several nodes at once (refresh, fetch, balancer), or those of one node in their order. `before`: how that node was before it was touched. */
  | {
      readonly type: 'steps.planned';
      readonly wave: Wave;
      readonly steps: readonly Step[];
      readonly before?: NodeBaseline;
      readonly left?: string;
    }
  /** `findings`: what the look that it was made on found; older journals have none. */
  | { readonly type: 'plan.made'; readonly plan: Plan; readonly findings?: readonly Finding[] }
  /** Written before the step acts, with what must be remembered to tell later whether it happened. */
  | { readonly type: 'step.started'; readonly step: StepId; readonly why: string; readonly remembered: Remembered }
  | { readonly type: 'step.retried'; readonly step: StepId; readonly detail: string }
  | {
      readonly type: 'step.done';
      readonly step: StepId;
      readonly how: 'ran' | 'found-done';
      readonly tookMs: number;
      readonly detail?: string;
    }
  | { readonly type: 'loan.taken'; readonly loan: Loan }
  | { readonly type: 'loan.returned'; readonly loan: Loan; readonly detail?: string }
  /** A guest is asked to move, before it is asked. `memoryBytes`: what it may take at most; `paused`: whether it stood still, both where known. */
  | {
      readonly type: 'guest.leaving';
      readonly vmid: number;
      readonly kind: GuestKind;
      readonly title: string;
      readonly from: string;
      readonly to: string;
      readonly how: GuestErrand;
      readonly memoryBytes?: number;
      readonly paused?: boolean;
    }
  | { readonly type: 'guest.arrived'; readonly vmid: number; readonly title: string; readonly on: string; readonly tookMs: number }
  /** `begun: false`: nothing is left of the errand that would tell that its tool ever ran. */
  | {
      readonly type: 'guest.stays';
      readonly vmid: number;
      readonly title: string;
      readonly on: string;
      readonly detail: string;
      readonly begun?: false;
    }
  /** A node's turn is over. */
  | {
      readonly type: 'node.done';
      readonly node: string;
      readonly packages: number;
      readonly rebooted: boolean;
      readonly left: readonly string[];
    }
  | { readonly type: 'warned'; readonly subject: string; readonly what: string; readonly next: string }
  | {
      readonly type: 'run.paused';
      readonly step?: StepId;
      readonly code: PauseCode;
      readonly what: string;
      readonly seen: string;
      readonly next: string;
    }
  /** `after`: what the last look saw of guests; missing where nothing was planned, and in older journals. */
  | { readonly type: 'run.finished'; readonly patched: readonly string[]; readonly left: readonly string[]; readonly after?: GuestsAfter }
  | { readonly type: 'run.abandoned'; readonly outstanding: readonly string[] };

/** `before:NODE` runs up to the upgrade, `after:NODE` is planned on what the upgrade left behind, `again:NODE` is what a pause before its reboot undid. */
export type Wave = SharedWave | `before:${string}` | `after:${string}` | `again:${string}`;

/** `put-back`: loans returned outside of their turn, at a pause or when a run is abandoned. */
export type SharedWave = 'refresh' | 'balancer-off' | 'fetch' | 'balancer-on' | 'put-back';

/**
 * What is done to a guest. `disk-migration` is live too, with local disks copied along or followed to their replica. `halt` shuts it
 * down in order to start it elsewhere: `offline-migration` and `start` come next. `shutdown`, `halt` and `start` happen on the node it is on.
 */
export type GuestErrand = 'live-migration' | 'disk-migration' | 'restart-migration' | 'halt' | 'offline-migration' | 'shutdown' | 'start';

export type Remembered = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** A line of the journal: the event with when it was written and its place. */
export interface Entry {
  readonly v: 1;
  readonly seq: number;
  readonly at: number;
  readonly event: RunEvent;
}
