/**
 * What of a node is not yet as it was before it left (facts 8.3). Pure: what is missing, an entry each, named so that a person can go
 * and look; empty when the node is back. A reading that failed is missing too.
 */
import type { ClusterResources } from '../../clients/cluster-resources.ts';
import type { Members } from '../../clients/pmxcfs.ts';
import type { QuorumStatus } from '../../clients/quorum.ts';
import { guestTitle } from '../../model/guest.ts';
import type { ZfsHealth } from '../../model/node.ts';
import { mayBeServedByStopped } from '../../model/served-storage.ts';
import type { Reading } from '../../model/reading.ts';
import type { CephFacts, HaFacts } from '../../model/snapshot.ts';
import type { NodeBaseline } from '../../model/step.ts';

/** What the node says of itself. */
export interface InsideNow {
  readonly services: Reading<Readonly<Record<string, string>>>;
  readonly failed: Reading<readonly string[]>;
  readonly audit: Reading<string>;
  readonly zfs: Reading<ZfsHealth>;
  readonly quorum: Reading<QuorumStatus>;
  readonly pmxcfs: Reading<'writable' | 'read-only' | 'not-mounted'>;
  readonly links: Reading<readonly string[]>;
  readonly corosyncLinks: Reading<readonly string[]>;
  readonly clockSynchronised: Reading<boolean>;
}

/**
 * @param lone without a cluster there is no quorum to have
 * @param guestsWait guests of the run are started only once the node is whole. One of them may be the router to the time servers, so the
 * clock is not waited for; how far the clocks are apart is asked before the next node
 */
export function missingInside(node: string, before: NodeBaseline, now: InsideNow, lone: boolean, guestsWait: boolean): readonly string[] {
  return [
    ...told(now.services, (services) =>
      before.activeServices
        .filter((unit) => services[unit] !== 'active')
        .map((unit) => `${unit} on ${node} is ${services[unit] ?? 'not there'}`),
    ),
    ...told(now.failed, (failed) =>
      failed.filter((unit) => !before.failedUnits.includes(unit)).map((unit) => `${unit} on ${node} has failed and had not before`),
    ),
    ...told(now.audit, (audit) => (audit === '' ? [] : [`dpkg on ${node} is not whole: ${audit}`])),
    ...told(now.zfs, (zfs) => (zfs.kind === 'unhealthy' ? [`ZFS on ${node}: ${zfs.text}`] : [])),
    ...compared(before.links && lasting(before.links), now.links, (link) => `${link} on ${node} is not up and was before`),
    ...(before.clockSynchronised === true && !guestsWait
      ? told(now.clockSynchronised, (yes) => (yes ? [] : [`the clock of ${node} is not synchronised yet`]))
      : []),
    ...told(now.pmxcfs, (state) =>
      state === 'writable' ? [] : [`/etc/pve on ${node} is ${state === 'read-only' ? 'read-only' : 'not mounted'}`],
    ),
    ...(lone ? [] : told(now.quorum, (quorum) => (quorum.quorate ? [] : [`${node} itself has no quorum`]))),
    ...(lone ? [] : compared(before.corosyncLinks, now.corosyncLinks, (link) => `corosync on ${node}: ${link} is not connected`)),
  ];
}

/**
 * Links that a node comes up with. Where a bridge does not know VLANs itself, the first guest with a tag makes one more, `vmbr0v100`, with
 * `eno1.100` in it; both stay until the next boot (PVE::Network, activate_bridge_vlan).
 */
function lasting(links: readonly string[]): readonly string[] {
  const made = links.flatMap((name) => {
    const [, bridge, tag] = /^(.+)v(\d{1,4})$/.exec(name) ?? [];
    return bridge !== undefined && tag !== undefined && links.includes(bridge) ? [{ name, tag }] : [];
  });
  const carries = (name: string, tag: string) => name.endsWith(`.${tag}`) && links.includes(name.slice(0, -tag.length - 1));
  return links.filter((name) => !made.some((one) => one.name === name || carries(name, one.tag)));
}

/** @returns kernel errors of this boot that were not there before it */
export function newKernelErrors(before: NodeBaseline, errors: readonly string[]): readonly string[] {
  return before.kernelErrors === undefined ? [] : errors.filter((line) => !before.kernelErrors?.includes(line));
}

/** What the own node sees of it. */
export interface OutsideNow {
  readonly members: Reading<Members>;
  readonly resources: Reading<ClusterResources>;
}

/**
 * @param stopped guests that the run itself stopped and will start again @param lone a node without a cluster misses nobody
 * @param down all guests that may be down because of the run: what they serve cannot be there yet
 */
export function missingOutside(
  node: string,
  before: NodeBaseline,
  now: OutsideNow,
  stopped: readonly number[],
  lone: boolean,
  down = stopped,
): readonly string[] {
  return [
    ...told(now.members, (members) =>
      members.kind === 'lone'
        ? lone
          ? []
          : [`${members.ownNode} has not heard of its cluster since its pve-cluster started`]
        : [
            ...members.nodes.filter((member) => !member.online).map((member) => `${member.name} is not a member of the cluster`),
            ...(members.quorate ? [] : ['the cluster has no quorum']),
          ],
    ),
    ...told(now.resources, (resources) => missingRows(node, before, resources, stopped, down)),
  ];
}

function missingRows(
  node: string,
  before: NodeBaseline,
  resources: ClusterResources,
  stopped: readonly number[],
  down: readonly number[],
): readonly string[] {
  const row = resources.nodes.find((candidate) => candidate.name === node);
  const available = resources.storages.filter((storage) => storage.node === node && storage.available).map((storage) => storage.storage);
  return [
    // Right after a boot the rows lack memory for some seconds; deciding on them would be deciding on nothing (measured).
    ...(row === undefined || row.status !== 'online' || row.memoryBytes === undefined ? [`${node} does not broadcast its state yet`] : []),
    ...before.storages
      .filter((storage) => !available.includes(storage) && !mayBeServedByStopped(storage, resources.storages, down))
      .map((storage) => `storage ${storage} is not available on ${node}`),
    ...resources.guests
      .filter(
        (guest) =>
          guest.node === node && guest.status === 'stopped' && (before.onBoot ?? []).includes(guest.vmid) && !stopped.includes(guest.vmid),
      )
      .map((guest) => `${guestTitle({ kind: guest.kind, vmid: guest.vmid, name: guest.name ?? '' })} starts with ${node} and does not run`),
  ];
}

/** An LRM that has been silent for so long counts as dead in Proxmox VE too (facts 4.2). */
const silentLrmS = 30;

export function missingInHa(node: string, ha: HaFacts): readonly string[] {
  if (ha.kind === 'unused') return [];
  const seen = ha.nodes[node];
  if (seen === undefined) return [`HA does not know ${node}`];
  return [
    ...(seen.state === 'online' || seen.state === 'maintenance' ? [] : [`HA says ${node} is ${seen.state}`]),
    ...(seen.lrmAgeS > silentLrmS ? [`the LRM of ${node} has been silent for ${Math.round(seen.lrmAgeS)} s`] : []),
    ...ha.services
      .filter((service) => service.node === node && /^(error|fence|recovery)$/.test(service.state))
      .map((service) => `HA service ${service.sid} is in state ${service.state}`),
  ];
}

export function missingInCeph(ceph: CephFacts): readonly string[] {
  if (ceph.kind === 'absent') return ['Ceph is not there any more'];
  return [
    ...missingMonitors(ceph),
    ...(ceph.osdsUp < ceph.osds ? [`${ceph.osdsUp} of ${ceph.osds} OSDs are up`] : []),
    ...(ceph.unsettledPgs > 0 ? [`${ceph.unsettledPgs} placement groups are not active+clean yet`] : []),
  ];
}

/** The next node may only leave once all are back: each one that is away is one that cannot be spared. */
export function missingMonitors(ceph: CephFacts): readonly string[] {
  if (ceph.kind === 'absent' || ceph.monitors === undefined) return [];
  const { inQuorum, configured } = ceph.monitors;
  return inQuorum.length < configured ? [`${inQuorum.length} of ${configured} monitors of Ceph are in quorum`] : [];
}

function told<T>(reading: Reading<T>, missing: (value: T) => readonly string[]): readonly string[] {
  return reading.known ? missing(reading.value) : [reading.why];
}

/** What was there before and is not now; what was not known before cannot be missed. */
function compared(
  before: readonly string[] | undefined,
  now: Reading<readonly string[]>,
  text: (name: string) => string,
): readonly string[] {
  return before === undefined ? [] : told(now, (names) => before.filter((name) => !names.includes(name)).map(text));
}
