import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterResources } from '../../../src/clients/cluster-resources.ts';
import type { Members } from '../../../src/clients/pmxcfs.ts';
import type { CephFacts } from '../../../src/model/snapshot.ts';
import type { NodeBaseline } from '../../../src/model/step.ts';
import { known, unknown } from '../../../src/model/reading.ts';
import {
  missingInCeph,
  missingInHa,
  missingInside,
  missingOutside,
  newKernelErrors,
  type InsideNow,
  type OutsideNow,
} from '../../../src/stages/pve/whole-again.ts';
import { ha, quorum, node, service, serviceNames, storage } from '../../builders.ts';

const before: NodeBaseline = {
  bootId: 'before',
  failedUnits: ['old.service'],
  activeServices: serviceNames,
  storages: ['local', 'nfs'],
  links: ['eno1', 'vmbr0'],
  corosyncLinks: ['link 0 to node 1'],
  kernelErrors: ['ACPI Error'],
  clockSynchronised: true,
  onBoot: [101],
};

const services = Object.fromEntries(serviceNames.map((name) => [name, 'active']));
const votes = { ...quorum([node('pve1'), node('pve2'), node('pve3')]), members: [] };

const inside: InsideNow = {
  services: known(services),
  failed: known(['old.service']),
  audit: known(''),
  zfs: known({ kind: 'healthy' }),
  quorum: known(votes),
  pmxcfs: known('writable'),
  links: known(['eno1', 'vmbr0', 'vmbr1']),
  corosyncLinks: known(['link 0 to node 1']),
  clockSynchronised: known(true),
};

const wrongInside: readonly (readonly [obligation: string, differs: Partial<InsideNow>, missing: string])[] = [
  ['a service that is not active', { services: known({ ...services, pvestatd: 'failed' }) }, 'pvestatd on pve3 is failed'],
  [
    'guests that are still being started',
    { services: known({ ...services, 'pve-guests': 'activating' }) },
    'pve-guests on pve3 is activating',
  ],
  [
    'a service that is not there any more',
    { services: known({ ...services, pvedaemon: undefined as never }) },
    'pvedaemon on pve3 is not there',
  ],
  ['a unit that failed anew', { failed: known(['new.service', 'old.service']) }, 'new.service on pve3 has failed and had not before'],
  ['a dpkg that is not whole', { audit: known('half configured: bash') }, 'dpkg on pve3 is not whole: half configured: bash'],
  ['an unhealthy pool', { zfs: known({ kind: 'unhealthy', text: 'DEGRADED' }) }, 'ZFS on pve3: DEGRADED'],
  ['no quorum of its own', { quorum: known({ ...votes, quorate: false }) }, 'pve3 itself has no quorum'],
  ['a read-only /etc/pve', { pmxcfs: known('read-only') }, '/etc/pve on pve3 is read-only'],
  ['an /etc/pve that is not mounted', { pmxcfs: known('not-mounted') }, '/etc/pve on pve3 is not mounted'],
  ['a bridge that is missing', { links: known(['eno1']) }, 'vmbr0 on pve3 is not up and was before'],
  ['a link of corosync that is dead', { corosyncLinks: known([]) }, 'corosync on pve3: link 0 to node 1 is not connected'],
  ['a clock that is not synchronised', { clockSynchronised: known(false) }, 'the clock of pve3 is not synchronised yet'],
];
test('a node that is as it was before is whole', () => assert.deepEqual(missingInside('pve3', before, inside, false, false), []));
for (const [obligation, differs, missing] of wrongInside)
  test(`${obligation} must keep a node from being whole`, () =>
    assert.deepEqual(missingInside('pve3', before, { ...inside, ...differs }, false, false), [missing]));
for (const name of Object.keys(inside) as (keyof InsideNow)[])
  test(`a node whose ${name} cannot be read is not whole`, () =>
    assert.deepEqual(missingInside('pve3', before, { ...inside, [name]: unknown('it did not say') }, false, false), ['it did not say']));

test('bridges and VLANs that came with a guest are not missed, those of the node are', () => {
  const had = { ...before, links: ['eno1', 'eno1.100', 'eno1.20', 'vmbr0', 'vmbr0v100', 'vmbr1.100', 'wanv6'] };
  assert.deepEqual(missingInside('pve3', had, { ...inside, links: known(['eno1', 'vmbr0']) }, false, false), [
    'eno1.20 on pve3 is not up and was before',
    'vmbr1.100 on pve3 is not up and was before',
    'wanv6 on pve3 is not up and was before',
  ]);
});

test('the clock is not waited for while guests are started only after that, as one may be the router', () => {
  const now = { ...inside, clockSynchronised: known(false) };
  assert.deepEqual(missingInside('pve3', before, now, false, true), []);
  assert.deepEqual(missingInside('pve3', before, now, false, false), ['the clock of pve3 is not synchronised yet']);
});

test('a lone node needs neither quorum nor links of corosync', () =>
  assert.deepEqual(missingInside('pve1', before, { ...inside, quorum: unknown('none'), corosyncLinks: unknown('none') }, true, false), []));
test('what was not known before the reboot is not missed after it', () => {
  const { bootId, failedUnits, activeServices, storages } = before;
  const now = { ...inside, links: unknown('no ip'), corosyncLinks: known([]), clockSynchronised: known(false) };
  assert.deepEqual(missingInside('pve3', { bootId, failedUnits, activeServices, storages }, now, false, false), []);
  assert.deepEqual(newKernelErrors({ bootId, failedUnits, activeServices, storages }, ['a']), []);
});
test('only what the kernel did not say before is new', () =>
  assert.deepEqual(newKernelErrors(before, ['ACPI Error', 'I/O error, dev sda']), ['I/O error, dev sda']));

const resources: ClusterResources = {
  guests: [{ vmid: 101, kind: 'qemu', node: 'pve3', name: 'web', status: 'running', template: false, tags: [] }],
  nodes: [{ name: 'pve3', status: 'online', memoryBytes: 1 }],
  storages: [storage('pve3', 'local'), storage('pve3', 'nfs')],
};
const members: Members = {
  kind: 'cluster',
  ownNode: 'pve1',
  name: 'prod',
  configVersion: 3,
  quorate: true,
  nodes: ['pve1', 'pve2', 'pve3'].map((name, at) => ({ name, nodeId: at + 1, online: true })),
};
const outside: OutsideNow = { members: known(members), resources: known(resources) };
const stoppedGuest = { ...resources, guests: resources.guests.map((guest) => ({ ...guest, status: 'stopped' })) };
const wrongOutside: readonly (readonly [obligation: string, differs: Partial<OutsideNow>, missing: readonly string[]])[] = [
  [
    'a node that is no member',
    { members: known({ ...members, nodes: members.nodes.map((each) => ({ ...each, online: each.name !== 'pve3' })) }) },
    ['pve3 is not a member of the cluster'],
  ],
  ['a cluster without quorum', { members: known({ ...members, quorate: false }) }, ['the cluster has no quorum']],
  ['a node that broadcasts nothing', { resources: known({ ...resources, nodes: [] }) }, ['pve3 does not broadcast its state yet']],
  [
    'a row without memory, as right after a boot',
    { resources: known({ ...resources, nodes: [{ name: 'pve3', status: 'online' }] }) },
    ['pve3 does not broadcast its state yet'],
  ],
  [
    'a storage that is missing',
    { resources: known({ ...resources, storages: [storage('pve3', 'local'), storage('pve3', 'nfs', { available: false })] }) },
    ['storage nfs is not available on pve3'],
  ],
  ['a guest that starts with the node and did not', { resources: known(stoppedGuest) }, ['vm 101 (web) starts with pve3 and does not run']],
];
test('a node that its peers see as before is whole', () => assert.deepEqual(missingOutside('pve3', before, outside, [], false), []));
for (const [obligation, differs, missing] of wrongOutside)
  test(`${obligation} must keep the cluster from being whole`, () =>
    assert.deepEqual(missingOutside('pve3', before, { ...outside, ...differs }, [], false), missing));
test('a guest that the run itself stopped is started later', () =>
  assert.deepEqual(missingOutside('pve3', before, { ...outside, resources: known(stoppedGuest) }, [101], false), []));
test('a storage that no node sees is not missed while the run has guests stopped, as one of them may serve it', () => {
  const nas = (pve1: boolean) => ({
    ...outside,
    resources: known({
      ...resources,
      storages: [storage('pve3', 'local'), storage('pve3', 'nfs', { available: false }), storage('pve1', 'nfs', { available: pve1 })],
    }),
  });
  assert.deepEqual(missingOutside('pve3', before, nas(false), [102], false), []);
  assert.deepEqual(missingOutside('pve3', before, nas(true), [102], false), ['storage nfs is not available on pve3']);
  assert.deepEqual(missingOutside('pve3', before, nas(false), [], false), ['storage nfs is not available on pve3']);
});
test('a member that shows no cluster has lost it, a lone node has none to lose', () => {
  const alone: OutsideNow = { ...outside, members: known({ kind: 'lone' as const, ownNode: 'pve1' }) };
  assert.deepEqual(missingOutside('pve3', before, alone, [], true), []);
  assert.deepEqual(missingOutside('pve3', before, alone, [], false), ['pve1 has not heard of its cluster since its pve-cluster started']);
});

test('HA must know the node, hear its LRM and have no service of it in trouble', () => {
  assert.deepEqual(missingInHa('pve3', ha([service('vm:101', 'pve3')])), []);
  assert.deepEqual(missingInHa('pve3', ha([], { pve3: { lrmAgeS: 90 } })), ['the LRM of pve3 has been silent for 90 s']);
  assert.deepEqual(missingInHa('pve3', ha([], { pve3: { state: 'fence' } })), ['HA says pve3 is fence']);
  assert.deepEqual(missingInHa('pve3', ha([], { pve1: {} })), ['HA does not know pve3']);
  assert.deepEqual(missingInHa('pve3', ha([service('vm:101', 'pve3', { state: 'error' })])), ['HA service vm:101 is in state error']);
});

test('Ceph must have all OSDs up and all placement groups clean', () => {
  const clean: CephFacts = {
    kind: 'present',
    health: 'HEALTH_OK',
    checks: [],
    osdsUp: 3,
    osds: 3,
    unsettledPgs: 0,
    osdsByHost: {},
    nooutHosts: [],
  };
  assert.deepEqual(missingInCeph(clean), []);
  assert.deepEqual(missingInCeph({ ...clean, monitors: { inQuorum: ['pve1', 'pve3'], configured: 3 } }), [
    '2 of 3 monitors of Ceph are in quorum',
  ]);
  assert.deepEqual(missingInCeph({ ...clean, osdsUp: 2, unsettledPgs: 64 }), [
    '2 of 3 OSDs are up',
    '64 placement groups are not active+clean yet',
  ]);
  assert.deepEqual(missingInCeph({ kind: 'absent' }), ['Ceph is not there any more']);
});
