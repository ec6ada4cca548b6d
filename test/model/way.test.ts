import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuestFacts } from '../../src/model/guest.ts';
import { obstacles } from '../../src/model/obstacles.ts';
import { policyFor } from '../../src/model/policy.ts';
import { known, unknown } from '../../src/model/reading.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { goesAway, mustLeave, wayBy, type Way } from '../../src/model/way.ts';
import { gib } from '../../src/model/bytes.ts';
import type { GuestPolicy } from '../../src/model/policy.ts';
import { config, guest, ha, node, service, snapshot, takenAtMs, volume } from '../builders.ts';

const usual = snapshot();
const withHa = snapshot({ ha: known(ha([service('vm:101', 'pve1')])) });
const haGuest = guest(101, { ha: { requested: 'started', crmState: 'started' } });
const onLocal = { configFacts: { volumes: [volume('scsi0', 'local-lvm', { bytes: 20 * gib })] } };
const replicas = known([{ target: 'pve2', lastSyncS: known(takenAtMs / 1000 - 600) }]);
const ct = guest(200, { kind: 'lxc', configFacts: { volumes: [volume('rootfs', 'local-lvm', { bytes: gib })] } });

const ways: readonly [obligation: string, policy: GuestPolicy, guest: GuestFacts, where: Snapshot, way: Way][] = [
  ['a VM that may be moved moves as it runs', 'migrate', guest(101), usual, 'live-migration'],
  ['a VM whose disks may be copied and need not be moves as it runs', 'migrate-with-disks', guest(101), usual, 'live-migration'],
  ['a VM whose local disks may be copied takes them along', 'migrate-with-disks', guest(101, onLocal), usual, 'disk-migration'],
  ['a VM with replicated disks follows its replica', 'migrate', guest(101, { ...onLocal, replicas }), usual, 'replica-migration'],
  [
    'a replicated VM follows its replica rather than copying',
    'migrate-with-disks',
    guest(101, { ...onLocal, replicas }),
    usual,
    'replica-migration',
  ],
  ['a VM that may be restarted is restarted elsewhere', 'restart', guest(101), usual, 'restart-elsewhere'],
  ['a container is stopped, moved and started', 'migrate', ct, usual, 'restart-migration'],
  ['a container takes its volumes along where it may', 'migrate-with-disks', ct, usual, 'disk-migration'],
  ['a guest of the HA manager is moved by it', 'migrate', haGuest, withHa, 'ha-manager'],
  ['a guest of the HA manager is stopped by it', 'shutdown', haGuest, withHa, 'ha-stop'],
  ['a guest of the HA manager may block', 'block', haGuest, withHa, 'block'],
  ['where HA is not in use nobody is managed', 'migrate', haGuest, usual, 'live-migration'],
];
for (const [obligation, policy, who, where, way] of ways) test(obligation, () => assert.equal(wayBy(policy, who, where), way));

test('a guest that may go down with its node need not leave it, and goes nowhere', () => {
  assert.equal(mustLeave(guest(101), usual, config({ guests: { default: 'leave' } })), false);
  assert.equal(mustLeave(guest(101), usual, config()), true);
  assert.equal(goesAway('leave'), false);
});

test('a tag that no policy is for says nothing, whatever word it is', () => {
  const by_tag = { pinned: 'block' } as const;
  for (const tag of ['constructor', 'valueof', 'toString', '__proto__'])
    assert.equal(policyFor(guest(101, { tags: [tag] }), config({ guests: { by_tag } })), 'migrate', tag);
});

test('tags that contradict each other are no policy: the node stays up', () => {
  const by_tag = { a: 'migrate', b: 'leave' };
  assert.equal(policyFor(guest(101, { tags: ['a', 'b'] }), config({ guests: { by_tag } })), 'block');
  assert.equal(policyFor(guest(101, { tags: ['b'] }), config({ guests: { by_tag } })), 'leave');
});

const old = known([{ target: 'pve2', lastSyncS: known(takenAtMs / 1000 - 7200) }]);
const gpu = { configFacts: { pinnedBy: ['hostpci0'], mapped: [{ key: 'hostpci0', kind: 'pci' as const, mapping: 'gpu' }] } };
const gpuOn = (nodes: readonly string[], live = false): Snapshot => ({
  ...usual,
  mappings: known([{ kind: 'pci', id: 'gpu', nodes, live }]),
});
const withSnapshot = { configFacts: { ...onLocal.configFacts, snapshots: ['before'] } };
const older = snapshot({
  nodes: [node('pve1'), node('pve2', { facts: { versions: known({ 'pve-qemu-kvm': '9.2.0-1' }) } }), node('pve3')],
});

const judged: readonly [obligation: string, guest: GuestFacts, way: Way, where: Snapshot, expected: RegExp | 'free'][] = [
  ['local disks stay without leave to copy them', guest(101, onLocal), 'live-migration', usual, /scsi0 is on local storage/],
  ['local disks come along with it', guest(101, onLocal), 'disk-migration', usual, 'free'],
  ['local disks of a VM that is restarted stay', guest(101, onLocal), 'restart-elsewhere', usual, /scsi0 is on local storage/],
  [
    'a disk of unknown size is not copied',
    guest(101, { configFacts: { volumes: [volume('scsi0', 'local-lvm')] } }),
    'disk-migration',
    usual,
    /size of scsi0 is unknown/,
  ],
  ['disks with snapshots are not copied live', guest(101, withSnapshot), 'disk-migration', usual, /it has snapshots \(before\)/],
  ['a fresh replica is followed', guest(101, { ...onLocal, replicas }), 'replica-migration', usual, 'free'],
  ['an old replica is not', guest(101, { ...onLocal, replicas: old }), 'replica-migration', usual, /2 h old, and 60 min are the limit/],
  [
    'replicas of unknown age are not',
    guest(101, { ...onLocal, replicas: unknown('pvesr did not answer') }),
    'replica-migration',
    usual,
    /pvesr did not answer/,
  ],
  [
    'a replica elsewhere is none here',
    guest(101, { ...onLocal, replicas: known([{ target: 'pve3', lastSyncS: known(takenAtMs / 1000) }]) }),
    'replica-migration',
    usual,
    /no replica there/,
  ],
  ['a VM that is restarted follows its replica', guest(101, { ...onLocal, replicas }), 'restart-elsewhere', usual, 'free'],
  ['a mapped device holds a running VM', guest(101, gpu), 'live-migration', gpuOn(['pve1', 'pve2']), /hostpci0/],
  ['a mapped device that may move live does not', guest(101, gpu), 'live-migration', gpuOn(['pve1', 'pve2'], true), 'free'],
  ['a mapped device comes along while its VM is down', guest(101, gpu), 'restart-elsewhere', gpuOn(['pve1', 'pve2']), 'free'],
  [
    'a mapping that the target does not have holds it',
    guest(101, gpu),
    'restart-elsewhere',
    gpuOn(['pve1', 'pve3']),
    /mapped as gpu, which it does not have/,
  ],
  ['a raw device holds a VM that is down too', guest(101, { configFacts: { pinnedBy: ['usb0'] } }), 'restart-elsewhere', usual, /usb0/],
  ['encrypted memory holds a running VM', guest(101, { configFacts: { pinnedBy: ['amd-sev'] } }), 'live-migration', usual, /amd-sev/],
  [
    'encrypted memory does not hold one that is down',
    guest(101, { configFacts: { pinnedBy: ['amd-sev'] } }),
    'restart-elsewhere',
    usual,
    'free',
  ],
  [
    'another processor does not matter to a VM that is down',
    guest(101, { configFacts: { cpuType: 'host' } }),
    'restart-elsewhere',
    usual,
    'free',
  ],
  ['a paused VM cannot be restarted', guest(101, { status: known({ kind: 'paused' }) }), 'restart-elsewhere', usual, /paused/],
  [
    'an older QEMU does not know a newer machine',
    guest(101, { configFacts: { machine: 'pc-q35-10.0' } }),
    'restart-elsewhere',
    older,
    /machine version is pc-q35-10.0/,
  ],
  [
    'a clipboard over VNC holds a running VM on an older QEMU',
    guest(101, { configFacts: { vncClipboard: true } }),
    'live-migration',
    usual,
    /clipboard/,
  ],
  [
    'an image that a snapshot names holds a VM',
    guest(101, { configFacts: { heldImages: [volume('ide2', 'local', { use: 'iso' })] } }),
    'live-migration',
    usual,
    /a snapshot of it still names/,
  ],
];
for (const [obligation, who, way, where, expected] of judged)
  test(obligation, () => {
    const said = obstacles(who, 'pve2', where, { way, olderTargets: 'allow' }).join('; ');
    if (expected === 'free') assert.equal(said, '');
    else assert.match(said, expected);
  });
