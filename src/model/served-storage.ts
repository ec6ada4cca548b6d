/** Storages that a guest of the cluster may serve: a NAS in a VM. Pure. */
import type { StorageFacts } from './snapshot.ts';

/**
 * Whether no node sees this shared storage, while guests are stopped that the run itself will start again: one of them may serve it, so
 * it cannot be waited for before they run.
 * @param rows of all nodes @param stopped guests that the run itself stopped, by vmid
 */
export function mayBeServedByStopped(storage: string, rows: readonly StorageFacts[], stopped: readonly number[]): boolean {
  return stopped.length > 0 && rows.every((row) => row.storage !== storage || (row.shared && !row.available));
}
