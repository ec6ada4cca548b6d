import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { readWorld } from '../../src/sim/spec-file.ts';
import { worldWords } from '../../src/sim/spec-text.ts';
import { GiB, type WorldSpec } from '../../src/sim/spec.ts';
import { worlds } from '../../src/sim/worlds.ts';

const everything: WorldSpec = {
  name: 'all',
  clustered: true,
  nodes: {
    pve1: {
      address: '192.0.2.1',
      votes: 2,
      pve: 9,
      memoryBytes: 64 * GiB,
      otherMemoryBytes: -1_234_567_168,
      cpuModel: 'x',
      pending: [{ name: 'libc6', from: '1', to: '2', origin: 'Debian:13/stable', bytes: 1_500_000 }],
      kernel: '6.14.8-2-pve',
      kernels: ['6.14.11-4-pve'],
      pinnedKernel: '6.14.8-2-pve',
      held: ['vim'],
      removals: ['nano'],
      installed: { 'pve-manager': '9.0.3', 'ceph-common': '' },
      repositories: [{ uri: 'http://deb.debian.org/debian', suite: 'trixie', component: 'main' }],
      subscribed: true,
      dpkgAudit: 'two\nlines',
      fileSystems: { '/boot/efi': { totalBytes: 1_071_644_672, freeBytes: 1_000_000_001 } },
      zfs: 'degraded',
      osds: [0, 1],
      failedUnits: ['postfix.service'],
      sickUnits: { pvescheduler: 'failed' },
      missingStorages: ['nfs'],
      rebootRequired: ['dbus'],
      hold: 'waits',
      files: { '/etc/site/hold': 'no' },
      proxlb: true,
      clock: { synchronised: false, offsetMs: -4_000 },
      login: 'refused',
      off: false,
      bootMs: 90_000,
    },
  },
  guests: {
    101: {
      kind: 'lxc',
      name: 'db',
      on: 'pve1',
      memoryBytes: 3 * 1024 ** 2,
      diskBytes: 0,
      config: { mp0: '/srv,mp=/srv' },
      ha: { state: 'started', failback: false },
      onBoot: true,
      shutdownMs: 'never',
      startMs: 1_500,
      replicas: { pve1: { ageMs: 300_000, error: 'no route' } },
    },
  },
  storages: { nfs: { type: 'nfs', shared: true, content: 'images', nodes: ['pve1'], totalBytes: GiB, usedBytes: 5 } },
  quorum: { twoNode: true, qdevice: { votes: 1, connected: false } },
  ha: { master: 'pve1', rules: [{ services: ['ct:101'], nodes: ['pve1'], strict: true }] },
  ceph: { checks: { OSD_NEARFULL: { severity: 'HEALTH_WARN' } }, nooutHosts: ['pve1'], spareHosts: 2 },
};

for (const [name, world] of [...Object.entries(worlds), ['a world that says everything', everything] as const])
  test(`what is written of a world must be read back as the same: ${name}`, () => {
    assert.deepEqual(readWorld(stringify(worldWords(world), { lineWidth: 0 }), 'x.yaml'), world);
  });
