/** What happened in a run of the lab, with the time it was seen. The proof is read from it. */

export type LabEvent =
  | { readonly type: 'powered-on'; readonly host: string }
  | { readonly type: 'booted'; readonly host: string; readonly bootId: string; readonly kernel: string }
  | { readonly type: 'went-down'; readonly host: string; readonly how: 'reboot' | 'power-off' | 'cut-short' }
  /** What corosync on that host tells: its own view, whole at each change. */
  | { readonly type: 'quorum'; readonly host: string; readonly quorate: boolean; readonly members: readonly number[] };

export type Recorded = LabEvent & { readonly atMs: number };

export class LabRecord {
  readonly entries: Recorded[] = [];
  readonly #listeners: ((entry: Recorded) => void)[] = [];

  listen(listener: (entry: Recorded) => void): void {
    this.#listeners.push(listener);
  }

  add(event: LabEvent): void {
    const entry = { ...event, atMs: Date.now() };
    this.entries.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }

  boots(host: string): readonly Extract<Recorded, { type: 'booted' }>[] {
    return this.entries.flatMap((entry) => (entry.type === 'booted' && entry.host === host ? [entry] : []));
  }

  /** The last view of a host's corosync since its last boot. */
  quorumOn(host: string): Extract<Recorded, { type: 'quorum' }> | undefined {
    for (const entry of [...this.entries].reverse()) {
      if (entry.host !== host) continue;
      if (entry.type === 'quorum') return entry;
      if (entry.type === 'booted' || entry.type === 'went-down') return undefined;
    }
    return undefined;
  }
}
