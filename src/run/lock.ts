/**
 * One run per cluster: a lock folder on pmxcfs (facts 10.2). Its owner is a node, not a process, so the state folder's own
 * lock is held before it. It expires 120 s after its last refresh; then another node may take it.
 */
import type { At } from '../clients/at.ts';
import {
  expireLock,
  lockHolderQuery,
  refreshLock,
  releaseLock,
  removeHolder,
  takeLock as takeFolder,
  writeHolder,
} from '../clients/cluster-lock.ts';
import { ask } from '../clients/query.ts';
import { quorumQuery, type QuorumStatus } from '../clients/quorum.ts';
import { bootIdOf, type LockHolder, type Snapshot } from '../model/snapshot.ts';
import type { Clock } from '../ports/clock.ts';
import { isPassing } from './passing.ts';
import type { Site } from './site.ts';
import { untilReady, type Wait } from './waiting.ts';

export interface ClusterLock {
  /** Says that we are still there. @returns who has the lock when it is not ours any more @throws when nobody can say, as without quorum */
  refresh(): Promise<string | undefined>;
  /** Gives it back, if it is still ours. One that cannot be given back, as without quorum, expires by itself. */
  release(): Promise<void>;
}

export type TakenLock = { readonly kind: 'taken'; readonly lock: ClusterLock } | { readonly kind: 'busy'; readonly holder: string };

const refreshMs = 30_000;
const pollMs = 2000;
const namelessMs = 10_000;

/** How long to try while nothing can be written to the cluster file system, as without quorum, and whom to tell. */
export type LockWait = Pick<Wait, 'patienceMs' | 'stop' | 'next' | 'told'>;

/**
 * @returns the lock, or who has it. A folder made by this very node is taken over: the process that made it is gone,
 * because we hold the state folder's lock. A holder that was silent for 120 s loses it here.
 * @throws Pause when it could not be asked for in that time
 */
export async function takeLock(site: Site, snapshot: Snapshot, run: string, wait: LockWait): Promise<TakenLock> {
  const { shell, clock } = site.ports;
  const own: At = { shell, host: { name: snapshot.ownNode, own: true } };
  const what = 'the cluster cannot be locked for this run';
  return untilReady({ ...wait, clock, what, look: async () => lacking(await ask(own, quorumQuery)) }, async () => {
    const holder = await tryTake(own, clock);
    if (holder !== undefined) return { kind: 'busy', holder };
    await writeHolder(own, { node: snapshot.ownNode, run, bootId: bootIdOf(snapshot, snapshot.ownNode), sinceMs: clock.now() });
    return { kind: 'taken', lock: lockOn(own, run) };
  });
}

function lacking({ quorate, totalVotes, expectedVotes, threshold }: QuorumStatus): string | undefined {
  return quorate ? undefined : `no quorum: ${totalVotes} of ${expectedVotes} votes are present, ${threshold} are needed`;
}

/**
 * Refreshes until `over`, or until somebody else has the lock; then `lost` is called once. A refresh that fails is repeated:
 * while we have no quorum nobody here can take the lock either (facts 10.2).
 */
export async function keepLock(lock: ClusterLock, clock: Clock, over: AbortSignal, lost: (holder: string) => void): Promise<void> {
  while (!over.aborted) {
    await clock.sleep(refreshMs, over);
    if (over.aborted) return;
    try {
      const holder = await lock.refresh();
      if (holder !== undefined) return lost(holder);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }
}

/** @returns nothing when the lock is ours now, else who has it, in words */
async function tryTake(own: At, clock: Clock): Promise<string | undefined> {
  if ((await takeFolder(own)) === 'taken') return undefined;
  const holder = await namedHolder(own, clock);
  // Left by a process of ours before this boot or crash, perhaps before it wrote its name. pmxcfs takes a refresh only from
  // the node that made the folder, so this cannot steal another node's lock; without quorum it fails, and is tried again.
  if (holder === 'free' ? await refreshed(own) : holder.node === own.host.name) {
    await refreshLock(own);
    // The refresh says nothing of a folder that has gone meanwhile; then this makes it anew, for us or for nobody.
    await takeFolder(own);
    return undefined;
  }
  await expireLock(own);
  if ((await takeFolder(own)) === 'taken') return undefined;
  return holder === 'free' ? 'another node that has not said its name yet' : holderText(holder);
}

/** Between making the folder and writing down its name a holder is nameless for a moment; a nameless one is given that moment. */
async function namedHolder(own: At, clock: Clock): Promise<LockHolder | 'free'> {
  const until = clock.elapsed() + namelessMs;
  for (;;) {
    const holder = await ask(own, lockHolderQuery);
    if (holder !== 'free' || clock.elapsed() >= until) return holder;
    await clock.sleep(pollMs);
  }
}

async function refreshed(own: At): Promise<boolean> {
  try {
    await refreshLock(own);
    return true;
  } catch (error) {
    if (!isPassing(error)) throw error;
    return false;
  }
}

function lockOn(own: At, run: string): ClusterLock {
  /** The folder itself cannot tell whose it is, so its holder is asked. */
  const otherHolder = async () => {
    const holder = await ask(own, lockHolderQuery);
    if (holder === 'free') return 'nobody, although it was ours';
    return holder.run === run && holder.node === own.host.name ? undefined : holderText(holder);
  };
  return {
    refresh: async () => {
      await refreshLock(own);
      await takeFolder(own);
      return otherHolder();
    },
    release: async () => {
      try {
        if ((await otherHolder()) !== undefined) return;
        await removeHolder(own);
        await releaseLock(own);
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
    },
  };
}

export function holderText(holder: LockHolder): string {
  return `run ${holder.run} on ${holder.node}, since ${new Date(holder.sinceMs).toISOString().replace('T', ' ').slice(0, 16)} UTC`;
}
