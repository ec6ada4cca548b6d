/** What the last look says of one node: its guests, its disks, and what must be as it was once it is back. Pure. */
import type { Config } from '../../config/schema.ts';
import { needsPlace, type GuestFacts } from '../../model/guest.ts';
import type { HostFacts } from '../../model/node.ts';
import { mustLeave } from '../../model/way.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { NodeBaseline } from '../../model/step.ts';

/** How the node is now, to compare with when it is back. */
export function baselineOf(name: string, snapshot: Snapshot): NodeBaseline {
  const facts = answered(snapshot, name);
  return {
    bootId: facts.bootId.known ? facts.bootId.value : '',
    failedUnits: facts.failedUnits.known ? facts.failedUnits.value : [],
    activeServices: facts.services.known
      ? Object.entries(facts.services.value)
          .filter(([, state]) => state === 'active')
          .map(([unit]) => unit)
          .sort()
      : [],
    storages: snapshot.storages.known
      ? snapshot.storages.value
          .filter((row) => row.node === name && row.available)
          .map((row) => row.storage)
          .sort()
      : [],
    ...(facts.kernel.known ? { kernel: facts.kernel.value.running } : {}),
    ...(facts.pveVersion.known ? { pveVersion: facts.pveVersion.value } : {}),
    ...(facts.links.known ? { links: ownLinks(facts.links.value, facts.configuredLinks) } : {}),
    ...(facts.corosyncLinks.known ? { corosyncLinks: facts.corosyncLinks.value } : {}),
    ...(facts.kernelErrors.known ? { kernelErrors: facts.kernelErrors.value } : {}),
    ...(facts.clockSynchronised.known ? { clockSynchronised: facts.clockSynchronised.value } : {}),
    onBoot: guestsOn(snapshot, name)
      .filter((guest) => guest.ha === undefined && guest.config.known && guest.config.value.onBoot)
      .map(({ vmid }) => vmid),
  };
}

/**
 * Only what the node itself brings up at boot can be missed after it: a VPN or a container engine makes its interfaces when it gets to
 * it, or when somebody wants one again.
 */
function ownLinks(links: readonly string[], configured: HostFacts['configuredLinks']): readonly string[] {
  if (configured?.known !== true || configured.value.length === 0) return links;
  const named = new Set(configured.value);
  return links.filter((name) => named.has(name));
}

/** How long a node may take from its boot until it has started its guests; a guest that does not run is not called lost before. */
export const autostartS = 300;

/**
 * Whether the node may start guests any moment, so that none running there means nothing yet: pve-guests starts them one by one after a
 * boot, and before the first it waits for quorum, however long that takes (facts 2.4, 8.2).
 * @param services systemd's word for each, as `nodeServicesQuery` reads it
 */
export function startsGuests(uptimeS: number, services: Readonly<Record<string, string>>): boolean {
  const word = services['pve-guests'];
  return word === 'activating' || (uptimeS < autostartS && word !== 'active' && word !== 'failed');
}

/** Guests of the node that need a place when it goes down, in the order of their vmid. */
export function guestsOn(snapshot: Snapshot, name: string): readonly GuestFacts[] {
  return snapshot.guests.known ? snapshot.guests.value.filter((guest) => guest.node === name && needsPlace(guest)) : [];
}

/** Those of them that must be gone before the node reboots: all but those that may go down with it. */
export function guestsToLeave(snapshot: Snapshot, name: string, config: Config): readonly GuestFacts[] {
  return guestsOn(snapshot, name).filter((guest) => mustLeave(guest, snapshot, config));
}

export function haInUse(snapshot: Snapshot): boolean {
  return snapshot.ha.known && snapshot.ha.value.kind === 'used';
}

export function osdsOn(snapshot: Snapshot, name: string): number {
  return snapshot.ceph.known && snapshot.ceph.value.kind === 'present' ? (snapshot.ceph.value.osdsByHost[name]?.length ?? 0) : 0;
}

/** @throws when the node is missing or silent: it has no place in a plan then */
export function answered(snapshot: Snapshot, name: string): HostFacts {
  const node = snapshot.nodes.find((candidate) => candidate.name === name);
  if (node === undefined || !node.host.answered) throw new Error(`${name} did not answer and cannot be planned`);
  return node.host.facts;
}
