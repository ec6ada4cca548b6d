/** What a run is asked for, and how it ended for the process that carried it. */
import type { Finding } from '../model/finding.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EventListener } from './context.ts';
import type { RunState } from './state.ts';

export type Outcome =
  | { readonly kind: 'finished'; readonly state: RunState }
  | { readonly kind: 'paused'; readonly state: RunState }
  /** The own node goes down for its reboot; the next process goes on. */
  | { readonly kind: 'leaving'; readonly state: RunState }
  /** A person asked it to stop: everything that could be given back is, and the run is over. */
  | { readonly kind: 'abandoned'; readonly state: RunState }
  | { readonly kind: 'blocked'; readonly findings: readonly Finding[] }
  | { readonly kind: 'busy'; readonly holder: string };

export interface ConductOptions {
  /** The nodes a person asked for; empty means all. Ignored when a run is taken up again. */
  readonly only: readonly string[];
  /** The digest of the plan a person approved; another one is not carried out. Ignored when a run is taken up again. */
  readonly approved?: string;
  readonly stop: AbortSignal;
  readonly onEvent: EventListener;
  /** Told before a run exists: the findings of the first look. */
  readonly onFindings: (findings: readonly Finding[], snapshot: Snapshot) => void;
  /** Every look at the whole site once the run goes on. */
  readonly onLook?: (snapshot: Snapshot) => void;
}
