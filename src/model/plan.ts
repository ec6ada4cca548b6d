/** What a run will do, and what it leaves out and why. Pure data: printed, compared, journaled. */
import type { PackageSet } from './packages.ts';
import type { Step } from './step.ts';
import type { Way } from './way.ts';

export interface Plan {
  /** Made for this snapshot. */
  readonly takenAtMs: number;
  /** One after the other, in this order; the own node last. */
  readonly tracks: readonly Track[];
  readonly left: readonly LeftOut[];
}

/** One machine's way through the run, as far as it can be foreseen. Whether it reboots is decided anew after its upgrade. */
export interface Track {
  readonly node: string;
  readonly steps: readonly Step[];
  readonly set: PackageSet;
  /** One entry a reason; empty when no reboot is foreseen. */
  readonly rebootReasons: readonly string[];
  /** Whether guests leave it before its packages change. */
  readonly drained: boolean;
  readonly guests: readonly GuestWay[];
  /** Why it stands where it stands in the order, where that needs saying. */
  readonly note?: string;
}

/** What is meant to happen to one running guest of a node that is drained. The target is chosen late, on fresh facts. */
export interface GuestWay {
  readonly vmid: number;
  readonly title: string;
  readonly way: Way;
  readonly memoryBytes?: number;
}

export interface LeftOut {
  readonly subject: string;
  readonly why: string;
}
