/**
 * How many guests may be on their way at the same time: off one node and onto one node, the HA manager's moves counted with ours.
 * Proxmox VE limits bulk actions and the HA manager per node only, and nobody's single migrations (facts 3.6). Pure.
 */
import type { Snapshot } from './snapshot.ts';

/** The part of the config that counts here. */
export interface AtOnceLimits {
  readonly moves_at_once: number;
  readonly moves_to_one: number;
}

/** A guest under way; `to` is its own node when it only starts or stops there. */
export interface UnderWay {
  readonly from: string;
  readonly to: string;
}

/** What the HA manager takes when `max_workers` is not in datacenter.cfg (facts 3.6). */
const usualWorkers = 4;

/** @returns how many more guests may be sent off now, never negative. @param node the node that is emptied, or whose guests go home */
export function mayLeave(node: string, underWay: readonly UnderWay[], snapshot: Snapshot, limits: AtOnceLimits): number {
  const workers = snapshot.maxWorkers ?? usualWorkers;
  const byManager = managed(snapshot).filter((service) => service.node === node || service.target === node).length;
  return Math.max(0, Math.min(limits.moves_at_once, workers - byManager) - underWay.length);
}

/** Whether as many guests as may be are on their way to this node. */
export function isFull(node: string, underWay: readonly UnderWay[], snapshot: Snapshot, limits: AtOnceLimits): boolean {
  const ours = underWay.filter((trip) => trip.to === node && trip.from !== node).length;
  const byManager = managed(snapshot).filter((service) => service.target === node).length;
  return ours + byManager >= Math.min(limits.moves_to_one, snapshot.maxWorkers ?? limits.moves_to_one);
}

/** Services that the HA manager is moving now. */
function managed({ ha }: Snapshot) {
  if (!ha.known || ha.value.kind === 'unused') return [];
  return ha.value.services.filter(({ target, state }) => target !== undefined && /^(migrate|relocate)$/.test(state));
}
