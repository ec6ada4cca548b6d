/**
 * Steps are data. A plan lists them, the journal records them, handlers in `stages/pve/steps/` carry them out.
 * The same id stands in plan, journal, log and report: `pve/pve2/reboot`.
 */
import type { KernelTrial } from './kernel-trial.ts';
import type { PackageSet } from './packages.ts';

export type StepId = string;

interface StepBase {
  readonly id: StepId;
  readonly node: string;
  /** Printed in the plan and the journal: the reason in the operator's words. */
  readonly why: string;
}

/** Bring apt's lists up to date. */
export interface RefreshStep extends StepBase {
  readonly kind: 'refresh';
}
/** Download what will be installed, for all nodes before the first is touched. */
export interface FetchStep extends StepBase {
  readonly kind: 'fetch';
  /** Only these, as `name=version`; everything when missing. */
  readonly chosen?: readonly string[];
}
/** Ask the HA manager to empty the node. Borrows: HA maintenance. */
export interface MaintenanceOnStep extends StepBase {
  readonly kind: 'maintenance-on';
}
/** No guest runs on the node any more. Borrows: guests moved, guests stopped. */
export interface DrainStep extends StepBase {
  readonly kind: 'drain';
}
/** Keep Ceph from moving data while the node's OSDs are away. Borrows: noout of this host. */
export interface ProtectStep extends StepBase {
  readonly kind: 'protect';
}
export interface UpgradeStep extends StepBase {
  readonly kind: 'upgrade';
  /** What was simulated; what is found installed afterwards must be this. */
  readonly set: PackageSet;
}
export interface RebootStep extends StepBase {
  readonly kind: 'reboot';
  /** Missing when it could not be told which kernel will boot; then none is demanded. */
  readonly expectedKernel?: string;
  /** The boot loader takes the expected kernel for this boot only. */
  readonly trial?: KernelTrial;
}
/** The new kernel boots once, and a power cycle brings back the one that runs. Borrows: the default of the boot loader. */
export interface TryKernelStep extends StepBase {
  readonly kind: 'try-kernel';
  readonly trial: KernelTrial;
}
/** The node has passed its gates: the new kernel is the default. */
export interface KeepKernelStep extends StepBase {
  readonly kind: 'keep-kernel';
}
/** Nothing is done; the node must be whole before anything else happens. */
export interface RejoinStep extends StepBase {
  readonly kind: 'rejoin';
  /** How the node was before it left, to compare with. */
  readonly before: NodeBaseline;
}
export interface ProtectOffStep extends StepBase {
  readonly kind: 'protect-off';
}
export interface MaintenanceOffStep extends StepBase {
  readonly kind: 'maintenance-off';
}
/** Guests go home, stopped guests start again. */
export interface ReturnStep extends StepBase {
  readonly kind: 'return';
}
/** Before the node that carries the run reboots: peers that speak up if it does not come back. Borrows: timers on peers. */
export interface GuardOnStep extends StepBase {
  readonly kind: 'guard-on';
  readonly peers: readonly string[];
}
export interface GuardOffStep extends StepBase {
  readonly kind: 'guard-off';
}
/** Stop a balancer for the time of the run: ProxLB on the node, or, from it, the HA manager's own. Borrows: the running service, the setting. */
/** Packages that nobody needs any more, and archives that no repository has any more, go. */
export interface CleanUpStep extends StepBase {
  readonly kind: 'clean-up';
  /** `autoclean`: archives only. */
  readonly what: 'autoclean' | 'autoremove';
  /** The kernel it ran before its turn, which stays as the way back. Missing where it was not known. */
  readonly kernelBefore?: string;
}
/** Stop ProxLB on the node for the time of the run. Borrows: the running service. */
export interface BalancerOffStep extends StepBase {
  readonly kind: 'balancer-off';
  /** ProxLB when missing. */
  readonly balancer?: 'ha-manager';
}
export interface BalancerOnStep extends StepBase {
  readonly kind: 'balancer-on';
  readonly balancer?: 'ha-manager';
}

export type Step =
  | RefreshStep
  | FetchStep
  | MaintenanceOnStep
  | DrainStep
  | ProtectStep
  | UpgradeStep
  | TryKernelStep
  | RebootStep
  | RejoinStep
  | KeepKernelStep
  | ProtectOffStep
  | MaintenanceOffStep
  | ReturnStep
  | GuardOnStep
  | GuardOffStep
  | CleanUpStep
  | BalancerOffStep
  | BalancerOnStep;

export type StepKind = Step['kind'];

/** What was true of a node before it left, and must be true again. */
export interface NodeBaseline {
  readonly bootId: string;
  readonly failedUnits: readonly string[];
  /** Units of facts 8.3 number 4 that were active. */
  readonly activeServices: readonly string[];
  /** Storages that were available. */
  readonly storages: readonly string[];
  /** What it ran before it was touched, for the report; missing where it could not be read, and in older journals. */
  readonly kernel?: string;
  readonly pveVersion?: string;
  /** What follows is missing in a run that an older release began; then it is not compared. Interfaces and bridges that were up. */
  readonly links?: readonly string[];
  /** corosync's links that were connected. */
  readonly corosyncLinks?: readonly string[];
  /** What the kernel had called an error. */
  readonly kernelErrors?: readonly string[];
  readonly clockSynchronised?: boolean;
  /** Guests that ran here and start with the node, those of the HA manager left out. */
  readonly onBoot?: readonly number[];
}

export function stepId(node: string, kind: StepKind): StepId {
  return `pve/${node}/${kind}`;
}
