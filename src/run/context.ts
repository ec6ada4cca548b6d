/** What the steps of a running run work with. Made by `carry.ts`, one for each process that carries the run. */
import type { At } from '../clients/at.ts';
import type { Entry, RunEvent } from '../model/event.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Host } from '../ports/shell.ts';
import { wishNow, type Wish } from './control.ts';
import type { Journal } from './journal.ts';
import type { Site } from './site.ts';
import type { RunState } from './state.ts';

export interface Context {
  readonly site: Site;
  readonly hosts: Hosts;
  /** The state folded from the journal, as of now. */
  readonly state: () => RunState;
  /** Durable when it resolves; see `Journal.record`. */
  readonly record: (event: RunEvent) => Promise<void>;
  /** Aborted when a person or systemd asked us to stop: waits end, nothing new is begun. */
  readonly stop: AbortSignal;
  /** What a person asks of the run now; read anew at every call. */
  readonly wish: () => Promise<Wish | 'nothing'>;
  /** The site as it was last seen as a whole. */
  readonly seen: () => Snapshot;
  /** How old that look is, in milliseconds of a clock that never jumps; without end once this run has moved guests, for it shows them elsewhere. */
  readonly seenAgeMs: () => number;
  /** Looks at the whole site again; `seen` answers with the result from then on. */
  readonly look: () => Promise<Snapshot>;
}

export type EventListener = (entry: Entry, state: RunState) => void;

/** The hosts by name, with the newest address known of each: a node that is down may have none at the moment. */
export class Hosts {
  readonly #addresses = new Map<string, string>();
  constructor(readonly own: string) {}

  learn(snapshot: Pick<Snapshot, 'nodes'>): void {
    for (const node of snapshot.nodes) if (node.address !== undefined) this.#addresses.set(node.name, node.address);
  }

  get(name: string): Host {
    const address = this.#addresses.get(name);
    return { name, own: name === this.own, ...(address === undefined ? {} : { address }) };
  }
}

/** @returns where clients run commands on the node `name` */
export function at(context: Context, name: string): At {
  return { shell: context.site.ports.shell, host: context.hosts.get(name) };
}

/** @returns where clients run commands about the cluster: on the own node */
export function atOwn(context: Context): At {
  return at(context, context.hosts.own);
}

export function contextOf(
  site: Site,
  journal: Journal,
  hosts: Hosts,
  stop: AbortSignal,
  first: Snapshot,
  lookAgain: () => Promise<Snapshot>,
): Context {
  const { clock } = site.ports;
  let last = first;
  // Taking the lock may have had to wait since.
  let lastAtMs = clock.elapsed() - Math.max(0, clock.now() - first.takenAtMs);
  hosts.learn(first);
  return {
    site,
    hosts,
    stop,
    state: () => journal.state,
    record: async (event) => {
      await journal.record(event);
      if (movedGuests(event, journal.state)) lastAtMs = Number.NEGATIVE_INFINITY;
    },
    wish: () => wishNow(site.ports.store),
    seen: () => last,
    seenAgeMs: () => clock.elapsed() - lastAtMs,
    look: async () => {
      last = await lookAgain();
      lastAtMs = clock.elapsed();
      hosts.learn(last);
      return last;
    },
  };
}

/** Guests that the HA manager moves are in the journal only by the end of the drain that waited for them. */
function movedGuests(event: RunEvent, { steps }: RunState): boolean {
  if (event.type === 'guest.leaving' || event.type === 'guest.arrived') return true;
  return event.type === 'step.done' && steps.get(event.step)?.step.kind === 'drain';
}
