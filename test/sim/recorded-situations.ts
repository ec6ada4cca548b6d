/** The situations in which simulated commands are held against recordings of real hosts. Also the source of `docs/simulated-commands.md`. */
import type { Compared } from './captures.ts';
import { tinyVm } from './captures.ts';
import type { TestWorld } from './a-world.ts';

const vm100 = tinyVm('tiny100', 'pve1', { tags: ['bar', 'foo'] });
const running100 = { ...vm100, status: 'running' } as const;
const locked105 = tinyVm('vmlocked', 'pve1', { lock: 'backup' });
const ha108 = tinyVm('vmha', 'pve1', { status: 'running', ha: { state: 'started', comment: 'ha test vm' } });
const ct200 = tinyVm('ct200', 'pve1', { kind: 'lxc' });

const without = (...nodes: readonly string[]) => ({
  nodes: Object.fromEntries(['pve1', 'pve2', 'pve3'].map((name) => [name, nodes.includes(name) ? { off: true } : {}])),
});
const stopped =
  (unit: string) =>
  ({ world }: TestWorld) => {
    world.node('pve2').sickUnits.set(unit, 'inactive');
    world.corosync.changed();
  };

/** The HA service was moved from node to node before. */
const moved =
  (...nodes: readonly string[]) =>
  async ({ world, clock }: TestWorld) => {
    for (const node of nodes) {
      world.ha.ask({ kind: 'move', sid: 'vm:108', node, atMs: clock.now() });
      await clock.pass(60_000);
    }
  };

export interface Situation extends Compared {
  /** For the title of its test. */
  readonly what: string;
}

export const situations: readonly Situation[] = [
  { what: 'the member list of a whole cluster', recorded: 'cat-members' },
  { what: 'the member list with a node off', recorded: 'q-pve3off-members', spec: without('pve3') },
  { what: 'the member list without quorum', recorded: 'q-noquorum-members', spec: without('pve2', 'pve3') },
  { what: 'quorum of a whole cluster', recorded: 'corosync-quorumtool-s-3nodes' },
  { what: 'quorum with a node off', recorded: 'q-pve3off-quorumtool', spec: without('pve3') },
  { what: 'no quorum', recorded: 'q-noquorum-quorumtool-s', spec: without('pve2', 'pve3') },
  { what: 'quorum with corosync stopped', recorded: 'corostop-pve2-own-quorumtool', first: stopped('corosync') },
  { what: 'quorum with the cluster file system stopped', recorded: 'pmxcfsdown-quorumtool', first: stopped('pve-cluster') },
  { what: 'pvecm status', recorded: 'pvecm-status-3nodes' },
  { what: 'pvecm status without quorum', recorded: 'q-noquorum-pvecm-status', spec: without('pve2', 'pve3') },
  { what: 'pvecm status of a lone node', recorded: 'pvecm-status-no-cluster', spec: { nodes: { pve1: {} } } },
  { what: 'pvecm nodes', recorded: 'q-pve3off-pvecm-nodes', spec: without('pve3') },
  { what: 'the cluster status', recorded: 'pvesh-cluster-status' },
  { what: 'the cluster status without quorum', recorded: 'q-noquorum-cluster-status', spec: without('pve2', 'pve3') },
  { what: 'the cluster status of a lone node', recorded: 'pvesh-cluster-status-standalone', spec: { nodes: { pve1: {} } } },
  { what: 'the cluster status where corosync is stopped', recorded: 'corostop-pve2-own-cluster-status', first: stopped('corosync') },
  { what: 'the configured nodes', recorded: 'pvesh-cluster-config-nodes' },
  { what: 'the storages', recorded: 'pvesh-storage', spec: { storages: { shared: { type: 'dir', shared: true } } } },
  { what: 'the version', recorded: 'pvesh-version' },
  { what: 'an unknown node', recorded: 'pvesh-err-unknown-node-nxdomain' },
  { what: 'an unknown output format', recorded: 'pvesh-bad-enum' },
  { what: 'pvesh with the cluster file system stopped', recorded: 'pmxcfsdown-pvesh-nodes', first: stopped('pve-cluster') },
  { what: 'qm with the cluster file system stopped', recorded: 'pmxcfsdown-qm-list', first: stopped('pve-cluster') },
  { what: 'ha-manager with the cluster file system stopped', recorded: 'pmxcfsdown-ha-status', first: stopped('pve-cluster') },
  { what: 'a write below /etc/pve without quorum', recorded: 'q-noquorum-touch', spec: without('pve2', 'pve3') },
  { what: 'pveversion', recorded: 'pveversion' },

  { what: 'the HA manager without a resource', recorded: 'pvesh-ha-manager_status' },
  { what: 'HA status rows without a resource', recorded: 'pvesh-ha-status-current' },
  { what: 'HA status lines without a resource', recorded: 'ha-manager-status-empty' },
  { what: 'HA status lines without quorum', recorded: 'q-noquorum-ha-manager-status', spec: without('pve2', 'pve3') },
  { what: 'HA resources without any', recorded: 'pvesh-ha-resources-empty' },
  { what: 'HA resources', recorded: 'ha-resources-108', guests: { 108: ha108 } },
  {
    what: 'HA status lines',
    recorded: 'ha-status-3nodes',
    guests: { 108: { ...ha108, on: 'pve2' } },
    spec: { ha: { master: 'pve2' } },
    first: moved('pve1'),
  },
  { what: 'maintenance asked for an unknown node', recorded: 'ha-maint-unknown-node' },
  { what: 'maintenance asked for', recorded: 'ha-maint-enable-pve1', guests: { 108: ha108 } },
  { what: 'maintenance asked for without quorum', recorded: 'q-noquorum-ha-crm-maint', spec: without('pve2', 'pve3') },
  { what: 'moving what HA does not manage', recorded: 'ha-manager-migrate-notmanaged', guests: { 100: vm100 } },
  { what: 'moving an HA guest', recorded: 'ha-qm-migrate-to-offline-node', guests: { 108: { ...ha108, on: 'pve2' } } },
  { what: 'starting an HA guest', recorded: 'ha-qm-start-hamanaged', guests: { 108: { ...ha108, on: 'pve2' } } },
  { what: 'stopping an HA guest', recorded: 'ha-qm-stop-hamanaged', guests: { 108: { ...ha108, on: 'pve2' } } },

  { what: 'the state of a stopped VM', recorded: 'qm-status-100', guests: { 100: vm100 } },
  { what: 'the state of an unknown VM', recorded: 'qm-status-unknown' },
  { what: 'the state of a VM elsewhere', recorded: 'qm-status-vm-on-other-node', guests: { 106: tinyVm('vm-on-pve2', 'pve2') } },
  { what: 'the state of a locked VM in full', recorded: 'qm-status-105-locked', guests: { 105: locked105 } },
  { what: 'the state of a container', recorded: 'pct-status-200', guests: { 200: ct200 } },
  { what: 'the state of an unknown container', recorded: 'pct-status-unknown' },
  { what: 'no VM to list', recorded: 'qm-list-empty' },
  { what: 'no container to list', recorded: 'pct-list-empty' },
  { what: 'a list of VMs', recorded: 'qm-list-1', guests: { 100: vm100 } },
  { what: 'a list of containers', recorded: 'pct-list', guests: { 200: ct200 } },
  { what: 'starting a VM', recorded: 'qm-start-100', guests: { 100: vm100 } },
  { what: 'starting a VM twice', recorded: 'qm-start-100-already-running', guests: { 100: running100 } },
  { what: 'starting a locked VM', recorded: 'qm-start-105-locked', guests: { 105: locked105 } },
  { what: 'starting a template', recorded: 'qm-start-template', guests: { 111: tinyVm('vmmap', 'pve1', { template: true }) } },
  { what: 'starting an unknown VM', recorded: 'qm-start-unknown' },
  { what: 'starting a VM without quorum', recorded: 'q-noquorum-qm-start', guests: { 100: vm100 }, spec: without('pve2', 'pve3') },
  {
    what: 'a VM that ignores its shutdown',
    recorded: 'qm-shutdown-100-timeout',
    guests: { 100: { ...running100, shutdownMs: 'never' } },
    on: 'pve1',
  },
  { what: 'shutting down a stopped VM', recorded: 'qm-shutdown-100-stopped', guests: { 100: vm100 }, on: 'pve1' },
  { what: 'stopping a stopped VM', recorded: 'qm-stop-100-already-stopped', guests: { 100: vm100 }, on: 'pve1' },

  {
    what: 'moving a running VM',
    recorded: 'qm-migrate-100-online',
    guests: { 100: running100 },
    without: /start remote tunnel|ssh tunnel|starting online|set migration|migration downtime|migration cachesize|average migration/,
  },
  { what: 'moving a stopped VM', recorded: 'qm-migrate-106-offline-ok', guests: { 106: tinyVm('vm-on-pve2', 'pve2') } },
  { what: 'moving a stopped container', recorded: 'pct-migrate-stopped', guests: { 200: ct200 } },
  { what: 'moving a running VM without saying how', recorded: 'qm-migrate-running-no-online', guests: { 100: running100 } },
  { what: 'moving a VM to where it is', recorded: 'qm-migrate-samenode', guests: { 100: vm100 } },
  { what: 'moving a VM to an unknown node', recorded: 'qm-migrate-unknown-target', guests: { 100: vm100 } },
  { what: 'moving an unknown VM', recorded: 'qm-migrate-unknown' },
  { what: 'moving a locked VM', recorded: 'qm-migrate-105-locked', guests: { 105: locked105 } },
  {
    what: 'moving a VM with a device of the host',
    recorded: 'qm-migrate-102-stopped',
    guests: { 102: tinyVm('vmpci', 'pve1', { config: { hostpci0: '0000:01:00.0' } }) },
  },
  { what: 'what is against moving a running VM', recorded: 'migrate-precond-100-running', guests: { 100: running100 } },
  { what: 'what is against moving a stopped VM', recorded: 'migrate-precond-100-stopped', guests: { 100: vm100 } },
  {
    what: 'what is against moving a VM with a local image',
    recorded: 'migrate-precond-101-running',
    guests: { 101: tinyVm('vmiso', 'pve1', { status: 'running', config: { ide2: 'local:iso/local.iso,media=cdrom' } }) },
  },
  {
    what: 'what is against moving a VM with a device of the host',
    recorded: 'migrate-precond-102-stopped',
    guests: { 102: tinyVm('vmpci', 'pve1', { config: { hostpci0: '0000:01:00.0' } }) },
  },
  {
    what: 'what is against moving a VM with a USB device',
    recorded: 'migrate-precond-103-stopped',
    guests: { 103: tinyVm('vmusb', 'pve1', { config: { usb0: 'host=1234:5678' } }) },
  },
  {
    what: 'what is against moving a VM with a local disk',
    recorded: 'migrate-precond-104-running',
    guests: { 104: tinyVm('vmlocaldisk', 'pve2', { status: 'running', storage: 'local' }) },
  },
  {
    what: 'what is against moving a VM whose storage one node lacks',
    recorded: 'migrate-precond-109-storage-restricted-running',
    guests: { 109: tinyVm('vms2', 'pve1', { status: 'running', storage: 'onlypve12' }) },
  },
  {
    what: 'what is against moving a VM whose mapping no other node has',
    recorded: 'migrate-precond-111-mapped',
    guests: { 111: tinyVm('vmmap', 'pve1', { config: { hostpci0: 'mapping=gpu1' } }) },
    spec: { mappings: { gpu1: { kind: 'pci', nodes: ['pve1'] } } },
  },
  { what: 'what is against moving a locked VM', recorded: 'migrate-precond-105-stopped', guests: { 105: locked105 } },
  { what: 'what is against moving a VM that is elsewhere', recorded: 'migrate-precond-103-running' },
  { what: 'what is against moving a container', recorded: 'pvesh-lxc-migrate-precond', guests: { 200: ct200 } },
  { what: 'moving a VM without quorum', recorded: 'q-noquorum-qm-migrate', guests: { 100: vm100 }, spec: without('pve2', 'pve3') },
  {
    what: 'moving a VM whose storage the target lacks',
    recorded: 'qm-migrate-109-storage-missing-running',
    guests: { 109: tinyVm('vms2', 'pve1', { status: 'running', storage: 'onlypve12' }) },
  },
  {
    what: 'moving a running VM with a local disk without the option',
    recorded: 'qm-migrate-104-localdisk-running-no-flag',
    guests: { 104: tinyVm('vmlocaldisk', 'pve2', { status: 'running', storage: 'local' }) },
  },

  {
    what: 'guests in the resources',
    recorded: 'pvesh-resources-with-ct',
    guests: {
      100: { ...running100, on: 'pve2' },
      101: tinyVm('vmiso', 'pve1'),
      103: tinyVm('vmusb', 'pve2', { ha: {} }),
      105: locked105,
      108: ha108,
      200: ct200,
    },
    first: ({ world }) => void Object.assign(world.ha.services.find('vm:103') ?? {}, { state: 'error' }),
  },
  {
    what: 'the resources with HA and a node that was off from the start',
    recorded: 'ha-maint-t30-resources-nodes',
    guests: { 108: ha108 },
    spec: without('pve3'),
    first: async ({ world, clock }) => {
      world.ha.ask({ kind: 'maintenance', node: 'pve1', on: true, atMs: clock.now() });
      await clock.pass(60_000);
    },
  },
  {
    what: 'the HA manager eleven seconds into maintenance',
    recorded: 'ha-maint-t11-manager_status',
    guests: { 108: { ...ha108, on: 'pve2' } },
    spec: { nodes: { pve1: {}, pve2: {}, pve3: { off: true } }, ha: { master: 'pve2' } },
    first: async (test) => {
      await moved('pve1')(test);
      test.world.ha.ask({ kind: 'maintenance', node: 'pve1', on: true, atMs: test.clock.now() });
      await test.clock.pass(20_000);
    },
  },
  {
    what: 'the HA manager sixty seconds after a node lost power',
    recorded: 'fence-t60-manager_status',
    guests: { 108: ha108 },
    spec: { ha: { master: 'pve2' } },
    first: async (test) => {
      const { world, clock } = test;
      world.ha.ask({ kind: 'maintenance', node: 'pve1', on: true, atMs: clock.now() });
      await clock.pass(90_000);
      world.ha.ask({ kind: 'maintenance', node: 'pve1', on: false, atMs: clock.now() });
      await clock.pass(120_000);
      await moved('pve2', 'pve3')(test);
      world.boot.cutPower(world.node('pve3'), 'power', false);
      await clock.pass(60_000);
    },
  },
  {
    what: 'tasks that ended and one that runs',
    recorded: 'midmig-cluster-tasks',
    guests: { 100: { ...running100, memoryBytes: 8 * 1024 ** 3, on: 'pve2' }, 104: tinyVm('other', 'pve2') },
    first: async (test) => {
      await test.run('pve2', 'qm start 104');
      void test.world.execute(test.world.node('pve2'), ['qm', 'shutdown', '104', '--timeout', '5']);
      test.world.guest(104).shutdownMs = 'never';
      await test.clock.pass(6_000);
      void test.world.execute(test.world.node('pve2'), ['qm', 'migrate', '100', 'pve1', '--online', '1']);
      await test.clock.pass(6_000);
    },
    typesOnly: true,
  },

  { what: 'no package on hold', recorded: 'apt-mark-showhold', on: 'pve1' },
  { what: 'a dpkg with nothing half done', recorded: 'dpkg-audit', on: 'pve1' },
  { what: 'the clock', recorded: 'date', on: 'pve1' },
  { what: 'no subscription', recorded: 'stat-subscription-missing', on: 'pve1' },
  { what: 'no package that wants a reboot', recorded: 'cat-reboot-required-pkgs-missing', on: 'pve1' },
  { what: 'no hold', recorded: 'head-hold-missing', on: 'pve1' },
  { what: 'the time since boot', recorded: 'cat-uptime', on: 'pve1' },
  { what: 'links of corosync', recorded: 'corosync-cfgtool-s' },
];
