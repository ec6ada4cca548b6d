/**
 * What keeps one guest from going to one node, in the operator's words. Pure. Proxmox VE's own preconditions look at disks and
 * devices only; target, storage, processor and version are nobody's business there, so they are judged here (facts 3.3, 3.8, 12).
 * Not judged, because nothing is read about it: whether a bridge of the same name exists on the target, and free disk space
 * there. The migration task refuses for these, and the guest runs on where it is.
 */
import type { GuestConfig, GuestFacts, GuestVolume } from './guest.ts';
import type { HostFacts, NodeFacts } from './node.ts';
import type { Reading } from './reading.ts';
import type { Snapshot, StorageFacts } from './snapshot.ts';
import { compareVersions, majorOf, upstreamOf } from './version.ts';

export interface ObstacleOptions {
  /**
   * What to say of a target whose QEMU is older than the one on the guest's node. `allow` is for a node that was upgraded with
   * its guests on it: they still run the QEMU of before (facts 3.9). An older major release is refused always.
   */
  readonly olderTargets?: 'refuse' | 'allow';
  /** What to say of a target in HA maintenance. `allow` is for a guest outside of HA that goes home to a node which is whole again. */
  readonly haMaintenance?: 'refuse' | 'allow';
}

/** @returns every reason against this move, memory aside; empty when there is none */
export function obstacles(guest: GuestFacts, target: string, snapshot: Snapshot, options: ObstacleOptions = {}): readonly string[] {
  if (target === guest.node) return ['the guest is there already'];
  const node = snapshot.nodes.find((candidate) => candidate.name === target);
  if (node === undefined) return ['there is no such node'];
  return [...unfitTarget(node, snapshot, options), ...reasonsToStay(guest, snapshot), ...pairObstacles(guest, node, snapshot, options)];
}

/** @returns what is in the way between just these two: storages, processor, versions */
export function pairObstacles(guest: GuestFacts, target: NodeFacts, snapshot: Snapshot, options: ObstacleOptions = {}): readonly string[] {
  return [...storageObstacles(guest, target.name, snapshot), ...machineObstacles(guest, target, snapshot, options)];
}

/** @returns why this node takes no guests at all now */
export function unfitTarget(node: NodeFacts, snapshot: Snapshot, options: ObstacleOptions = {}): readonly string[] {
  if (!node.online) return ['it is offline'];
  if (!node.host.answered) return [`it does not answer over ssh (${node.host.why})`];
  const { hold } = node.host.facts;
  if (!hold.known) return [`it is unknown whether somebody put it on hold (${hold.why})`];
  if (hold.value !== 'none') return [`it is on hold (${hold.value.path})`];
  const ha = snapshot.ha.known && snapshot.ha.value.kind === 'used' ? snapshot.ha.value.nodes[node.name] : undefined;
  if (ha === undefined) return [];
  if (options.haMaintenance === 'allow' && (ha.state === 'online' || ha.state === 'maintenance')) return [];
  if (ha.maintenanceRequested || ha.state === 'maintenance') return ['it is in HA maintenance'];
  return ha.state === 'online' ? [] : [`the HA manager calls it ${ha.state}`];
}

/** @returns why this guest cannot leave its node, whatever the target */
export function reasonsToStay(guest: GuestFacts, snapshot: Snapshot): readonly string[] {
  const reasons: string[] = [];
  if (guest.lock !== undefined) reasons.push(`the guest is locked (${guest.lock})`);
  if (!guest.status.known) reasons.push(`its state is unknown (${guest.status.why})`);
  else if (guest.status.value.kind === 'odd') reasons.push(`its state is ${guest.status.value.word}`);
  if (!guest.config.known) return [...reasons, `its config is unknown (${guest.config.why})`];
  const { pinnedBy, volumes } = guest.config.value;
  if (pinnedBy.length > 0) reasons.push(`it uses devices of its node (${pinnedBy.join(', ')})`);
  for (const volume of volumes) {
    if (volume.declaredShared) continue;
    if (volume.use === 'iso' && volume.storage === undefined) reasons.push(`${volume.key} is the drive of its node`);
    else if (volume.storage === undefined) reasons.push(`${volume.key} is ${volume.volume} on its node, not declared shared`);
    else if (volume.use === 'iso' && !isShared(volume, guest.node, snapshot.storages))
      reasons.push(`${volume.key} is the image ${volume.volume} on local storage`);
  }
  return reasons;
}

/** Whether its disks have to be copied when it moves: `qm migrate` wants `--with-local-disks` then. Cloud-init and TPM state need no asking (facts 3.8). */
export function copiesDisks(guest: GuestFacts, snapshot: Snapshot): boolean {
  if (!guest.config.known) return false;
  return guest.config.value.volumes.some(
    (volume) =>
      volume.use === 'disk' && volume.storage !== undefined && !volume.declaredShared && !isShared(volume, guest.node, snapshot.storages),
  );
}

function storageObstacles(guest: GuestFacts, target: string, snapshot: Snapshot): readonly string[] {
  const { config } = guest;
  if (!config.known) return [];
  if (!snapshot.storages.known) return [`the storages are unknown (${snapshot.storages.why})`];
  const rows = rowsOf(snapshot.storages.value);
  return storagesOf(config.value).flatMap((id) => {
    const row = rows.get(`${target}/${id}`);
    if (row === undefined) return [`storage ${id} is not enabled there`];
    return row.available ? [] : [`storage ${id} is not available there`];
  });
}

// Storages a guest needs where it runs, shared or of the same name; sorted out once, then asked for each target.
const needed = new WeakMap<GuestConfig, readonly string[]>();

function storagesOf(config: GuestConfig): readonly string[] {
  const before = needed.get(config);
  if (before !== undefined) return before;
  const storages = [...new Set(config.volumes.flatMap((volume) => volume.storage ?? []))].sort();
  needed.set(config, storages);
  return storages;
}

function isShared(volume: GuestVolume, node: string, storages: Reading<readonly StorageFacts[]>): boolean {
  return storages.known && rowsOf(storages.value).get(`${node}/${volume.storage ?? ''}`)?.shared === true;
}

// Thousands of guests are judged against dozens of nodes with the same storages, so these are sorted once for each snapshot.
const sorted = new WeakMap<readonly StorageFacts[], ReadonlyMap<string, StorageFacts>>();

function rowsOf(storages: readonly StorageFacts[]): ReadonlyMap<string, StorageFacts> {
  const before = sorted.get(storages);
  if (before !== undefined) return before;
  const rows = new Map(storages.map((row) => [`${row.node}/${row.storage}`, row]));
  sorted.set(storages, rows);
  return rows;
}

function machineObstacles(guest: GuestFacts, target: NodeFacts, snapshot: Snapshot, options: ObstacleOptions): readonly string[] {
  const from = factsOf(snapshot.nodes.find((candidate) => candidate.name === guest.node));
  const to = factsOf(target);
  if (from === undefined || to === undefined) return [];
  // A container starts anew on the target, so neither processor nor QEMU matters to it.
  const live = guest.kind === 'qemu';
  return [
    ...majorObstacles(from, to),
    ...(live ? cpuObstacles(guest, from, to) : []),
    ...(live && options.olderTargets !== 'allow' ? qemuObstacles(from, to) : []),
  ];
}

function majorObstacles(from: HostFacts, to: HostFacts): readonly string[] {
  if (!from.pveVersion.known || !to.pveVersion.known) return [];
  const [fromMajor, toMajor] = [majorOf(bareVersion(from.pveVersion.value)), majorOf(bareVersion(to.pveVersion.value))];
  return fromMajor !== undefined && toMajor !== undefined && toMajor < fromMajor
    ? [`it runs the older Proxmox VE ${bareVersion(to.pveVersion.value)}`]
    : [];
}

/** A live VM takes its processor along: `host` needs the same model, and nothing crosses vendors (facts 3.8). */
function cpuObstacles(guest: GuestFacts, from: HostFacts, to: HostFacts): readonly string[] {
  const asHost = guest.config.known && guest.config.value.cpuType === 'host';
  if (!from.cpuModel.known || !to.cpuModel.known)
    return asHost ? ['its processor type is host, and the processors cannot be compared'] : [];
  const [here, there] = [from.cpuModel.value, to.cpuModel.value];
  if (asHost && here !== there) return [`its processor type is host, and there is another processor (${there} instead of ${here})`];
  const [hereVendor, thereVendor] = [vendorOf(here), vendorOf(there)];
  return hereVendor !== undefined && thereVendor !== undefined && hereVendor !== thereVendor
    ? [`a running VM cannot go from ${hereVendor} to ${thereVendor}`]
    : [];
}

function vendorOf(model: string): 'AMD' | 'Intel' | undefined {
  return /\bAMD\b/i.test(model) ? 'AMD' : /\bIntel\b/i.test(model) ? 'Intel' : undefined;
}

/** Rebuilds of the same QEMU move both ways; a newer QEMU's machine may be unknown to an older one. */
function qemuObstacles(from: HostFacts, to: HostFacts): readonly string[] {
  const here = from.versions.known ? from.versions.value['pve-qemu-kvm'] : undefined;
  const there = to.versions.known ? to.versions.value['pve-qemu-kvm'] : undefined;
  if (here === undefined || there === undefined || here === there) return [];
  return compareVersions(upstreamOf(there), upstreamOf(here)) < 0 ? [`its QEMU ${there} is older than ${here}`] : [];
}

/** `9.0.3` of `pve-manager/9.0.3/025864202ebb6109`. */
export function bareVersion(text: string): string {
  return /(?:^|\/)(\d[^/\s]*)/.exec(text)?.[1] ?? text;
}

function factsOf(node: NodeFacts | undefined): HostFacts | undefined {
  return node?.host.answered === true ? node.host.facts : undefined;
}
