/**
 * What keeps one guest from going to one node, in the operator's words. Pure. Proxmox VE's own preconditions look at disks and
 * devices only; target, storage, processor and version are nobody's business there, so they are judged here (facts 3.3, 3.8, 12).
 * Not judged, because nothing is read about it: free disk space there. The migration task refuses for it, and the guest runs on
 * where it is.
 */
import { addressesIn } from './address.ts';
import { copyObstacles, followsReplica, isReplicated, isShared, localDisks, replicaObstacles, rowsOf, type DiskLimits } from './disks.ts';
import type { GuestConfig, GuestFacts, MappedDevice } from './guest.ts';
import { ruleObstacles } from './ha-rule.ts';
import type { HostFacts, NodeFacts } from './node.ts';
import type { Snapshot } from './snapshot.ts';
import { compareVersions, majorOf, upstreamOf } from './version.ts';
import { isLive, type Way } from './way.ts';

export interface ObstacleOptions {
  /**
   * What to say of a target whose QEMU is older than the one on the guest's node. `allow` is for a node that was upgraded with
   * its guests on it: they still run the QEMU of before (facts 3.9). An older major release is refused always.
   */
  readonly olderTargets?: 'refuse' | 'allow';
  /** What to say of a target in HA maintenance. `allow` is for a guest outside of HA that goes home to a node which is whole again. */
  readonly haMaintenance?: 'refuse' | 'allow';
  /** By which way it goes. Missing: as the HA manager would move it, with its disks. */
  readonly way?: Way;
  readonly disks?: DiskLimits;
}

/** @returns every reason against this move, memory aside; empty when there is none */
export function obstacles(guest: GuestFacts, target: string, snapshot: Snapshot, options: ObstacleOptions = {}): readonly string[] {
  if (target === guest.node) return ['the guest is there already'];
  const node = snapshot.nodes.find((candidate) => candidate.name === target);
  if (node === undefined) return ['there is no such node'];
  return [
    ...unfitTarget(node, snapshot, options),
    ...reasonsToStay(guest, snapshot, options),
    ...pairObstacles(guest, node, snapshot, options),
  ];
}

/** @returns what is in the way between just these two: storages, replicas, mappings, processor, versions */
export function pairObstacles(guest: GuestFacts, target: NodeFacts, snapshot: Snapshot, options: ObstacleOptions = {}): readonly string[] {
  return [
    ...storageObstacles(guest, target.name, snapshot),
    ...replicaWay(guest, target.name, snapshot, options),
    ...mappingObstacles(guest, target.name, snapshot),
    ...networkObstacles(guest, target, snapshot),
    ...ruleObstacles(guest, target.name, snapshot),
    ...machineObstacles(guest, target, snapshot, options),
  ];
}

/** @returns why this node takes no guests at all now */
export function unfitTarget(node: NodeFacts, snapshot: Snapshot, options: ObstacleOptions = {}): readonly string[] {
  if (!node.online) return ['it is offline'];
  if (!node.host.answered) return [`it does not answer over ssh (${node.host.why})`];
  const { hold } = node.host.facts;
  if (!hold.known) return [`it is unknown whether somebody put it on hold (${hold.why})`];
  if (hold.value !== 'none') return [`it is on hold (${hold.value.path})`];
  const unreached = migrationAddress(node.host.facts, snapshot);
  if (unreached !== undefined) return [unreached];
  const ha = snapshot.ha.known && snapshot.ha.value.kind === 'used' ? snapshot.ha.value.nodes[node.name] : undefined;
  if (ha === undefined) return [];
  if (options.haMaintenance === 'allow' && (ha.state === 'online' || ha.state === 'maintenance')) return [];
  if (ha.maintenanceRequested || ha.state === 'maintenance') return ['it is in HA maintenance'];
  return ha.state === 'online' ? [] : [`the HA manager calls it ${ha.state}`];
}

/** Proxmox VE sends guests to the one address that the target has in the migration network; with none, or several, it refuses (facts 3.7). */
function migrationAddress({ addresses }: HostFacts, { migrationNetwork }: Snapshot): string | undefined {
  if (migrationNetwork === undefined || addresses === undefined) return undefined;
  if (!addresses.known) return `it is unknown whether it has an address in the migration network ${migrationNetwork} (${addresses.why})`;
  const there = addressesIn(migrationNetwork, addresses.value);
  if (there === undefined) return `the migration network ${migrationNetwork} is none (datacenter.cfg)`;
  if (there.length === 1) return undefined;
  return there.length === 0
    ? `it has no address in the migration network ${migrationNetwork}`
    : `it has several addresses in the migration network ${migrationNetwork} (${there.join(', ')})`;
}

/** @returns why this guest cannot leave its node, whatever the target */
export function reasonsToStay(guest: GuestFacts, snapshot: Snapshot, options: ObstacleOptions = {}): readonly string[] {
  const reasons: string[] = [];
  if (guest.lock !== undefined) reasons.push(`the guest is locked (${guest.lock})`);
  if (!guest.status.known) reasons.push(`its state is unknown (${guest.status.why})`);
  else if (guest.status.value.kind === 'odd') reasons.push(`its state is ${guest.status.value.word}`);
  else if (guest.status.value.kind === 'paused' && options.way === 'restart-elsewhere')
    reasons.push('it is paused, and a paused VM cannot be shut down');
  if (!guest.config.known) return [...reasons, `its config is unknown (${guest.config.why})`];
  const { volumes, heldImages = [] } = guest.config.value;
  const pins = pinsOf(guest, guest.config.value, snapshot, options);
  if (pins.length > 0) reasons.push(`it uses devices of its node (${pins.join(', ')})`);
  for (const volume of volumes) {
    if (volume.declaredShared) continue;
    if (volume.use === 'iso' && volume.storage === undefined) reasons.push(`${volume.key} is the drive of its node`);
    else if (volume.storage === undefined) reasons.push(`${volume.key} is ${volume.volume} on its node, not declared shared`);
    else if (volume.use === 'iso' && !isShared(volume, guest.node, snapshot.storages))
      reasons.push(`${volume.key} is the image ${volume.volume} on local storage`);
  }
  for (const image of heldImages)
    if (image.storage !== undefined && !isShared(image, guest.node, snapshot.storages))
      reasons.push(`a snapshot of it still names the image ${image.volume} on local storage`);
  return [...reasons, ...diskReasons(guest, snapshot, options)];
}

/** Its raw devices always; mapped ones and what only a running VM cannot take along, when it moves while it runs (facts 3.3, 3.8). */
function pinsOf(
  guest: GuestFacts,
  { pinnedBy, mapped = [] }: GuestConfig,
  snapshot: Snapshot,
  { way }: ObstacleOptions,
): readonly string[] {
  const coming = (key: string): boolean => {
    const device = mapped.find((one) => one.key === key);
    if (way === undefined || isLive(way, guest)) return device?.kind === 'pci' && mappingOf(device, snapshot)?.live === true;
    return device !== undefined || key === 'amd-sev' || key === 'intel-tdx';
  };
  return pinnedBy.filter((key) => !coming(key));
}

function mappingOf({ kind, mapping }: MappedDevice, snapshot: Snapshot) {
  if (snapshot.mappings?.known !== true) return undefined;
  return snapshot.mappings.value.find((known) => known.kind === kind && known.id === mapping);
}

function mappingObstacles(guest: GuestFacts, target: string, snapshot: Snapshot): readonly string[] {
  const mapped = guest.config.known ? (guest.config.value.mapped ?? []) : [];
  if (mapped.length === 0) return [];
  const { mappings } = snapshot;
  if (mappings === undefined || !mappings.known)
    return [`the resource mappings are unknown (${mappings?.known === false ? mappings.why : 'nobody asked'})`];
  return mapped
    .filter((device) => mappingOf(device, snapshot)?.nodes.includes(target) !== true)
    .map(({ key, mapping }) => `${key} is mapped as ${mapping}, which it does not have`);
}

/**
 * An SDN network is only on the nodes of its zone, and a bridge where somebody made one. What the guest's own node does not show
 * either is of a kind that cannot be seen this way; the migration itself decides then.
 */
function networkObstacles(guest: GuestFacts, target: NodeFacts, { networkNodes = {}, nodes }: Snapshot): readonly string[] {
  if (!guest.config.known || guest.config.value.bridges.length === 0) return [];
  const here = linksOf(nodes.find(({ name }) => name === guest.node));
  const there = linksOf(target);
  return guest.config.value.bridges.flatMap((bridge) => {
    if (networkNodes[bridge]?.includes(target.name) === false) return [`its network ${bridge} is not on that node`];
    return here?.has(bridge) === true && there?.has(bridge) === false ? [`its bridge ${bridge} is not up on that node`] : [];
  });
}

// Thousands of guests are asked for on dozens of nodes.
const linkSets = new WeakMap<readonly string[], ReadonlySet<string>>();

function linksOf(node: NodeFacts | undefined): ReadonlySet<string> | undefined {
  const links = factsOf(node)?.links;
  if (links?.known !== true) return undefined;
  const set = linkSets.get(links.value) ?? new Set(links.value);
  linkSets.set(links.value, set);
  return set;
}

/** What its policy says of local disks. Without a way (the HA manager's own) they are copied without asking (facts 4.6). */
function diskReasons(guest: GuestFacts, snapshot: Snapshot, { way, disks = {} }: ObstacleOptions): readonly string[] {
  if (way === undefined || way === 'ha-manager' || way === 'replica-migration') return [];
  const local = localDisks(guest, snapshot);
  if (local.length === 0 || followsReplica(guest, snapshot)) return [];
  if (way === 'disk-migration') return copyObstacles(guest, snapshot, disks, guest.kind === 'qemu');
  return local.map((disk) => `${disk.key} is on local storage (${disk.storage ?? ''})`);
}

/** A replicated guest goes where its replica is; a running VM is not let anywhere else (facts 1.9, 3.2). */
function replicaWay(guest: GuestFacts, target: string, snapshot: Snapshot, { way, disks = {} }: ObstacleOptions): readonly string[] {
  if (way === undefined || !isReplicated(guest)) return [];
  if (followsReplica(guest, snapshot) || isLive(way, guest)) return replicaObstacles(guest, target, snapshot, disks);
  return [];
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

function machineObstacles(guest: GuestFacts, target: NodeFacts, snapshot: Snapshot, options: ObstacleOptions): readonly string[] {
  const from = factsOf(snapshot.nodes.find((candidate) => candidate.name === guest.node));
  const to = factsOf(target);
  if (from === undefined || to === undefined) return [];
  // A container starts anew on the target, so neither processor nor QEMU matters to it.
  const live = guest.kind === 'qemu' && (options.way === undefined || isLive(options.way, guest));
  return [
    ...majorObstacles(from, to),
    ...(live ? cpuObstacles(guest, from, to) : []),
    ...(live && options.olderTargets !== 'allow' ? qemuObstacles(from, to) : []),
    ...pinnedMachine(guest, to),
    ...(live ? clipboardObstacles(guest, from, to) : []),
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

/** A VM whose machine version is pinned starts and lands only where QEMU knows that version (facts 3.8). */
function pinnedMachine(guest: GuestFacts, to: HostFacts): readonly string[] {
  const machine = guest.config.known ? guest.config.value.machine : undefined;
  const wanted = /-(\d+\.\d+)(\+pve\d+)?$/.exec(machine ?? '')?.[1];
  const there = to.versions.known ? to.versions.value['pve-qemu-kvm'] : undefined;
  if (machine === undefined || wanted === undefined || there === undefined) return [];
  return compareVersions(upstreamOf(there), wanted) < 0 ? [`its machine version is ${machine}, and QEMU there is ${there}`] : [];
}

/** With a clipboard over VNC no VM moves live on Proxmox VE 8, and none of a QEMU before 10.1 on 9 (facts 3.2). */
function clipboardObstacles(guest: GuestFacts, ...hosts: readonly HostFacts[]): readonly string[] {
  if (!guest.config.known || guest.config.value.vncClipboard !== true) return [];
  const old = hosts.some(({ versions, pveVersion }) => {
    const qemu = versions.known ? versions.value['pve-qemu-kvm'] : undefined;
    const major = pveVersion.known ? majorOf(bareVersion(pveVersion.value)) : undefined;
    return major === undefined || major < 9 || qemu === undefined || compareVersions(upstreamOf(qemu), '10.1') < 0;
  });
  return old ? ['its clipboard is set to vnc, which cannot move live'] : [];
}

/** `9.0.3` of `pve-manager/9.0.3/025864202ebb6109`. */
export function bareVersion(text: string): string {
  return /(?:^|\/)(\d[^/\s]*)/.exec(text)?.[1] ?? text;
}

function factsOf(node: NodeFacts | undefined): HostFacts | undefined {
  return node?.host.answered === true ? node.host.facts : undefined;
}
