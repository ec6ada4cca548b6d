import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copiesDisks } from '../../src/model/disks.ts';
import { obstacles, type ObstacleOptions } from '../../src/model/obstacles.ts';
import { known, unknown } from '../../src/model/reading.ts';
import type { GuestFacts } from '../../src/model/guest.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { guest, ha, node, snapshot, storage, volume } from '../builders.ts';

const usual = snapshot();
const withNode = (name: 'pve1' | 'pve2' | 'pve3', differs: Parameters<typeof node>[1]): Snapshot =>
  snapshot({ nodes: ['pve1', 'pve2', 'pve3'].map((each) => node(each, each === name ? differs : {})) });
const ct = (volumes: Parameters<typeof volume>[]): GuestFacts =>
  guest(200, { kind: 'lxc', configFacts: { volumes: volumes.map((args) => volume(...args)), cpuType: '' } });

const storages = (...rows: readonly (readonly [node: string, id: string, differs?: Parameters<typeof storage>[2]])[]) =>
  snapshot({ storages: rows.map(([nodeName, id, differs]) => storage(nodeName, id, differs)) });

const free: readonly [obligation: string, guest: GuestFacts, snapshot: Snapshot, options?: ObstacleOptions][] = [
  ['a running VM on shared storage can move', guest(101), usual],
  ['a paused VM can move', guest(101, { status: known({ kind: 'paused' }) }), usual],
  [
    'a VM with a local disk can move where a storage of that name is',
    guest(101, { configFacts: { volumes: [volume('scsi0', 'local-lvm')] } }),
    usual,
  ],
  ['a container with a local root disk can move where a storage of that name is', ct([['rootfs', 'local-lvm']]), usual],
  [
    'an image on shared storage does not hold a VM',
    guest(101, { configFacts: { volumes: [volume('ide2', 'nfs', { use: 'iso' })] } }),
    usual,
  ],
  [
    'a local cloud-init drive is copied along',
    guest(101, { configFacts: { volumes: [volume('ide2', 'local', { use: 'cloud-init' })] } }),
    usual,
  ],
  [
    'a bind mount that is declared shared does not hold a container',
    guest(200, { kind: 'lxc', configFacts: { volumes: [{ key: 'mp0', volume: '/srv', use: 'bind-mount', declaredShared: true }] } }),
    usual,
  ],
  [
    'a node with one address in the migration network takes guests',
    guest(101),
    { ...withNode('pve2', { facts: { addresses: known(['192.0.2.12', '10.9.9.2']) } }), migrationNetwork: '10.9.9.0/24' },
  ],
  ['a VM with processor type host can move to the same processor', guest(101, { configFacts: { cpuType: 'host' } }), usual],
  [
    'a container does not mind another processor',
    ct([['rootfs', 'nfs']]),
    withNode('pve2', { facts: { cpuModel: known('Intel(R) Xeon(R)') } }),
  ],
  [
    'a VM with a named processor type can move to another model of the same vendor',
    guest(101),
    withNode('pve2', { facts: { cpuModel: known('AMD EPYC 9354 32-Core Processor') } }),
  ],
  [
    'a rebuild of the same QEMU takes VMs from a newer rebuild',
    guest(101),
    withNode('pve2', { facts: { versions: known({ 'pve-qemu-kvm': '10.0.2-1' }) } }),
  ],
  ['a newer QEMU takes VMs from an older one', guest(101), withNode('pve1', { facts: { versions: known({ 'pve-qemu-kvm': '9.2.0-1' }) } })],
  [
    'an older QEMU is no obstacle when guests still run the QEMU of before',
    guest(101),
    withNode('pve2', { facts: { versions: known({ 'pve-qemu-kvm': '9.2.0-1' }) } }),
    { olderTargets: 'allow' },
  ],
  ['a bridge that the own node does not show either is left to the migration', guest(101, { configFacts: { bridges: ['ovs7'] } }), usual],
  [
    'a node whose interfaces are unknown is left to the migration',
    guest(101),
    withNode('pve2', { facts: { links: unknown('ip failed') } }),
  ],
  ['an excluded or unpatched node is a target like any other', guest(101), withNode('pve2', { facts: { pveVersion: known('9.0.2') } })],
];
for (const [obligation, who, where, options] of free) test(obligation, () => assert.deepEqual(obstacles(who, 'pve2', where, options), []));

const held: readonly [obligation: string, guest: GuestFacts, snapshot: Snapshot, expected: RegExp, options?: ObstacleOptions][] = [
  ['an offline node takes nobody', guest(101), withNode('pve2', { online: false }), /it is offline/],
  [
    'a silent node takes nobody',
    guest(101),
    withNode('pve2', { host: { answered: false, code: 'unreachable', why: 'no route' } }),
    /no route/,
  ],
  [
    'a node on hold takes nobody',
    guest(101),
    withNode('pve2', { facts: { hold: known({ path: '/etc/proxroll/hold', text: 'disk swap' }) } }),
    /on hold/,
  ],
  [
    'a node of which it is unknown whether it is on hold takes nobody',
    guest(101),
    withNode('pve2', { facts: { hold: unknown('unreadable') } }),
    /unknown whether/,
  ],
  [
    'a node in HA maintenance takes nobody',
    guest(101),
    snapshot({ ha: known(ha([], { pve2: { state: 'maintenance' } })) }),
    /HA maintenance/,
  ],
  [
    'a node whose maintenance was asked for takes nobody',
    guest(101),
    snapshot({ ha: known(ha([], { pve2: { maintenanceRequested: true } })) }),
    /HA maintenance/,
  ],
  ['a node that HA fences takes nobody', guest(101), snapshot({ ha: known(ha([], { pve2: { state: 'fence' } })) }), /calls it fence/],
  ['a node that is not there takes nobody', guest(101), snapshot({ nodes: [node('pve1')] }), /no such node/],
  [
    'a node without the bridge of a guest does not get it',
    guest(101, { configFacts: { bridges: ['vmbr0', 'vmbr1'] } }),
    withNode('pve1', { facts: { links: known(['eno1', 'vmbr0', 'vmbr1']) } }),
    /its bridge vmbr1 is not up on that node/,
  ],
  [
    'a node outside of the zone of a network does not get its guests',
    guest(101, { configFacts: { bridges: ['lab'] } }),
    { ...usual, networkNodes: { lab: ['pve1', 'pve3'] } },
    /its network lab is not on that node/,
  ],
  [
    'a node without an address in the migration network takes nobody',
    guest(101),
    { ...withNode('pve2', { facts: { addresses: known(['192.0.2.12']) } }), migrationNetwork: '10.9.9.0/24' },
    /no address in the migration network 10\.9\.9\.0\/24/,
  ],
  [
    'a node with two addresses in the migration network takes nobody',
    guest(101),
    { ...withNode('pve2', { facts: { addresses: known(['10.9.9.2', '10.9.9.12']) } }), migrationNetwork: '10.9.9.0/24' },
    /several addresses in the migration network/,
  ],
  [
    'a node whose addresses are not known takes nobody where there is a migration network',
    guest(101),
    { ...withNode('pve2', { facts: { addresses: unknown('ip failed') } }), migrationNetwork: '10.9.9.0/24' },
    /unknown whether it has an address in the migration network/,
  ],
  ['a locked guest stays', guest(101, { lock: 'backup' }), usual, /locked \(backup\)/],
  ['a guest in an odd state stays', guest(101, { status: known({ kind: 'odd', word: 'io-error' }) }), usual, /io-error/],
  ['a guest of unknown state stays', guest(101, { status: unknown('silent') }), usual, /state is unknown/],
  ['a guest of unknown config stays', guest(101, { config: unknown('unreadable') }), usual, /config is unknown/],
  ['a VM with a device of its node stays', guest(101, { configFacts: { pinnedBy: ['hostpci0', 'usb1'] } }), usual, /hostpci0, usb1/],
  [
    'a container with a bind mount stays',
    guest(200, { kind: 'lxc', configFacts: { volumes: [{ key: 'mp0', volume: '/srv', use: 'bind-mount', declaredShared: false }] } }),
    usual,
    /mp0 is \/srv on its node/,
  ],
  [
    'a VM with a disk by its path stays',
    guest(101, { configFacts: { volumes: [{ key: 'scsi1', volume: '/dev/sdb', use: 'disk', declaredShared: false }] } }),
    usual,
    /scsi1 is \/dev\/sdb/,
  ],
  [
    'a VM with an image on local storage stays',
    guest(101, { configFacts: { volumes: [volume('ide2', 'local', { use: 'iso', volume: 'local:iso/debian.iso' })] } }),
    usual,
    /ide2 is the image local:iso\/debian.iso/,
  ],
  [
    'a VM with the drive of its node stays',
    guest(101, { configFacts: { volumes: [{ key: 'ide2', volume: 'cdrom', use: 'iso', declaredShared: false }] } }),
    usual,
    /ide2 is the drive/,
  ],
  [
    'a storage that is not enabled on the target holds a guest',
    guest(101),
    storages(['pve1', 'nfs'], ['pve2', 'local']),
    /nfs is not enabled there/,
  ],
  [
    'a storage that is down on the target holds a guest',
    guest(101),
    storages(['pve1', 'nfs'], ['pve2', 'nfs', { available: false }]),
    /nfs is not available there/,
  ],
  [
    'a local disk holds a guest where no storage of that name is',
    guest(101, { configFacts: { volumes: [volume('scsi0', 'local-lvm')] } }),
    storages(['pve1', 'local-lvm'], ['pve2', 'local']),
    /local-lvm is not enabled there/,
  ],
  ['unknown storages hold a guest', guest(101), snapshot({ storages: unknown('pvesh failed') }), /storages are unknown \(pvesh failed\)/],
  [
    'a VM with processor type host does not go to another processor',
    guest(101, { configFacts: { cpuType: 'host' } }),
    withNode('pve2', { facts: { cpuModel: known('AMD EPYC 9354 32-Core Processor') } }),
    /processor type is host/,
  ],
  [
    'a VM with processor type host does not go to an unknown processor',
    guest(101, { configFacts: { cpuType: 'host' } }),
    withNode('pve2', { facts: { cpuModel: unknown('unreadable') } }),
    /cannot be compared/,
  ],
  [
    'a running VM does not go from AMD to Intel',
    guest(101),
    withNode('pve2', { facts: { cpuModel: known('Intel(R) Xeon(R) Gold') } }),
    /from AMD to Intel/,
  ],
  [
    'a running VM does not go to an older QEMU',
    guest(101),
    withNode('pve2', { facts: { versions: known({ 'pve-qemu-kvm': '9.2.0-5' }) } }),
    /QEMU 9.2.0-5 is older/,
  ],
  [
    'an older release takes nobody, not even guests that run the QEMU of before',
    guest(101),
    withNode('pve2', { facts: { pveVersion: known('8.4.1') } }),
    /older Proxmox VE 8.4.1/,
    { olderTargets: 'allow' },
  ],
];
for (const [obligation, who, where, expected, options] of held)
  test(obligation, () => {
    const found = obstacles(who, 'pve2', where, options);
    assert.equal(found.length, 1, found.join('; '));
    assert.match(found[0] ?? '', expected);
  });

test('a guest is not sent where it is', () => assert.equal(obstacles(guest(101, { node: 'pve2' }), 'pve2', usual).length, 1));

const copying: readonly [obligation: string, guest: GuestFacts, copies: boolean][] = [
  ['disks on shared storage are not copied', guest(101), false],
  [
    'a disk on local storage is copied',
    guest(101, { configFacts: { volumes: [volume('scsi0', 'nfs'), volume('scsi1', 'local-lvm')] } }),
    true,
  ],
  ['a cloud-init drive needs no asking', guest(101, { configFacts: { volumes: [volume('ide2', 'local', { use: 'cloud-init' })] } }), false],
  ['the state of a TPM needs no asking', guest(101, { configFacts: { volumes: [volume('tpmstate0', 'local', { use: 'state' })] } }), false],
];
for (const [obligation, who, copies] of copying) test(obligation, () => assert.equal(copiesDisks(who, usual), copies));
