/** Giving a run up: every loan that can be returned is, and the run is closed. What cannot be returned is named. */
import { contextOf, Hosts, type EventListener } from './context.ts';
import { discover } from './discover.ts';
import { Journal } from './journal.ts';
import { keepLock, takeLock } from './lock.ts';
import { closeRun } from './put-back.ts';
import { findUnfinished } from './runs.ts';
import type { Site } from './site.ts';
import type { RunState } from './state.ts';

export type Abandonment =
  | { readonly kind: 'abandoned'; readonly state: RunState }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'busy'; readonly holder: string };

/**
 * @returns the closed run; its journal says what is still borrowed and how a person returns it
 * @throws JournalDamaged, StoreFull, Pause when the cluster cannot be locked, or what kept us from looking at the cluster; then the run is as it was
 */
export async function abandon(site: Site, options: { readonly onEvent: EventListener; readonly stop: AbortSignal }): Promise<Abandonment> {
  const { store, clock } = site.ports;
  const local = await store.lock('run');
  if (local === 'busy') return { kind: 'busy', holder: 'another proxroll on this node' };
  try {
    const unfinished = await findUnfinished(store);
    if (unfinished === undefined) return { kind: 'nothing' };
    const first = await discover(site);
    const taken = await takeLock(site, first, unfinished.run, {
      patienceMs: 60_000,
      stop: options.stop,
      next: 'pvecm status; when the cluster has quorum: proxroll abandon',
      told: () => Promise.resolve(),
    });
    if (taken.kind === 'busy') return { kind: 'busy', holder: taken.holder };
    const over = new AbortController();
    const kept = keepLock(taken.lock, clock, over.signal, () => over.abort());
    try {
      const journal = await Journal.open(store, clock, unfinished.run);
      journal.listen(options.onEvent);
      const context = contextOf(site, journal, new Hosts(first.ownNode), options.stop, first, () => discover(site));
      await closeRun(context);
      return { kind: 'abandoned', state: journal.state };
    } finally {
      over.abort();
      await kept;
      await taken.lock.release();
    }
  } finally {
    await local.release();
  }
}
