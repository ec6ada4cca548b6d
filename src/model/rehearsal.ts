/** What a rehearsal on the twin of a cluster found. Plain data: printed, and given as JSON. */
import type { Finding } from './finding.ts';
import type { PauseCode } from './pause.ts';
import type { Plan } from './plan.ts';
import type { StepId } from './step.ts';

/** One line of the transcript. */
export interface Act {
  /** Since the rehearsal began. */
  readonly atMs: number;
  /** `proxroll`, a node, a guest, `cluster`, or `!` for what was made to go wrong. */
  readonly subject: string;
  readonly text: string;
  readonly level: 'info' | 'warning' | 'err';
  /** Where a node is about to go away. */
  readonly margin?: Margin;
}

/** What is left while a node is away. */
export interface Margin {
  readonly node: string;
  /** Since the rehearsal began. */
  readonly atMs: number;
  /** Missing on a node without a cluster. */
  readonly votes?: { readonly left: number; readonly needed: number };
  /** Of the nodes that stay, the one with the least memory free. Missing where none stays. */
  readonly memory?: { readonly node: string; readonly freeBytes: number };
}

export type RehearsalEnd =
  | { readonly kind: 'finished' }
  /** Only where a rehearsal ends early: what came after the fault went on as planned. */
  | { readonly kind: 'goes-on' }
  | { readonly kind: 'nothing-to-do' }
  | { readonly kind: 'blocked'; readonly findings: readonly Finding[] }
  | {
      readonly kind: 'paused';
      readonly code: PauseCode;
      readonly step?: StepId;
      readonly what: string;
      readonly seen: string;
      readonly next: string;
    }
  /** The node that carries the run is off, so nobody carries it. */
  | { readonly kind: 'away'; readonly node: string }
  /** `abandoned` and `busy` only where a scenario brings them about. */
  | { readonly kind: 'abandoned' | 'busy' }
  /** A defect of proxroll or of the simulator. */
  | { readonly kind: 'stuck' | 'failed'; readonly why: string };

/** One node's turn. */
export interface Turn {
  readonly node: string;
  /** Since the rehearsal began. */
  readonly beganMs: number;
  readonly tookMs: number;
}

export interface Rehearsed {
  readonly end: RehearsalEnd;
  readonly findings: readonly Finding[];
  readonly acts: readonly Act[];
  readonly margins: readonly Margin[];
  readonly turns: readonly Turn[];
  /** Invariants that were broken; each is a defect. */
  readonly broken: readonly string[];
  /** Faults that never struck, because what they waited for did not happen. */
  readonly unstruck: readonly string[];
  /** Guests that stopped with a node's power, which is the fault's doing. */
  readonly guestsDown: readonly string[];
  readonly tookMs: number;
}

/** One fault at one moment, and what became of the run. */
export interface FaultOutcome {
  /** As `--fail` takes it. */
  readonly words: string;
  /** Who is struck, without a name: `a node`, `a VM`; and by what: `never returns`. */
  readonly who: string;
  readonly fault: string;
  /** The node or the guest that it struck, by name. */
  readonly struck: string;
  /** The node whose turn it was, and the step. */
  readonly node: string;
  readonly step: string;
  readonly end: RehearsalEnd;
  readonly broken: readonly string[];
  readonly guestsDown: readonly string[];
}

export interface SingleFaults {
  readonly outcomes: readonly FaultOutcome[];
  /** What stands for what: `pve2 stands for pve3 and pve4`. */
  readonly sampled: readonly string[];
  /** Nodes of the plan whose turn the run does not come to, so that nothing of it is in the table. */
  readonly unreached: readonly string[];
}

/** All that `proxroll rehearse` answers. */
export interface RehearsalReport {
  readonly cluster: string;
  /** When the real cluster was seen, in milliseconds since the epoch; missing for a scenario. */
  readonly takenAtMs?: number;
  /** In what the twin is not like the real cluster. */
  readonly missing: readonly string[];
  readonly plan: Plan;
  readonly rehearsed: Rehearsed;
  /** What is not as the scenario expects; empty for a twin. */
  readonly problems: readonly string[];
  readonly singleFaults?: SingleFaults;
  /** The twin and its faults as a scenario file; missing for a scenario, which is a file already. */
  readonly scenarioText?: string;
}
