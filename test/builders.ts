/**
 * Facts for tests: a healthy, quorate cluster of three nodes with nothing to complain about. Each test states only in what it differs.
 */
import { configSchema, type Config } from '../src/config/schema.ts';
import { gib } from '../src/model/bytes.ts';
import type { GuestConfig, GuestFacts, GuestVolume } from '../src/model/guest.ts';
import type { HostFacts, NodeFacts } from '../src/model/node.ts';
import type { PackageSet } from '../src/model/packages.ts';
import { known } from '../src/model/reading.ts';
import type {
  HaFacts,
  HaNodeFacts,
  HaServiceFacts,
  Membership,
  QdeviceFacts,
  QuorumFacts,
  Snapshot,
  StorageFacts,
} from '../src/model/snapshot.ts';

/** When the facts of these tests were seen: 2025-09-22 10:00 UTC. */
export const takenAtMs = Date.UTC(2025, 8, 22, 10);

type Input<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** A config as it would be read from a file that holds just these keys. */
export function config(keys: unknown = {}): Config {
  return configSchema.parse(keys);
}

/** What a healthy node on PVE 9 says of itself, with 64 GiB of memory of which 48 GiB are free, and nothing pending. */
export function hostFacts(differs: Partial<HostFacts> = {}): HostFacts {
  return {
    bootId: known('0e7a2c1e-0000-4000-8000-000000000001'),
    uptimeS: known(864_000),
    pveVersion: known('9.0.3'),
    codename: known('trixie'),
    kernel: known({ running: '6.14.8-2-pve', expected: '6.14.8-2-pve', pinned: false, installed: ['6.14.8-2-pve'] }),
    rebootRequired: known([]),
    clockOffsetMs: known(3),
    clockSynchronised: known(true),
    memory: known({ totalBytes: 64 * gib, availableBytes: 48 * gib }),
    cpuModel: known('AMD EPYC 7302P 16-Core Processor'),
    dpkgAudit: known(''),
    aptHolds: known([]),
    pending: known(emptySet),
    repositories: known([
      { uri: 'http://deb.debian.org/debian', suite: 'trixie', component: 'main' },
      { uri: 'http://deb.debian.org/debian', suite: 'trixie-updates', component: 'main' },
      { uri: 'http://security.debian.org/debian-security', suite: 'trixie-security', component: 'main' },
      { uri: 'http://download.proxmox.com/debian/pve', suite: 'trixie', component: 'pve-no-subscription' },
    ]),
    subscribed: known(false),
    fileSystems: known([
      { mountPoint: '/', totalBytes: 45 * gib, freeBytes: 30 * gib },
      { mountPoint: '/boot/efi', totalBytes: gib, freeBytes: gib - 10 * 1024 ** 2 },
    ]),
    zfs: known({ kind: 'absent' }),
    failedUnits: known([]),
    services: known(Object.fromEntries(serviceNames.map((name) => [name, 'active']))),
    links: known(['eno1', 'vmbr0']),
    corosyncLinks: known(['link 0 to node 1', 'link 0 to node 2', 'link 0 to node 3']),
    kernelErrors: known([]),
    ourUnits: known([]),
    hold: known('none'),
    proxlb: known(false),
    versions: known({ 'pve-manager': '9.0.3', 'pve-qemu-kvm': '10.0.2-4', 'qemu-server': '9.0.16', 'pve-container': '6.0.9' }),
    ...differs,
  };
}

export const serviceNames = [
  'pve-cluster',
  'corosync',
  'pvedaemon',
  'pveproxy',
  'pvestatd',
  'pvescheduler',
  'pve-ha-lrm',
  'pve-ha-crm',
  'pve-guests',
] as const;

export const emptySet: PackageSet = { changes: [], removals: [], keptBack: [] };

/** A package set of plain updates by name. */
export function packageSet(...names: readonly string[]): PackageSet {
  return { ...emptySet, changes: names.map((name) => ({ name, from: '1.0', to: '1.1', origin: 'Proxmox Debian Repository:stable' })) };
}

/** A node named `pveN` gets N as its corosync id. @param differs `facts` changes what it says over its shell, `host` replaces that altogether */
export function node(name: string, differs: Partial<NodeFacts> & { readonly facts?: Partial<HostFacts> } = {}): NodeFacts {
  const { facts, ...rest } = differs;
  const nodeId = Number(/\d+$/.exec(name)?.[0] ?? 1);
  return {
    name,
    address: `192.0.2.${10 + nodeId}`,
    nodeId,
    votes: 1,
    online: true,
    host: { answered: true, facts: hostFacts({ bootId: known(`0e7a2c1e-0000-4000-8000-${String(nodeId).padStart(12, '0')}`), ...facts }) },
    ...rest,
  };
}

/** A running VM on pve1 with 4 GiB and one disk on the shared storage `nfs`. @param differs `configFacts` changes single keys of its config */
export function guest(vmid: number, differs: Partial<GuestFacts> & { readonly configFacts?: Partial<GuestConfig> } = {}): GuestFacts {
  const { configFacts, ...rest } = differs;
  return {
    vmid,
    kind: 'qemu',
    name: '',
    node: 'pve1',
    status: known({ kind: 'running' }),
    memoryBytes: known(4 * gib),
    template: false,
    tags: [],
    config: known({
      volumes: [volume('scsi0', 'nfs')],
      pinnedBy: [],
      bridges: ['vmbr0'],
      cpuType: 'x86-64-v2-AES',
      onBoot: true,
      ...configFacts,
    }),
    ...rest,
  };
}

/** A disk on a storage. */
export function volume(key: string, storage: string, differs: Partial<GuestVolume> = {}): GuestVolume {
  return { key, storage, volume: `vm-100-${key}`, use: 'disk', declaredShared: false, ...differs };
}

/** A storage of one node. @param storage `nfs` is shared unless said otherwise, all others are local */
export function storage(nodeName: string, name: string, differs: Partial<StorageFacts> = {}): StorageFacts {
  return {
    node: nodeName,
    storage: name,
    plugin: name === 'nfs' ? 'nfs' : 'dir',
    shared: name === 'nfs',
    available: true,
    content: ['images', 'rootdir', 'iso'],
    ...differs,
  };
}

/** Quorum as these nodes and this device have it: threshold by facts 2.3. */
export function quorum(
  nodes: readonly NodeFacts[],
  qdevice: QdeviceFacts = { kind: 'none' },
  differs: Partial<QuorumFacts> = {},
): QuorumFacts {
  const votes = (some: readonly NodeFacts[]): number => some.reduce((sum, each) => sum + each.votes, 0);
  const deviceVotes = qdevice.kind === 'configured' ? qdevice.votes : 0;
  const expectedVotes = votes(nodes) + deviceVotes;
  const totalVotes = votes(nodes.filter((each) => each.online)) + deviceVotes;
  const threshold = Math.floor(expectedVotes / 2) + 1;
  return { quorate: totalVotes >= threshold, expectedVotes, totalVotes, threshold, flags: ['Quorate'], qdevice, ...differs };
}

/** A cluster named `prod` with this quorum. */
export function cluster(facts: QuorumFacts): Membership {
  return { kind: 'cluster', name: 'prod', quorum: known(facts) };
}

/** HA in use, settled, with pve1 as master. */
export function ha(
  services: readonly HaServiceFacts[],
  nodes: Readonly<Record<string, Partial<HaNodeFacts>>> = { pve1: {}, pve2: {}, pve3: {} },
): HaFacts & { kind: 'used' } {
  return {
    kind: 'used',
    master: 'pve1',
    masterAgeS: 4,
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([name, differs]) => [
        name,
        { state: 'online', maintenanceRequested: false, lrmMode: 'active', lrmState: 'active', lrmAgeS: 5, ...differs },
      ]),
    ),
    services,
  };
}

/** A settled HA service. */
export function service(sid: string, nodeName: string, differs: Partial<HaServiceFacts> = {}): HaServiceFacts {
  return { sid, node: nodeName, state: 'started', requested: 'started', ...differs };
}

/**
 * Three nodes, one small VM on each, shared and local storage on all of them, no HA, no Ceph, nobody at work. The agent
 * runs on the first node. Quorum and storages follow from `nodes` unless given; a value may be given bare or as a reading.
 */
export function snapshot(
  differs: Input<Omit<Snapshot, 'guests' | 'storages'>> & {
    readonly guests?: Snapshot['guests'] | readonly GuestFacts[];
    readonly storages?: Snapshot['storages'] | readonly StorageFacts[];
  } = {},
): Snapshot {
  const nodes = differs.nodes ?? [node('pve1'), node('pve2'), node('pve3')];
  const guests = differs.guests ?? [guest(101, { node: 'pve1' }), guest(102, { node: 'pve2' }), guest(103, { node: 'pve3' })];
  const storages = differs.storages ?? nodes.flatMap(({ name }) => ['local', 'local-lvm', 'nfs'].map((id) => storage(name, id)));
  return {
    takenAtMs: differs.takenAtMs ?? takenAtMs,
    ownNode: differs.ownNode ?? nodes[0]?.name ?? 'pve1',
    membership: differs.membership ?? cluster(quorum(nodes)),
    nodes,
    guests: isList(guests) ? known(guests) : guests,
    storages: isList(storages) ? known(storages) : storages,
    ha: differs.ha ?? known({ kind: 'unused' }),
    tasks: differs.tasks ?? known([]),
    ceph: differs.ceph ?? known({ kind: 'absent' }),
    lock: differs.lock ?? known('free'),
  };
}

/** A node without a cluster and these guests on it. */
export function loneSnapshot(differs: Parameters<typeof snapshot>[0] = {}): Snapshot {
  const nodes = differs.nodes ?? [node('pve1', { nodeId: 0 })];
  return snapshot({
    nodes,
    membership: { kind: 'lone' },
    guests: [guest(101, { configFacts: { volumes: [volume('scsi0', 'local-lvm')] } })],
    ...differs,
  });
}

// `Array.isArray` does not narrow a readonly array out of a union.
function isList<T>(value: readonly T[] | { readonly known: boolean }): value is readonly T[] {
  return Array.isArray(value);
}
