/** The connections that are kept, one for each node, and the places on them. */
import type { Host } from '../ports/shell.ts';
import { slots } from './slots.ts';
import type { SshConnection } from './ssh-connection.ts';

/** @param signal aborted when the connection is no longer wanted before it is there */
export type OpenConnection = (node: string, address: string, signal: AbortSignal) => Promise<SshConnection>;

interface Kept {
  readonly address: string;
  readonly opened: Promise<SshConnection>;
  readonly abort: AbortController;
  ready: SshConnection | undefined;
}

export class SshPeers {
  readonly #open: OpenConnection;
  readonly #takers = new Map<string, () => Promise<() => void>>();
  readonly #kept = new Map<string, Kept>();
  readonly #channels: number;

  /** @param channels commands at once on one node */
  constructor(channels: number, open: OpenConnection) {
    this.#open = open;
    this.#channels = channels;
  }

  /** A place for one command on this node. @returns what gives it back */
  takePlace({ name }: Host): Promise<() => void> {
    let take = this.#takers.get(name);
    if (take === undefined) {
      take = slots(this.#channels).take;
      this.#takers.set(name, take);
    }
    return take();
  }

  /** The kept connection, or a new one that all callers of the moment share. @throws what opening throws; the next call tries again */
  connect(host: Host): Promise<SshConnection> {
    const address = host.address ?? host.name;
    const current = this.#kept.get(host.name);
    if (current !== undefined && current.address === address && current.ready?.usable !== false) return current.opened;
    this.#kept.delete(host.name);
    current?.ready?.retire();
    const abort = new AbortController();
    const kept: Kept = { address, opened: this.#open(host.name, address, abort.signal), abort, ready: undefined };
    this.#kept.set(host.name, kept);
    kept.opened.then(
      (connection) => {
        kept.ready = connection;
        // Dropped in the very moment it was there.
        if (abort.signal.aborted) connection.end();
      },
      () => {
        if (this.#kept.get(host.name) === kept) this.#kept.delete(host.name);
      },
    );
    return kept.opened;
  }

  /** No new commands on this connection. Those under way may still end well. */
  retire({ name }: Host, connection: SshConnection): void {
    if (this.#kept.get(name)?.ready === connection) this.#kept.delete(name);
    connection.retire();
  }

  /** Ends the connection to this node now, also one that is still being made. */
  drop(name: string): void {
    const current = this.#kept.get(name);
    this.#kept.delete(name);
    current?.abort.abort();
    current?.ready?.end();
  }

  dropAll(): void {
    for (const name of [...this.#kept.keys()]) this.drop(name);
  }
}
