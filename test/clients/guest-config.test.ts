import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import { guestConfigsQuery, parseGuestConfig, strangeLine, type PlacedConfig } from '../../src/clients/guest-config.ts';
import type { GuestConfig, GuestKind } from '../../src/model/guest.ts';
import { recording } from '../recorded.ts';
import { assertUnparsable, parsed } from './said.ts';

const base = '/etc/pve/nodes';

function volume(kind: GuestKind, line: string): unknown {
  const [first, ...others] = parseGuestConfig(kind, [line]).volumes;
  assert.equal(others.length, 0);
  return first;
}

test('a config of a real VM gives its disks, bridges and processor', () => {
  const lines = recording('pve-9.2', 'qm-config-100').stdout.split('\n');
  const expected: GuestConfig = {
    volumes: [
      { key: 'scsi0', storage: 'shared', volume: 'shared:100/vm-100-disk-0.qcow2', use: 'disk', declaredShared: false, bytes: 1024 ** 3 },
    ],
    pinnedBy: [],
    bridges: ['vmbr0'],
    cpuType: 'kvm64',
    onBoot: false,
  };
  assert.deepEqual(parseGuestConfig('qemu', lines), expected);
});

test('a config of a real container gives its root volume and bridge', () => {
  const config = parseGuestConfig('lxc', recording('pve-9.2', 'pct-config-200').stdout.split('\n'));
  assert.deepEqual(config.volumes, [
    { key: 'rootfs', storage: 'shared', volume: 'shared:200/vm-200-disk-0.raw', use: 'disk', declaredShared: false, bytes: 1024 ** 3 },
  ]);
  assert.deepEqual([config.bridges, config.cpuType], [['vmbr0'], '']);
});

test('snapshots and pending changes are not the current config', () => {
  const config = parseGuestConfig('qemu', [
    'cpu: host',
    'onboot: 1',
    '',
    '[snap1]',
    'hostpci0: 01:00',
    'scsi1: local:1',
    '[PENDING]',
    'net0: virtio,bridge=vmbr9',
  ]);
  assert.deepEqual(config, { volumes: [], pinnedBy: [], bridges: [], cpuType: 'host', onBoot: true, snapshots: ['snap1'] });
});

const volumes: readonly (readonly [obligation: string, kind: GuestKind, line: string, expected: unknown])[] = [
  [
    'a disk may name its volume with file=',
    'qemu',
    'virtio0: size=4G,file=zfs:vm-1-disk-0,shared=1',
    { key: 'virtio0', storage: 'zfs', volume: 'zfs:vm-1-disk-0', use: 'disk', declaredShared: true, bytes: 4 * 1024 ** 3 },
  ],
  [
    'an image in a drive is an iso',
    'qemu',
    'ide2: local:iso/debian.iso,media=cdrom,size=600M',
    { key: 'ide2', storage: 'local', volume: 'local:iso/debian.iso', use: 'iso', declaredShared: false, bytes: 600 * 1024 ** 2 },
  ],
  ['an empty drive is no volume', 'qemu', 'ide2: none,media=cdrom', undefined],
  [
    'a physical drive is an iso without storage',
    'qemu',
    'ide2: cdrom,media=cdrom',
    { key: 'ide2', volume: 'cdrom', use: 'iso', declaredShared: false },
  ],
  [
    'a cloud-init drive is told by its name, not by being a drive',
    'qemu',
    'ide2: local-lvm:vm-101-cloudinit,media=cdrom',
    { key: 'ide2', storage: 'local-lvm', volume: 'local-lvm:vm-101-cloudinit', use: 'cloud-init', declaredShared: false },
  ],
  [
    'a cloud-init drive on a directory has an ending',
    'qemu',
    'ide2: local:101/vm-101-cloudinit.qcow2,media=cdrom',
    { key: 'ide2', storage: 'local', volume: 'local:101/vm-101-cloudinit.qcow2', use: 'cloud-init', declaredShared: false },
  ],
  [
    'a device of the host has no storage',
    'qemu',
    'scsi1: /dev/disk/by-id/ata-X=1,size=4T',
    { key: 'scsi1', volume: '/dev/disk/by-id/ata-X=1', use: 'disk', declaredShared: false, bytes: 4 * 1024 ** 4 },
  ],
  [
    'TPM state is state',
    'qemu',
    'tpmstate0: local:vm-1-disk-2,version=v2.0',
    { key: 'tpmstate0', storage: 'local', volume: 'local:vm-1-disk-2', use: 'state', declaredShared: false },
  ],
  [
    'EFI variables are a disk',
    'qemu',
    'efidisk0: local:vm-1-disk-1,size=4M',
    { key: 'efidisk0', storage: 'local', volume: 'local:vm-1-disk-1', use: 'disk', declaredShared: false, bytes: 4 * 1024 ** 2 },
  ],
  [
    'an unused disk goes along',
    'qemu',
    'unused0: local:vm-1-disk-9',
    { key: 'unused0', storage: 'local', volume: 'local:vm-1-disk-9', use: 'disk', declaredShared: false },
  ],
  ['the controller is no volume', 'qemu', 'scsihw: virtio-scsi-pci', undefined],
  [
    'a folder of the host is a bind mount',
    'lxc',
    'mp0: /srv/media,mp=/media,shared=1',
    { key: 'mp0', volume: '/srv/media', use: 'bind-mount', declaredShared: true },
  ],
  [
    'a mount point on a storage is a disk',
    'lxc',
    'mp1: tank:subvol-200-disk-1,mp=/data,size=8G',
    { key: 'mp1', storage: 'tank', volume: 'tank:subvol-200-disk-1', use: 'disk', declaredShared: false, bytes: 8 * 1024 ** 3 },
  ],
];
for (const [obligation, kind, line, expected] of volumes) test(obligation, () => assert.deepEqual(volume(kind, line), expected));

const pins: readonly (readonly [obligation: string, kind: GuestKind, line: string, pinned: boolean])[] = [
  ['a PCI device pins', 'qemu', 'hostpci0: 0000:01:00.0,pcie=1', true],
  ['a mapped PCI device pins, because only some can go along', 'qemu', 'hostpci1: mapping=gpu', true],
  ['a USB device of the host pins', 'qemu', 'usb0: host=1234:5678', true],
  ['a USB device of the host pins without its option name too', 'qemu', 'usb0: 1234:5678,usb3=1', true],
  ['spice USB does not pin', 'qemu', 'usb1: spice,usb3=1', false],
  ['a serial port of the host pins', 'qemu', 'serial0: /dev/ttyS0', true],
  ['a serial socket does not pin', 'qemu', 'serial0: socket', false],
  ['a parallel port pins', 'qemu', 'parallel0: /dev/parport0', true],
  ['a directory share pins', 'qemu', 'virtiofs0: share,cache=always', true],
  ['shared memory with the host pins', 'qemu', 'ivshmem: size=32', true],
  ['a network card does not pin', 'qemu', 'net0: virtio,bridge=vmbr0', false],
  ['a device of a container pins', 'lxc', 'dev0: /dev/ttyUSB0', true],
  ['features of a container do not pin', 'lxc', 'features: nesting=1', false],
];
for (const [obligation, kind, line, pinned] of pins)
  test(obligation, () => assert.deepEqual(parseGuestConfig(kind, [line]).pinnedBy, pinned ? [line.split(':')[0]] : []));

test('a description cannot pretend to be a key', () =>
  assert.deepEqual(parseGuestConfig('qemu', ['#hostpci0: 01:00', '# usb0: host=1']).pinnedBy, []));

test('all configs of the cluster come by vmid with owner and kind', () => {
  const text = [
    `${base}/pve1/qemu-server/101.conf:cpu: cputype=x86-64-v2-AES,flags=+aes`,
    `${base}/pve1/qemu-server/101.conf:net0: virtio=BC:24:11:00:00:01,bridge=vmbr1`,
    `${base}/pve2/lxc/200.conf:rootfs: local:subvol-200-disk-0,size=8G`,
    `${base}/pve2/openvz.conf:whatever: it is`,
    '',
  ].join('\n');
  const configs = parsed(guestConfigsQuery, text);
  assert.deepEqual([...configs.keys()], [101, 200]);
  assert.deepEqual(
    [configs.get(101)?.node, read(configs.get(101))?.cpuType, read(configs.get(101))?.bridges],
    ['pve1', 'x86-64-v2-AES', ['vmbr1']],
  );
  assert.deepEqual([configs.get(200)?.node, configs.get(200)?.kind], ['pve2', 'lxc']);
});

function read(placed: PlacedConfig | undefined): GuestConfig | undefined {
  return placed?.config.known === true ? placed.config.value : undefined;
}

test('a guest caught while it moves between nodes is left out, so that nothing is known of it', () => {
  const configs = parsed(guestConfigsQuery, `${base}/pve1/qemu-server/101.conf:cpu: host\n${base}/pve2/qemu-server/101.conf:cpu: host\n`);
  assert.equal(configs.size, 0);
});

test('no guest anywhere is an answer, an unreadable folder is not', () => {
  assert.equal(parsed(guestConfigsQuery, '', { exitCode: 1 }).size, 0);
  assert.throws(
    () => parsed(guestConfigsQuery, '', { exitCode: 2, stderr: 'grep: /etc/pve/nodes: Transport endpoint is not connected' }),
    CommandFailed,
  );
});

test('a file that vanished while grep read does not spoil the others', () =>
  assert.equal(parsed(guestConfigsQuery, `${base}/pve1/qemu-server/101.conf:cpu: host\n`, { exitCode: 2 }).size, 1));

test('a line that is not of a config file is refused', () =>
  assertUnparsable(() => parsed(guestConfigsQuery, 'Welcome to pve1!\n'), {
    command: 'grep -rsH  /etc/pve/nodes --include=*.conf',
    field: /^a line of grep$/,
  }));

test('a file with a line that is not part of a config is unknown, by file and line', () => {
  const configs = parsed(
    guestConfigsQuery,
    `${base}/pve1/qemu-server/101.conf:cpu: host\n${base}/pve1/qemu-server/101.conf:<<<<<<< HEAD\n`,
  );
  assert.deepEqual(configs.get(101)?.config, {
    known: false,
    why: `${base}/pve1/qemu-server/101.conf:2: this line is not part of a config file`,
  });
});

test('notes, snapshots, pending changes and raw entries are parts of a config', () => {
  const lines = ['#notes with a : in them', 'cores: 2', '', 'lxc.cap.drop: mac_admin', '[snap1]', 'cores: 1', '[PENDING]', 'cores: 4'];
  assert.equal(strangeLine(lines), undefined);
  assert.equal(strangeLine(['arch: amd64', 'lxc.cgroup2.devices.allow = c 10:200 rwm', 'lxc.apparmor.profile=unconfined']), undefined);
  assert.equal(strangeLine(['arch: amd64', 'cores = 2'])?.line, 2);
});

const further: readonly (readonly [obligation: string, kind: GuestKind, lines: readonly string[], expected: Partial<GuestConfig>])[] = [
  ['snapshots are named, pending changes are none', 'qemu', ['[a]', 'cores: 1', '[PENDING]', 'cores: 2'], { snapshots: ['a'] }],
  [
    'an image that only a snapshot names is remembered',
    'qemu',
    ['ide2: none,media=cdrom', '[a]', 'ide2: local:iso/x.iso,media=cdrom'],
    { heldImages: [{ key: 'ide2', storage: 'local', volume: 'local:iso/x.iso', use: 'iso', declaredShared: false }] },
  ],
  [
    'a mapped PCI device has its mapping',
    'qemu',
    ['hostpci0: mapping=gpu,pcie=1'],
    { mapped: [{ key: 'hostpci0', kind: 'pci', mapping: 'gpu' }] },
  ],
  ['a mapped USB device has its mapping', 'qemu', ['usb0: mapping=key'], { mapped: [{ key: 'usb0', kind: 'usb', mapping: 'key' }] }],
  [
    'a shared folder has its mapping',
    'qemu',
    ['virtiofs0: dirid=share'],
    { mapped: [{ key: 'virtiofs0', kind: 'dir', mapping: 'share' }] },
  ],
  ['a machine version is read, with options and without', 'qemu', ['machine: pc-q35-9.2,viommu=intel'], { machine: 'pc-q35-9.2' }],
  [
    'hugepages, balloon and start order are read',
    'qemu',
    ['hugepages: 1024', 'balloon: 2048', 'startup: order=3,up=10'],
    { hugepages: '1024', balloonBytes: 2 * 1024 ** 3, startOrder: 3 },
  ],
  ['a bare number is a start order too', 'lxc', ['startup: 5'], { startOrder: 5 }],
  ['a start order is found wherever it stands', 'qemu', ['startup: up=10,down=60,order=2'], { startOrder: 2, shutdownS: 60 }],
  ['the time to shut down is no start order', 'qemu', ['startup: up=10,down=60'], { shutdownS: 60 }],
  ['a clipboard over VNC is seen', 'qemu', ['vga: std,clipboard=vnc'], { vncClipboard: true }],
  [
    'a raw mount of a path of the host pins a container',
    'lxc',
    ['lxc.mount.entry: /dev/dri dev/dri none bind'],
    { pinnedBy: ['lxc.mount.entry'] },
  ],
  [
    'a raw mount that is written with an equals sign, as lxc itself writes it, pins a container too',
    'lxc',
    ['lxc.mount.entry = /dev/net/tun dev/net/tun none bind,create=file'],
    { pinnedBy: ['lxc.mount.entry'] },
  ],
  ['pending changes of a container are no snapshot', 'lxc', ['[a]', 'cores: 1', '[pve:pending]', 'cores: 2'], { snapshots: ['a'] }],
];
for (const [obligation, kind, lines, expected] of further)
  test(obligation, () => {
    const config = parseGuestConfig(kind, lines) as unknown as Record<string, unknown>;
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, config[key]])), expected);
  });
