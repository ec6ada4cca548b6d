import assert from 'node:assert/strict';
import { test } from 'node:test';
import { known, unknown } from '../../src/model/reading.ts';
import { planText } from '../../src/report/plan.ts';
import { twinOf } from '../../src/sim/from-snapshot.ts';
import { play } from '../../src/sim/rehearsal.ts';
import type { Scenario } from '../../src/sim/scenario.ts';
import { GiB, type NodeSpec, type WorldSpec } from '../../src/sim/spec.ts';
import { lookAt, unlike } from '../../src/sim/twin-look.ts';
import { fiveNodes, threeNodes, worlds } from '../../src/sim/worlds.ts';
import { config, guest, ha, hostFacts, node, quorum, cluster, service, snapshot, storage, volume } from '../builders.ts';

const plain = { width: 100, colour: false };

function on(name: string, differs: NodeSpec, base: WorldSpec = threeNodes): WorldSpec {
  return { ...base, nodes: { ...base.nodes, [name]: { ...base.nodes[name], ...differs } } };
}

/** Worlds in which something else decides. */
const cases: readonly (readonly [what: string, world: WorldSpec, keys?: unknown])[] = [
  ...Object.entries(worlds)
    .filter(([name]) => name !== 'empty')
    .map(([name, world]) => [`the world ${name}`, world] as const),
  ['a node on hold', on('pve2', { hold: 'waits for a disk' })],
  ['a hold file of its own path', on('pve2', { files: { '/etc/site/hold': 'no' } }), { hold_paths: ['/etc/site/hold'] }],
  ['a pinned kernel', on('pve2', { kernel: '6.14.8-1-pve', kernels: ['6.14.11-4-pve'], pinnedKernel: '6.14.8-1-pve' })],
  ['a newer kernel that waits for a boot', on('pve3', { pending: [], kernels: ['6.17.4-2-pve'] })],
  ['a node that asks for a reboot', on('pve3', { pending: [], rebootRequired: ['dbus'] })],
  ['packages that are held and that would go', on('pve1', { held: ['pve-manager'], removals: ['ceph-common'] })],
  ['dpkg half way', on('pve1', { dpkgAudit: 'The following packages are only half configured' })],
  ['a full root', on('pve2', { fileSystems: { '/': { totalBytes: 100 * GiB, freeBytes: 2 * GiB } } })],
  [
    'a degraded pool, a failed unit, ProxLB and a clock that is off',
    on('pve3', { zfs: 'degraded', failedUnits: ['postfix.service'], proxlb: true, clock: { synchronised: false, offsetMs: 4_000 } }),
  ],
  ['another processor', on('pve3', { cpuModel: 'AMD EPYC 7302P 16-Core Processor' })],
  ['another QEMU', on('pve2', { installed: { 'pve-qemu-kvm': '10.1.2-1' } })],
  [
    'a repository of another release',
    on('pve2', { repositories: [{ uri: 'http://deb.debian.org/debian/', suite: 'bookworm', component: 'main' }] }),
  ],
  [
    'an enterprise repository without a key',
    on('pve2', { repositories: [{ uri: 'https://enterprise.proxmox.com/debian/pve', suite: 'trixie', component: 'pve-enterprise' }] }),
  ],
  [
    'nodes without memory to spare',
    {
      ...threeNodes,
      nodes: Object.fromEntries(Object.entries(threeNodes.nodes).map(([name, spec]) => [name, { ...spec, memoryBytes: 20 * GiB }])),
    },
  ],
  ['a node whose memory goes to something else than guests', on('pve3', { otherMemoryBytes: 58 * GiB })],
  ['guests that take less than they may', on('pve2', { memoryBytes: 24 * GiB, otherMemoryBytes: -10 * GiB })],
  ['a node that is off', on('pve3', { off: true })],
  ['a node that refuses the login', on('pve3', { login: 'refused' })],
  ['a node with an unknown host key', on('pve3', { login: 'host-key' })],
  ['unequal votes', on('pve1', { votes: 3 })],
  ['two nodes with a quorum device', { ...worlds['two-nodes'], nodes: worlds['two-nodes']?.nodes ?? {}, quorum: { qdevice: {} } }],
  [
    'a quorum device that is away',
    { ...worlds['two-nodes'], nodes: worlds['two-nodes']?.nodes ?? {}, quorum: { qdevice: { connected: false } } },
  ],
  ['two nodes of the two_node kind', { ...worlds['two-nodes'], nodes: worlds['two-nodes']?.nodes ?? {}, quorum: { twoNode: true } }],
  [
    'a Ceph of three hosts',
    {
      ...threeNodes,
      nodes: Object.fromEntries(
        Object.entries(threeNodes.nodes).map(([name, spec], at) => [name, { ...spec, osds: [at * 2, at * 2 + 1] }]),
      ),
      ceph: { nooutHosts: ['pve2'], checks: { RECENT_CRASH: {} } },
    },
  ],
  [
    'a Ceph that warns',
    {
      ...threeNodes,
      nodes: Object.fromEntries(Object.entries(threeNodes.nodes).map(([name, spec], at) => [name, { ...spec, osds: [at] }])),
      ceph: { checks: { OSD_NEARFULL: {} } },
    },
  ],
  ['a service that does not run', on('pve2', { sickUnits: { pvescheduler: 'failed' } })],
  ['a storage that cannot be reached', on('pve2', { missingStorages: ['shared'] })],
  [
    'a storage of two nodes only',
    {
      ...threeNodes,
      storages: { san: { type: 'lvm', shared: true, content: 'images', nodes: ['pve1', 'pve2'] } },
      guests: { 101: { on: 'pve1', storage: 'san' } },
    },
  ],
  [
    'guests of every kind',
    {
      ...threeNodes,
      guests: {
        101: { on: 'pve1', config: { hostpci0: '0000:01:00.0' } },
        102: { on: 'pve1', config: { ide2: 'local:iso/debian.iso,media=cdrom' } },
        103: {
          on: 'pve1',
          config: { ide2: 'local:103/vm-103-cloudinit.qcow2,media=cdrom', scsi1: 'shared:103/vm-103-disk-1.raw,size=10G' },
        },
        104: { on: 'pve2', kind: 'lxc', config: { mp0: '/srv/data,mp=/data', mp1: '/srv/nfs,mp=/nfs,shared=1' } },
        105: { on: 'pve2', status: 'paused', tags: ['db'] },
        106: { on: 'pve3', status: 'stopped' },
        107: { on: 'pve3', template: true },
        108: { on: 'pve3', lock: 'backup' },
        109: { on: 'pve3', kind: 'lxc', storage: 'local' },
        110: { on: 'pve3', ha: { state: 'started', comment: 'first' }, config: { cpu: 'host' } },
      },
    },
    { guests: { by_tag: { db: 'shutdown' } } },
  ],
  [
    'replicas, and services that do not fail back or are left to nobody',
    {
      ...threeNodes,
      storages: { tank: { type: 'zfspool', content: 'images,rootdir' } },
      guests: {
        101: { on: 'pve1', storage: 'tank', replicas: { pve2: { ageMs: 300_000 }, pve3: { error: 'no route', ageMs: 9_000_000 } } },
        102: { on: 'pve2', ha: { failback: false } },
        103: { on: 'pve3', ha: { state: 'ignored' } },
      },
    },
  ],
  ['a migration network', { ...threeNodes, migrationNetwork: '10.99.0.0/24' }],
  ['only security updates', threeNodes, { upgrade: 'security' }],
  ['a round of reboots', on('pve2', { kernels: ['6.17.4-2-pve'], pending: [] }), { upgrade: 'none' }],
];

for (const [what, world, keys] of cases)
  test(`the twin must lead to the same findings and the same plan: ${what}`, async () => {
    const policy = config(keys);
    const real = await lookAt({ world, ownNode: 'pve1' }, policy);
    const twin = twinOf(real.snapshot);
    const look = await lookAt(twin, policy);
    assert.deepEqual(unlike(real, look), []);
    assert.deepEqual(look.findings.map(withoutAges), real.findings.map(withoutAges));
    assert.equal(planText(look.plan, plain), planText(real.plan, plain));
  });

test('a service that does not fail back must not do so in the twin', async () => {
  const world: WorldSpec = { ...threeNodes, guests: { 102: { on: 'pve2', ha: { failback: false } }, 103: { on: 'pve3', ha: {} } } };
  const { snapshot: seen } = await lookAt({ world, ownNode: 'pve1' }, config());
  const { guests = {} } = twinOf(seen).world;
  assert.deepEqual([guests[102]?.ha, guests[103]?.ha], [{ state: 'started', failback: false }, { state: 'started' }]);
});

/** What a tool says of a broken pool or a node that is away is not to the second the same. */
function withoutAges({ seen, ...finding }: { readonly seen: string }): object {
  return { ...finding, seen: seen.replaceAll(/\d+(\.\d+)? ?(ms|s)\b/g, 'SOME TIME') };
}

const runs: readonly (readonly [what: string, world: WorldSpec, keys?: unknown])[] = [
  ['three nodes', threeNodes],
  ['five nodes', fiveNodes, { guests: { by_vmid: { '111': 'shutdown' } } }],
  ['two nodes without a tie-breaker', worlds['two-nodes'] ?? { nodes: {} }],
  ['a lone node', worlds['lone-node'] ?? { nodes: {} }, { guests: { default: 'shutdown' } }],
  ['a migration network that is the one of the nodes', { ...threeNodes, migrationNetwork: '10.99.0.0/24' }],
  ['a guest that cannot leave', { ...threeNodes, guests: { 101: { on: 'pve2', config: { hostpci0: '0000:01:00.0' } } } }],
];
for (const [what, world, keys] of runs)
  test(`a run on the twin must end as one on the original: ${what}`, async () => {
    const policy = config(keys);
    const real = await lookAt({ world, ownNode: 'pve1' }, policy);
    const played = async (spec: WorldSpec) => (await play(scenarioOn(spec, policy), { version: 'x' })).rehearsed;
    const [original, twin] = [await played(world), await played(twinOf(real.snapshot).world)];
    assert.equal(twin.end.kind, original.end.kind);
    assert.deepEqual(twin.broken, []);
    assert.deepEqual(
      twin.turns.map((turn) => turn.node),
      original.turns.map((turn) => turn.node),
    );
    assert.deepEqual(
      twin.margins.map((margin) => margin.votes),
      original.margins.map((margin) => margin.votes),
    );
  });

function scenarioOn(world: WorldSpec, policy: ReturnType<typeof config>): Scenario {
  return { file: 'x', intent: 'x', world, ownNode: 'pve1', only: [], seed: 0, config: policy, do: [], expect: { run: 'finished' } };
}

const said: readonly (readonly [what: string, seen: ReturnType<typeof snapshot>, text: RegExp])[] = [
  [
    'a node that did not answer',
    snapshot({
      nodes: [node('pve1'), node('pve2', { online: false, host: { answered: false, code: 'unreachable', why: 'no route' } }), node('pve3')],
    }),
    /^pve2: its packages, kernels and memory, because it did not answer \(no route\)$/,
  ],
  [
    'a fact that could not be read',
    snapshot({ nodes: [node('pve1', { facts: hostFacts({ kernel: unknown('no /boot') }) }), node('pve2'), node('pve3')] }),
    /^pve1: its kernels \(no \/boot\); the usual one is taken$/,
  ],
  [
    'packages kept back',
    snapshot({
      nodes: [
        node('pve1', { facts: { pending: known({ changes: [], removals: [], keptBack: ['linux-image'] }) } }),
        node('pve2'),
        node('pve3'),
      ],
    }),
    /^pve1: packages that apt keeps back of itself \(linux-image\)$/,
  ],
  [
    'running tasks',
    snapshot({ tasks: known([{ upid: 'U', node: 'pve2', type: 'vzdump', id: '101', user: 'root@pam', startedAtS: 1 }]) }),
    /^tasks that run now \(vzdump on pve2\)$/,
  ],
  [
    'a guest of an odd state',
    snapshot({ guests: [guest(101, { status: known({ kind: 'odd', word: 'io-error' }) })] }),
    /^vm 101: its state io-error; in the twin it is paused$/,
  ],
  [
    'a guest nobody knows the state of',
    snapshot({ guests: [guest(101, { status: unknown('silence') })] }),
    /^vm 101: whether it runs on pve1 \(silence\); in the twin it does not$/,
  ],
  [
    'HA rules',
    snapshot({ ha: known(ha([service('vm:101', 'pve1')])), guests: [guest(101, { ha: { requested: 'started', crmState: 'started' } })] }),
    /^HA rules and groups/,
  ],
  [
    'votes set by hand',
    snapshot({ membership: cluster({ ...quorum([node('pve1'), node('pve2'), node('pve3')]), threshold: 1 }) }),
    /^1 votes are needed now; in the twin it is 2/,
  ],
  [
    'sizes of local disks',
    snapshot({
      storages: [storage('pve1', 'local-lvm')],
      guests: [guest(101, { configFacts: { volumes: [volume('scsi0', 'local-lvm')] } })],
    }),
    /^sizes of packages and of local disks/,
  ],
];
for (const [what, seen, text] of said)
  test(`what is not in the twin must be said: ${what}`, () => {
    const { missing } = twinOf(seen);
    assert.ok(
      missing.some((line) => text.test(line)),
      missing.join('\n'),
    );
  });
