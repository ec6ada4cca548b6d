/** What one drain remembers between its rounds, as long as its process lives; what must outlive it is in the journal. */
import type { GuestFacts } from '../../../model/guest.ts';
import type { SecondOpinions } from './second-opinion.ts';

/** Why guests did not leave, by vmid, with the node each attempt was for. */
export interface Progress {
  /** On the clock's `elapsed`. */
  readonly beganAtMs: number;
  readonly failed: Failures;
  /** On the clock's `elapsed`. */
  lookedAtMs: number;
  seen: string;
  /** Which guests have stood still, since when on the clock's `elapsed`, and whether that was said. */
  still: { readonly who: string; readonly sinceMs: number; readonly told: boolean };
  /** Since when no node can take a guest, by vmid, on the clock's `elapsed`. */
  readonly homeless: Map<number, number>;
  /** Nothing is ours to send: guests of the HA manager, or locked ones, are left. */
  onlyWatching: boolean;
  /** What Proxmox VE itself has against moving them. */
  readonly opinions: SecondOpinions;
  /** Those of other nodes that were to make room and cannot. */
  readonly unwilling: Set<number>;
  /** Who is likely to move next, to be asked about ahead; nothing before the first look. */
  next: readonly GuestFacts[] | undefined;
}

export type Failures = Map<number, { readonly to: string; readonly why: string }[]>;
