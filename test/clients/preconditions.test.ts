import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasPreconditions, preconditionsQuery, type Said } from '../../src/clients/preconditions.ts';
import { gib } from '../../src/model/bytes.ts';
import type { GuestFacts } from '../../src/model/guest.ts';
import { objectionsTo, type Objections } from '../../src/model/preconditions.ts';
import { known } from '../../src/model/reading.ts';
import type { Way } from '../../src/model/way.ts';
import { guest, snapshot, takenAtMs, volume } from '../builders.ts';
import { answerOf, recording } from '../recorded.ts';
import { assertUnparsable, parsed } from './said.ts';

const vm = preconditionsQuery('pve1', 'qemu', 100);
const recorded = (name: string, kind: 'qemu' | 'lxc' = 'qemu'): Said =>
  preconditionsQuery('pve1', kind, 100).parse(answerOf(recording('pve-9.2', name)), 'pve1');

const nothing: Objections = { everywhere: [], byNode: {} };
const usual = snapshot();
const onTwo = guest(104, { node: 'pve2' });
const replicated = guest(104, {
  node: 'pve2',
  configFacts: { volumes: [volume('scsi0', 'local')] },
  replicas: known([{ target: 'pve1', lastSyncS: known(takenAtMs / 1000) }]),
});
const image = 'the image local:iso/local.iso is on local storage';
const disk = 'local:104/vm-104-disk-0.raw would be copied from local storage';

const judged: readonly (readonly [obligation: string, capture: string, way: Way, said: Partial<Objections>, who?: GuestFacts])[] = [
  ['a VM on shared storage may go anywhere', 'migrate-precond-100-running', 'live-migration', {}],
  ['a snapshot on shared storage is in nobody’s way', 'migrate-precond-snap', 'live-migration', {}],
  ['an image on local storage is against it', 'migrate-precond-101-running', 'live-migration', { everywhere: [image] }],
  ['an image on local storage is against it while it is down', 'migrate-precond-101-stopped', 'restart-elsewhere', { everywhere: [image] }],
  ['a PCI device is against it', 'migrate-precond-102-stopped', 'live-migration', { everywhere: ['it uses hostpci0 of its node'] }],
  [
    'a PCI device without a mapping is against it while it is down',
    'migrate-precond-102-stopped',
    'restart-elsewhere',
    { everywhere: ['it uses hostpci0 of its node'] },
  ],
  ['a USB device is against it', 'migrate-precond-103-stopped', 'live-migration', { everywhere: ['it uses usb0 of its node'] }],
  ['a local disk is against a move without disks', 'migrate-precond-104-running', 'live-migration', { everywhere: [disk] }, onTwo],
  ['a local disk is not moved unasked while its VM is down', 'migrate-precond-104-stopped', 'restart-elsewhere', { everywhere: [disk] }],
  ['a local disk that may be copied is not against it', 'migrate-precond-104-running', 'disk-migration', {}, onTwo],
  ['a local disk with a replica is not against it', 'migrate-precond-104-running', 'replica-migration', {}, replicated],
  [
    'a storage that a node lacks is against that node alone',
    'migrate-precond-109-storage-restricted-running',
    'live-migration',
    { byNode: { pve3: ['storage onlypve12 is not available there'] } },
  ],
  [
    'a mapping that a node lacks is against it',
    'migrate-precond-111-mapped',
    'restart-elsewhere',
    {
      byNode: {
        pve2: ['it does not have what hostpci0 is mapped as'],
        pve3: ['it does not have what hostpci0 is mapped as'],
      },
    },
  ],
];
for (const [obligation, capture, way, expected, who = guest(100)] of judged)
  test(obligation, () => {
    const said = recorded(capture);
    assert.ok(said.kind === 'said');
    assert.deepEqual(objectionsTo(who, way, said.preconditions, usual, {}), { ...nothing, ...expected });
  });

test('a container may go where nothing is said against it', () => {
  const said = recorded('pvesh-lxc-migrate-precond', 'lxc');
  assert.ok(said.kind === 'said');
  assert.deepEqual(objectionsTo(guest(200, { kind: 'lxc' }), 'restart-migration', said.preconditions, usual, {}), nothing);
});

test('a lock, and a guest that is elsewhere, are answers of their own', () => {
  assert.deepEqual(recorded('migrate-precond-105-stopped'), { kind: 'locked' });
  assert.deepEqual(recorded('midmig-src-migrate-precond'), { kind: 'locked' });
  assert.deepEqual(recorded('migrate-precond-103-running'), { kind: 'not-here' });
});

const spoken: readonly (readonly [obligation: string, answer: object, way: Way, said: Partial<Objections>])[] = [
  [
    'a node that is not among the allowed ones is refused though nothing is named',
    { allowed_nodes: ['pve2'], not_allowed_nodes: { pve2: {}, pve3: {} } },
    'live-migration',
    { byNode: { pve3: ['it is not among the nodes that are allowed'] } },
  ],
  ['a release that lists no nodes says nothing against them', { local_disks: [], local_resources: [] }, 'live-migration', {}],
  ['an empty list stands for an empty object', { allowed_nodes: ['pve2', 'pve3'], not_allowed_nodes: [] }, 'live-migration', {}],
  [
    'HA services that are in the way are named',
    {
      allowed_nodes: ['pve2'],
      not_allowed_nodes: { pve3: { 'blocking-ha-resources': [{ sid: 'vm:103', cause: 'resource-affinity' }] } },
    },
    'live-migration',
    { byNode: { pve3: ['the HA rules keep it from there because of vm:103'] } },
  ],
  [
    'a reason of a later release is told in its own words',
    { allowed_nodes: ['pve2'], not_allowed_nodes: { pve3: { 'missing-fabric': ['f1'] } } },
    'live-migration',
    { byNode: { pve3: ['missing-fabric: f1'] } },
  ],
  [
    'a mapped device holds a running VM',
    { local_resources: ['hostpci0'], 'mapped-resource-info': { hostpci0: { name: 'gpu' } } },
    'live-migration',
    { everywhere: ['it uses hostpci0 of its node'] },
  ],
  [
    'a mapped device comes along while the VM is down',
    { local_resources: ['hostpci0', 'clipboard=vnc'], 'mapped-resource-info': { hostpci0: { name: 'gpu' } } },
    'restart-elsewhere',
    {},
  ],
  [
    'disks that are larger than what may be copied are refused',
    { local_disks: [{ volid: 'local:a', size: 101 * gib, cdrom: 0 }] },
    'disk-migration',
    { everywhere: ['its local disks are 101 GiB together, and 100 GiB may be copied'] },
  ],
  [
    'cloud-init and TPM state come along unasked',
    {
      local_disks: [
        { volid: 'local:100/vm-100-cloudinit.qcow2', size: 4194304, cdrom: 1 },
        { volid: 'local:100/vm-100-disk-2.raw', size: '4194304', is_tpmstate: 1 },
      ],
    },
    'live-migration',
    {},
  ],
];
for (const [obligation, answer, way, expected] of spoken)
  test(obligation, () => {
    const said = parsed(vm, JSON.stringify(answer));
    assert.ok(said.kind === 'said');
    assert.deepEqual(objectionsTo(guest(100), way, said.preconditions, usual, {}), { ...nothing, ...expected });
  });

test('an answer that is no object is refused', () =>
  assertUnparsable(() => parsed(vm, '"ok"'), { command: vm.command.argv.join(' '), field: /./ }));

const releases: readonly (readonly [kind: 'qemu' | 'lxc', container: string, has: boolean])[] = [
  ['qemu', '5.3.0', true],
  ['lxc', '5.3.0', false],
  ['lxc', '6.0.7', false],
  ['lxc', '6.0.8', true],
  ['lxc', '6.1.10', true],
];
for (const [kind, container, has] of releases)
  test(`with pve-container ${container} a ${kind} guest is ${has ? '' : 'not '}asked about`, () =>
    assert.equal(hasPreconditions(kind, { 'pve-container': container }), has));
