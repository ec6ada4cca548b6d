/** Settled worlds to start from. Scenarios and the demo name them and say only what differs. */
import { GiB } from './spec.ts';
import type { GuestSpec, NodeSpec, PackageSpec, WorldSpec } from './spec.ts';

/** What a month leaves to be installed on a PVE 9 host. */
const month9: readonly PackageSpec[] = [
  { name: 'libc6', to: '2.41-12+deb13u1', origin: 'Debian-Security:13/stable-security', bytes: 2_800_000 },
  { name: 'openssh-server', to: '1:10.0p1-7+deb13u1', origin: 'Debian-Security:13/stable-security', bytes: 600_000 },
  { name: 'libpve-common-perl', to: '9.1.1', bytes: 180_000 },
  { name: 'libpve-storage-perl', to: '9.1.0', bytes: 150_000 },
  { name: 'pve-container', to: '6.0.18', bytes: 170_000 },
  { name: 'pve-ha-manager', to: '5.0.8', bytes: 90_000 },
  { name: 'pve-manager', to: '9.1.2', bytes: 4_500_000 },
  { name: 'pve-qemu-kvm', to: '10.1.2-4', bytes: 32_000_000 },
  { name: 'qemu-server', to: '9.1.1', bytes: 400_000 },
  { name: 'proxmox-default-kernel', to: '2.0.1', bytes: 5_000 },
];

const month8: readonly PackageSpec[] = [
  { name: 'libc6', to: '2.36-9+deb12u13', origin: 'Debian-Security:12/oldstable-security', bytes: 2_700_000 },
  { name: 'libpve-common-perl', to: '8.3.8', bytes: 180_000 },
  { name: 'pve-manager', to: '8.4.14', bytes: 4_300_000 },
  { name: 'qemu-server', to: '8.4.5', bytes: 400_000 },
];

/** Sets of pending packages that a world file can name. */
export const packageSets: Readonly<Record<string, readonly PackageSpec[]>> = { 'month-9': month9, 'month-8': month8 };

function due(node: NodeSpec = {}): NodeSpec {
  return node.pve === 8
    ? { pending: month8, newKernel: '6.8.12-18-pve', ...node }
    : { pending: month9, newKernel: '6.17.4-2-pve', ...node };
}

function vm(name: string, on: string, gib: number, more: Partial<GuestSpec> = {}): GuestSpec {
  return { kind: 'qemu', name, on, memoryBytes: gib * GiB, ...more };
}

function ct(name: string, on: string, gib: number, more: Partial<GuestSpec> = {}): GuestSpec {
  return { kind: 'lxc', name, on, memoryBytes: gib * GiB, ...more };
}

/** Three nodes, three VMs on shared storage, everything due. */
export const threeNodes: WorldSpec = {
  name: 'prod',
  nodes: { pve1: due(), pve2: due(), pve3: due() },
  guests: { 101: vm('web', 'pve1', 8), 102: vm('db', 'pve2', 16), 103: vm('mail', 'pve3', 4) },
};

/** Five nodes with VMs, containers, shared and local storage and HA: the demo. */
export const fiveNodes: WorldSpec = {
  name: 'prod',
  nodes: {
    pve1: due({ memoryBytes: 128 * GiB }),
    pve2: due({ memoryBytes: 128 * GiB }),
    pve3: due({ memoryBytes: 128 * GiB }),
    pve4: due({ memoryBytes: 256 * GiB }),
    pve5: { memoryBytes: 256 * GiB },
  },
  storages: { backup: { type: 'pbs' }, 'local-zfs': { type: 'zfspool', content: 'images,rootdir' } },
  guests: {
    101: vm('web-a', 'pve1', 8, { ha: { state: 'started' }, tags: ['web'] }),
    102: vm('web-b', 'pve2', 8, { ha: { state: 'started' }, tags: ['web'] }),
    103: vm('db', 'pve3', 32, { ha: { state: 'started' }, tags: ['db'] }),
    110: vm('mail', 'pve1', 16),
    111: vm('files', 'pve5', 16, { storage: 'local-zfs', diskBytes: 20 * GiB }),
    112: vm('build', 'pve4', 24),
    113: vm('monitor', 'pve5', 8),
    114: vm('desktop', 'pve4', 8, { status: 'stopped', onBoot: false }),
    120: ct('dns', 'pve1', 1),
    121: ct('proxy', 'pve3', 2),
    122: ct('wiki', 'pve5', 2),
    190: vm('debian-template', 'pve1', 2, { template: true, onBoot: false }),
  },
};

/** Two nodes and nothing that keeps quorum while one of them is away. */
export const twoNodes: WorldSpec = {
  name: 'small',
  nodes: { pve1: due(), pve2: due() },
  guests: { 101: vm('web', 'pve1', 4), 102: vm('db', 'pve2', 4) },
};

/** One node without a cluster. */
export const loneNode: WorldSpec = {
  nodes: { pve1: due({ memoryBytes: 32 * GiB }) },
  guests: { 101: vm('home', 'pve1', 4, { storage: 'local' }), 120: ct('dns', 'pve1', 1, { storage: 'local' }) },
};

/** Three nodes of PVE 8. */
const threeNodes8: WorldSpec = {
  name: 'prod',
  nodes: { pve1: due({ pve: 8 }), pve2: due({ pve: 8 }), pve3: due({ pve: 8 }) },
  guests: { 101: vm('web', 'pve1', 8), 102: vm('db', 'pve2', 16), 120: ct('dns', 'pve3', 1) },
};

/** For a file that says its whole world, such as a saved rehearsal. */
export const empty: WorldSpec = { nodes: {} };

export const worlds: Readonly<Record<string, WorldSpec>> = {
  'three-nodes': threeNodes,
  'five-nodes': fiveNodes,
  'two-nodes': twoNodes,
  'lone-node': loneNode,
  'three-nodes-pve8': threeNodes8,
  empty,
};
