/** What goes out of a run beside its log: messages to people, figures for monitoring. None of it delays the run or fails it. */
import type { Entry } from '../model/event.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Clock } from '../ports/clock.ts';
import { blockedMessage, failedMessage, messageOf } from '../report/message.ts';
import type { Notifier } from '../report/notifier.ts';
import type { Outcome } from '../run/outcome.ts';
import type { RunState } from '../run/state.ts';

/** Nothing here throws, and only `settled` takes time. */
export interface Outward {
  /** The site as it was just looked at. */
  seen(snapshot: Snapshot): void;
  /** An entry is in the journal. @param state with it */
  event(entry: Entry, state: RunState): void;
  /** The run is over for this process. */
  ended(outcome: Outcome): void;
  /** It ended with an error. */
  failed(error: unknown): void;
  /** Resolves when all has gone out or was given up. @param hurry whether the machine goes down, or somebody waits for the end */
  settled(hurry: boolean): Promise<void>;
}

/** How long the end of a run waits for messages. The run itself is over by then. */
const patienceMs = 45_000;
const hurryMs = 5_000;

/** @param host this node, as long as nothing else is known of it */
export function messagesOutward(notifier: Notifier, clock: Clock, host: string): Outward {
  let place: { readonly cluster: string; readonly host: string; readonly run?: string } = { cluster: '', host };
  return {
    seen: ({ membership, ownNode }) => {
      place = { ...place, cluster: membership.kind === 'cluster' ? membership.name : ownNode, host: ownNode };
    },
    event: (entry, state) => {
      place = { cluster: state.cluster, host: state.node, run: state.run };
      const message = messageOf(entry, state);
      if (message !== undefined) notifier.tell(message);
    },
    ended: (outcome) => {
      if (outcome.kind === 'blocked') notifier.tell(blockedMessage(place, clock.now(), outcome.findings));
      if (outcome.kind === 'busy') notifier.tell(blockedMessage(place, clock.now(), outcome.holder));
    },
    failed: (error) => notifier.tell(failedMessage(place, clock.now(), error instanceof Error ? error.message : String(error))),
    settled: (hurry) => notifier.settled(hurry ? hurryMs : patienceMs),
  };
}

/** Several as one. */
export function allOutward(parts: readonly Outward[]): Outward {
  return {
    seen: (snapshot) => parts.forEach((part) => part.seen(snapshot)),
    event: (entry, state) => parts.forEach((part) => part.event(entry, state)),
    ended: (outcome) => parts.forEach((part) => part.ended(outcome)),
    failed: (error) => parts.forEach((part) => part.failed(error)),
    settled: async (hurry) => void (await Promise.all(parts.map((part) => part.settled(hurry)))),
  };
}
