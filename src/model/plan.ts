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
  /** What all of it moves; missing where no node is emptied or there is no other node. */
  readonly moves?: PlannedMoves;
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
  /** In an order in which each one fits: who makes room on other nodes, then who leaves this one. Missing where no plan was found. */
  readonly out?: readonly PlannedMove[];
  /** Who goes home once the node is whole. */
  readonly back?: readonly PlannedMove[];
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

/** A move as it is meant; the target is chosen anew on fresh facts, and this one taken where it still fits. */
export interface PlannedMove {
  readonly vmid: number;
  readonly title: string;
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
}

/** Memory that the whole run moves, in bytes. */
export type PlannedMoves =
  | {
      readonly kind: 'planned';
      readonly movedBytes: number;
      /** No plan can do with less; whether one can do with this is not known. */
      readonly boundBytes: number;
      readonly without: WithoutPlan;
      /** Nodes whose absence leaves no room for the failure of one more, with what would be missing. */
      readonly spare: readonly { readonly node: string; readonly also: string; readonly missingBytes: number }[];
    }
  /** `impossible`: proven. `not-found`: none was found, and not everything could be tried. Then nothing is planned to move. */
  | {
      readonly kind: 'impossible' | 'not-found';
      readonly node: string;
      readonly missingBytes: number;
      /** Those without a place, where it is known. */
      readonly guests: readonly string[];
      /** The node to which the HA manager would send the first of them all the same: it counts services, not memory. */
      readonly sentTo?: string;
      readonly without: WithoutPlan;
    };

/** What a node-by-node evacuation to the node with most free memory would move, and whom it would leave behind, by vmid. */
export interface WithoutPlan {
  readonly movedBytes: number;
  readonly stranded: readonly number[];
}

export interface LeftOut {
  readonly subject: string;
  readonly why: string;
}
