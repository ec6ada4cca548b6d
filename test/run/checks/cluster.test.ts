import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuestFacts } from '../../../src/model/guest.ts';
import type { Loan } from '../../../src/model/loan.ts';
import type { HostFacts } from '../../../src/model/node.ts';
import { known, unknown } from '../../../src/model/reading.ts';
import type { CephFacts, QdeviceFacts, TaskFacts } from '../../../src/model/snapshot.ts';
import { harmlessCephCodes } from '../../../src/run/checks/ceph.ts';
import { check } from '../../../src/run/preflight.ts';
import {
  cluster,
  config,
  guest,
  ha,
  loneSnapshot,
  node,
  packageSet,
  quorum,
  service,
  snapshot,
  storage,
  takenAtMs,
  volume,
} from '../../builders.ts';
import { kernelPending, ourLock, said, testCheck, three, turnOf, type Asked } from './findings.ts';

test('a healthy cluster with updates pending gives no reason to stop, only the remarks that quorum has nothing to spare and that reboots will be due', () => {
  const findings = check(snapshot({ nodes: three() }), config(), { when: 'start' });
  assert.deepEqual(
    findings.filter(({ check: word }) => word !== 'reboot-due').map((finding) => [finding.check, finding.severity]),
    [['quorum', 'info']],
  );
});

test('a healthy cluster gives no reason to stop before a node either', () => {
  const findings = check(snapshot({ nodes: three(), lock: ourLock }), config(), turnOf('pve2'));
  assert.deepEqual(
    findings.filter(({ check: word }) => word !== 'reboot-due').map((finding) => [finding.check, finding.severity]),
    [['quorum', 'info']],
  );
});

test('every finding names what to do, unless it is a remark', () => {
  const bad = snapshot({
    nodes: three('pve2', { dpkgAudit: known('broken'), proxlb: known(true) }, { online: false }),
    tasks: unknown('pvesh failed'),
    ceph: unknown('ceph hung'),
  });
  for (const finding of check(bad, config(), { when: 'start' }))
    assert.equal(finding.next === '', finding.severity === 'info', finding.what);
});

test('one look tells all reasons: no check hides another', () => {
  const bad = snapshot({
    nodes: three('pve2', { dpkgAudit: known('broken'), zfs: known({ kind: 'unhealthy', text: 'DEGRADED' }) }),
    tasks: unknown('x'),
  });
  const words = check(bad, config(), { when: 'start' }).map((finding) => finding.check);
  for (const word of ['dpkg', 'zfs', 'tasks']) assert.ok(words.includes(word), word);
});

testCheck('config-names', [
  [
    'names that exist are fine',
    { snapshot: snapshot(), config: config({ excluded_nodes: ['pve3'], guests: { by_vmid: { 101: 'shutdown' } } }) },
    'nothing',
  ],
  [
    'an excluded node that does not exist stops the run',
    { snapshot: snapshot(), config: config({ excluded_nodes: ['pve33'] }) },
    ['blocker', /excluded_nodes names node pve33/],
  ],
  [
    'a policy for a guest that does not exist stops the run',
    { snapshot: snapshot(), config: config({ guests: { by_vmid: { 999: 'block' } } }) },
    ['blocker', /guests\.by_vmid\.999/],
  ],
  [
    'a node asked for that does not exist stops the run',
    { snapshot: snapshot(), scope: { when: 'start', only: ['pve9'] } },
    ['blocker', /--node names node pve9/],
  ],
]);

const onlyPve2 = { when: 'start', only: ['pve2'] } as const;
const corosync = (version: number) => ({ version, clusterName: 'prod', nodes: [] });
const configured = (differs: HostFacts['corosyncConfig']) =>
  snapshot({
    nodes: three('pve3', differs === undefined ? {} : { corosyncConfig: differs }).map((one) =>
      one.host.answered && one.host.facts.corosyncConfig === undefined
        ? node(one.name, { facts: { ...one.host.facts, corosyncConfig: known({ cluster: corosync(7), local: corosync(7) }) } })
        : one,
    ),
  });

testCheck('corosync-config', [
  ['nodes with one configuration are fine', { snapshot: configured(undefined) }, 'nothing'],
  [
    'a node with an older copy of its own stops the run and is named, whichever node is to be patched',
    { snapshot: configured(known({ cluster: corosync(7), local: corosync(6) })), scope: onlyPve2 },
    ['blocker', /pve3 would not find the cluster after its next boot/, /config_version 6, .* has 7/],
  ],
  ['a node with a newer copy does too', { snapshot: configured(known({ cluster: corosync(7), local: corosync(8) })) }, ['blocker', /pve3/]],
  ['a node without a copy does too', { snapshot: configured(known({ cluster: corosync(7) })) }, ['blocker', /pve3/, /is missing/]],
  [
    "a node whose cluster file system has another version than this one's stops the run",
    { snapshot: configured(known({ cluster: corosync(6), local: corosync(6) })) },
    ['blocker', /the cluster file system of pve3 is not that of pve1/],
  ],
  ['a node whose configuration cannot be read stops the run', { snapshot: configured(unknown('grep failed')) }, ['unknown', /grep failed/]],
  ['a lone node has no configuration', { snapshot: loneSnapshot() }, 'nothing'],
]);

const two = [node('pve1', { facts: { pending: kernelPending } }), node('pve2', { facts: { pending: kernelPending } })] as const;
const twoNodes = (differs: Parameters<typeof snapshot>[0] = {}) => snapshot({ nodes: two, guests: [], ...differs });
const device: QdeviceFacts = { kind: 'configured', votes: 1, trusted: true, seen: 'Connected; A,V' };
const accepting = config({ accept_quorum_loss: true });

testCheck('quorum', [
  ['five nodes have votes to spare', { snapshot: snapshot({ nodes: [1, 2, 3, 4, 5].map((n) => node(`pve${n}`)), guests: [] }) }, 'nothing'],
  [
    'three nodes can lose one and no other, which is said',
    { snapshot: snapshot() },
    ['info', /pve1, pve2 and pve3 are away, one at a time, no other vote may fail/],
  ],
  ['a lone node has no quorum to lose', { snapshot: loneSnapshot() }, 'nothing'],
  [
    'unknown quorum stops the run',
    { snapshot: snapshot({ membership: { kind: 'cluster', name: 'prod', quorum: unknown('exit 1') } }) },
    ['unknown', /exit 1/],
  ],
  [
    'an own node that has not heard of its cluster stops the run',
    { snapshot: snapshot({ membership: { kind: 'cluster', name: 'prod', quorum: unknown('x'), unheard: 'corosync.conf names pve2' } }) },
    ['blocker', /pve1 belongs to a cluster and is not in it/, /corosync\.conf names pve2/],
  ],
  [
    'what is left of a cluster that the own node was taken out of may be removed',
    {
      snapshot: snapshot({
        membership: { kind: 'cluster', name: 'prod', quorum: unknown('x'), unheard: '/etc/corosync/corosync.conf names pve2' },
      }),
    },
    ['blocker', /rm \/etc\/corosync\/corosync\.conf/],
  ],
  [
    'no quorum stops the run',
    { snapshot: snapshot({ membership: cluster(quorum(three(), { kind: 'none' }, { quorate: false, totalVotes: 1 })) }) },
    ['blocker', /no quorum/, /1 of 3 votes/],
  ],
  [
    'a quorum device that is not trusted stops the run',
    { snapshot: snapshot({ membership: cluster(quorum(three(), { ...device, trusted: false, seen: 'NA,NV on pve2' })) }) },
    ['blocker', /NA,NV on pve2/],
  ],
  [
    'the only node of a cluster has nobody who could lose quorum without it',
    { snapshot: snapshot({ nodes: [node('pve1', { facts: { pending: kernelPending } })], membership: cluster(quorum([node('pve1')])) }) },
    'nothing',
  ],
  [
    'two nodes without anything to break the tie are refused',
    { snapshot: twoNodes(), scope: onlyPve2 },
    ['blocker', /lose quorum while pve2 is away/, /1 of 2 votes would be left, 2 are needed/, /accept_quorum_loss/],
  ],
  [
    'two nodes are let through by accept_quorum_loss, and it is said what stands still',
    { snapshot: twoNodes(), config: accepting, scope: onlyPve2 },
    ['warning', /read-only/],
  ],
  [
    'two nodes with HA are refused whatever is accepted',
    { snapshot: twoNodes({ ha: known(ha([service('vm:100', 'pve1')], { pve1: {}, pve2: {} })) }), config: accepting, scope: onlyPve2 },
    ['blocker', /fence/],
  ],
  [
    'two nodes with unknown HA are refused whatever is accepted',
    { snapshot: twoNodes({ ha: unknown('pvesh failed') }), config: accepting, scope: onlyPve2 },
    ['unknown', /pvesh failed/],
  ],
  [
    'two nodes with a quorum device may go one after the other',
    { snapshot: twoNodes({ membership: cluster(quorum(two, device)) }) },
    ['info', /no other vote may fail/],
  ],
  [
    'two nodes with two_node may go one after the other',
    { snapshot: twoNodes({ membership: cluster(quorum(two, { kind: 'none' }, { threshold: 1 })) }) },
    ['info', /no other vote may fail/],
  ],
  [
    'accept_quorum_loss is for two nodes only',
    { snapshot: snapshot({ nodes: three('pve3', {}, { online: false }) }), config: accepting, scope: onlyPve2 },
    ['blocker', /bring all nodes and votes back/],
  ],
  [
    'a node that stays up is a warning',
    { snapshot: twoNodes({ nodes: [node('pve1'), node('pve2')] }), scope: onlyPve2 },
    ['warning', /lose quorum/],
  ],
]);

testCheck('online', [
  ['members are fine', { snapshot: snapshot() }, 'nothing'],
  [
    'an offline node stops the run',
    { snapshot: snapshot({ nodes: three('pve3', {}, { online: false }) }) },
    ['blocker', /pve3 is offline/],
  ],
  [
    'an excluded node that is offline stops the run as well',
    { snapshot: snapshot({ nodes: three('pve3', {}, { online: false }) }), config: config({ excluded_nodes: ['pve3'] }) },
    ['blocker', /pve3 is offline/],
  ],
  [
    'an offline node stops the turn of another',
    { snapshot: snapshot({ nodes: three('pve3', {}, { online: false }), lock: ourLock }), scope: turnOf('pve2') },
    ['blocker', /pve3 is offline/],
  ],
]);

const silentWith = (code: 'unreachable' | 'host-key' | 'login' | 'no-answer') =>
  snapshot({ nodes: three('pve2', {}, { host: { answered: false, code, why: 'as ssh said' } }) });

testCheck('ssh', [
  ['nodes that answer are fine', { snapshot: snapshot() }, 'nothing'],
  [
    'an unreachable node is unknown',
    { snapshot: silentWith('unreachable') },
    ['unknown', /cannot be reached/, /as ssh said/, /sshd runs on pve2/],
  ],
  ['an unknown host key stops the run', { snapshot: silentWith('host-key') }, ['blocker', /host key/, /pvecm updatecerts/]],
  [
    'a refused login stops the run and names the user',
    { snapshot: silentWith('login'), config: config({ ssh_user: 'patch' }) },
    ['blocker', /does not let patch in/, /patch@192\.0\.2\.12/],
  ],
  ['a node that stopped answering is unknown', { snapshot: silentWith('no-answer') }, ['unknown', /console of pve2/]],
  [
    'an excluded node that is silent is a warning',
    { snapshot: silentWith('unreachable'), config: config({ excluded_nodes: ['pve2'] }) },
    ['warning', /takes no guests/],
  ],
  [
    'a node that is offline is not named twice',
    { snapshot: snapshot({ nodes: three('pve2', {}, { online: false, host: { answered: false, code: 'unreachable', why: 'x' } }) }) },
    'nothing',
  ],
]);

testCheck('lock', [
  ['a free lock is fine before the run', { snapshot: snapshot() }, 'nothing'],
  [
    'the lock of another run stops ours, naming node, run and time',
    { snapshot: snapshot({ lock: ourLock }) },
    ['blocker', /from pve1/, /run r1/, /2025-09-22 09:00 UTC/, /1 h/],
  ],
  ['our own lock is not held against us', { snapshot: snapshot({ lock: ourLock }), scope: { when: 'start', run: 'r1' } }, 'nothing'],
  ['our own lock is not held against us before a node', { snapshot: snapshot({ lock: ourLock }), scope: turnOf('pve2') }, 'nothing'],
  ['a lock that was lost stops the next node', { snapshot: snapshot(), scope: turnOf('pve2') }, ['blocker', /lost the lock/]],
  ['an unknown lock stops the run', { snapshot: snapshot({ lock: unknown('EIO') }) }, ['unknown', /EIO/]],
]);

testCheck('leftovers', [
  ['no units are fine', { snapshot: snapshot() }, 'nothing'],
  [
    'units of an earlier run stop the run',
    { snapshot: snapshot({ nodes: three('pve2', { ourUnits: known(['proxroll-upgrade-r0']) }) }) },
    ['blocker', /proxroll-upgrade-r0/],
  ],
  [
    'units of this run are not held against it',
    {
      snapshot: snapshot({
        nodes: three('pve2', { ourUnits: known(['proxroll-upgrade-r1', 'proxroll-guest-101-r1-2', 'proxroll-reboot-r1.timer']) }),
        lock: ourLock,
      }),
      scope: turnOf('pve2'),
    },
    'nothing',
  ],
  [
    'a run whose name begins like ours is another',
    { snapshot: snapshot({ nodes: three('pve2', { ourUnits: known(['proxroll-fetch-r12']) }), lock: ourLock }), scope: turnOf('pve2') },
    ['blocker', /r12/],
  ],
  [
    'unknown units stop the run',
    { snapshot: snapshot({ nodes: three('pve2', { ourUnits: unknown('no answer') }) }) },
    ['unknown', /no answer/],
  ],
]);

const inUse = (services: Parameters<typeof ha>[0], nodes?: Parameters<typeof ha>[1], differs: object = {}) =>
  snapshot({ ha: known({ ...ha(services, nodes), ...differs }) });
const vm = service('vm:101', 'pve1');
const all = (name: string, differs: object) => ({ pve1: {}, pve2: {}, pve3: {}, [name]: differs });
const maintenanceLoan = { kind: 'ha-maintenance', node: 'pve2' } as const;

testCheck('ha', [
  ['HA that is not used is fine', { snapshot: snapshot() }, 'nothing'],
  ['HA at rest is fine', { snapshot: inUse([vm, service('ct:102', 'pve2', { state: 'stopped', requested: 'stopped' })]) }, 'nothing'],
  ['unknown HA stops the run', { snapshot: snapshot({ ha: unknown('pvesh failed') }) }, ['unknown', /pvesh failed/]],
  ['HA on a lone node is of no concern', { snapshot: loneSnapshot({ ha: unknown('pvesh failed') }) }, 'nothing'],
  ['no master stops the run', { snapshot: inUse([vm], undefined, { master: '' }) }, ['blocker', /no master/]],
  ['a stale master stops the run', { snapshot: inUse([vm], undefined, { masterAgeS: 45 }) }, ['blocker', /stands still/, /45 s old/]],
  ['a master without a time is unknown', { snapshot: inUse([vm], undefined, { masterAgeS: undefined }) }, ['unknown', /no time/]],
  [
    'a stale LRM stops the run',
    { snapshot: inUse([vm], all('pve3', { lrmAgeS: 90 })) },
    ['blocker', /LRM of pve3 stands still/, /1 min 30 s/],
  ],
  ['an LRM that restarts stops the run', { snapshot: inUse([vm], all('pve3', { lrmMode: 'restart' })) }, ['blocker', /mode is restart/]],
  [
    'an LRM without its lock stops the run',
    { snapshot: inUse([vm], all('pve3', { lrmState: 'lost_agent_lock' })) },
    ['blocker', /lost its lock/],
  ],
  ['a node without a status is unknown', { snapshot: inUse([vm], { pve1: {}, pve2: {} }) }, ['unknown', /says nothing of pve3/]],
  ['a node that is fenced stops the run', { snapshot: inUse([vm], all('pve3', { state: 'fence' })) }, ['blocker', /calls pve3 fence/]],
  ['disarmed HA stops the run', { snapshot: inUse([vm], all('pve3', { lrmMode: 'disarm' })) }, ['blocker', /disarmed/]],
  [
    'maintenance that is not ours stops the run',
    { snapshot: inUse([vm], all('pve2', { state: 'maintenance', lrmMode: 'maintenance' })) },
    ['blocker', /pve2 is in HA maintenance/, /disable pve2/],
  ],
  [
    'maintenance that was only asked for stops the run',
    { snapshot: inUse([vm], all('pve2', { maintenanceRequested: true })) },
    ['blocker', /HA maintenance/],
  ],
  [
    'maintenance that a paused run of ours has on loan is not held against it by a check in between',
    {
      snapshot: { ...inUse([vm], all('pve2', { state: 'maintenance', lrmMode: 'maintenance' })), lock: ourLock },
      scope: { when: 'start', run: 'r1', loans: [{ ...maintenanceLoan, sinceMs: 0 }] as never },
    },
    'nothing',
  ],
  [
    'maintenance that is ours is not held against us',
    {
      snapshot: { ...inUse([vm], all('pve2', { state: 'maintenance', lrmMode: 'maintenance' })), lock: ourLock },
      scope: turnOf('pve2', maintenanceLoan),
    },
    'nothing',
  ],
  [
    'maintenance of another node than ours is held against us',
    { snapshot: { ...inUse([vm], all('pve3', { state: 'maintenance' })), lock: ourLock }, scope: turnOf('pve2', maintenanceLoan) },
    ['blocker', /pve3/],
  ],
  ...['migrate', 'relocate', 'request_start', 'request_stop', 'freeze', 'queued'].map(
    (state) => [`a service in state ${state} stops the run`, { snapshot: inUse([{ ...vm, state }]) }, ['blocker', /on its way/]] as const,
  ),
  ...['fence', 'recovery'].map(
    (state) =>
      [`a service in state ${state} stops the run`, { snapshot: inUse([{ ...vm, state }]) }, ['blocker', /lost its node/]] as const,
  ),
  [
    'a service in error stops the run and the way out is named',
    { snapshot: inUse([{ ...vm, state: 'error' }]) },
    ['blocker', /ha-manager set vm:101 --state disabled/],
  ],
  ['a service with a target is on its way', { snapshot: inUse([{ ...vm, target: 'pve2' }]) }, ['blocker', /its target pve2/]],
  ['a service about to go home stops the run', { snapshot: inUse([{ ...vm, maintenanceNode: 'pve2' }]) }, ['blocker', /go back to pve2/]],
  [
    'a service kept away by our maintenance does not',
    {
      snapshot: { ...inUse([{ ...vm, maintenanceNode: 'pve2' }], all('pve2', { state: 'maintenance' })), lock: ourLock },
      scope: turnOf('pve2', maintenanceLoan),
    },
    'nothing',
  ],
  ['a state nobody knows is unknown', { snapshot: inUse([{ ...vm, state: 'sleeping' }]) }, ['unknown', /sleeping/]],
  [
    'an ignored service may be in any state',
    { snapshot: inUse([vm, service('vm:102', 'pve2', { requested: 'ignored', state: 'error' })]) },
    'nothing',
  ],
  ['without a service to care for, an old master is healthy', { snapshot: inUse([], undefined, { masterAgeS: 9000 }) }, 'nothing'],
]);

const ceph = (differs: Partial<CephFacts & { kind: 'present' }> = {}) =>
  snapshot({
    ceph: known({
      kind: 'present',
      health: 'HEALTH_OK',
      checks: [],
      osdsUp: 6,
      osds: 6,
      unsettledPgs: 0,
      osdsByHost: { pve1: [0, 1], pve2: [2, 3], pve3: [4, 5] },
      nooutHosts: [],
      ...differs,
    }),
  });
const noout = { kind: 'noout', node: 'pve2' } as const;

testCheck('ceph', [
  ['a cluster without Ceph is fine', { snapshot: snapshot() }, 'nothing'],
  ['healthy Ceph is fine', { snapshot: ceph() }, 'nothing'],
  [
    'three monitors and two managers can spare a node',
    {
      snapshot: ceph({ monitors: { inQuorum: ['pve1', 'pve2', 'pve3'], configured: 3 }, managers: { active: 'pve1', standbys: ['pve2'] } }),
    },
    'nothing',
  ],
  [
    'a monitor that its quorum needs is told of a node that need not leave',
    { snapshot: ceph({ monitors: { inQuorum: ['pve1', 'other'], configured: 3 } }) },
    ['warning', /lose the quorum of its monitors without pve1/, /2 of 3 are in quorum, and 2 are needed/],
  ],
  [
    'the only manager is told of a node that need not leave',
    { snapshot: ceph({ managers: { active: 'pve2', standbys: [] } }) },
    ['warning', /no manager without pve2/],
  ],
  [
    'a node without OSDs of its name stays up while there are OSDs below a host that is no node: they may be its own',
    { snapshot: { ...ceph({ osdsByHost: { 'pve1-nvme': [0, 1], pve2: [2, 3], pve3: [4, 5] } }), nodes: three() } },
    ['unknown', /which OSDs live on pve1/, /pve1-nvme/],
  ],
  [
    'OSDs below a host that is no node are told of a node that need not leave',
    { snapshot: ceph({ osdsByHost: { 'pve1-nvme': [0, 1], pve2: [2, 3], pve3: [4, 5] } }) },
    ['warning', /which OSDs live on pve1/, /pve1-nvme/],
  ],
  [
    'a node stays up while OSDs below a host that goes by its name and more may be its own',
    { snapshot: { ...ceph({ osdsByHost: { pve1: [0], 'pve1-ssd': [1], pve2: [2, 3], pve3: [4, 5] } }), nodes: three() } },
    ['unknown', /which OSDs live on pve1/, /pve1-ssd/],
  ],
  [
    'OSDs of other machines are nothing to a node that has its own',
    { snapshot: ceph({ osdsByHost: { pve1: [0], pve2: [1], pve3: [2], pve11: [3, 4, 5] } }) },
    'nothing',
  ],
  ['a node without OSDs may go', { snapshot: ceph({ osdsByHost: { pve2: [0, 1, 2], pve3: [3, 4, 5], 'empty-host': [] } }) }, 'nothing'],
  ['unknown Ceph stops the run', { snapshot: snapshot({ ceph: unknown('timeout') }) }, ['unknown', /timeout/]],
  ...harmlessCephCodes.map(
    (code) => [`${code} is harmless`, { snapshot: ceph({ health: 'HEALTH_WARN', checks: [code] }) }, 'nothing'] as const,
  ),
  [
    'a code that the config calls harmless does not stop the run',
    { snapshot: ceph({ health: 'HEALTH_WARN', checks: ['POOL_NEARFULL'] }), config: config({ harmless_ceph_checks: ['POOL_NEARFULL'] }) },
    'nothing',
  ],
  [
    'a code that is not known to be harmless stops the run',
    { snapshot: ceph({ health: 'HEALTH_WARN', checks: ['RECENT_CRASH', 'POOL_NEARFULL'] }) },
    ['blocker', /POOL_NEARFULL/],
  ],
  [
    'a code nobody has seen before stops the run',
    { snapshot: ceph({ health: 'HEALTH_WARN', checks: ['NEW_IN_TENTACLE'] }) },
    ['blocker', /NEW_IN_TENTACLE/],
  ],
  [
    'flags of the whole cluster stop the run',
    { snapshot: ceph({ health: 'HEALTH_WARN', checks: ['OSDMAP_FLAGS'] }) },
    ['blocker', /ceph osd unset noout/],
  ],
  ['an error stops the run', { snapshot: ceph({ health: 'HEALTH_ERR', checks: ['OSD_FULL'] }) }, ['blocker', /OSD_FULL/]],
  ['an unknown word for health is unknown', { snapshot: ceph({ health: 'HEALTH_MAYBE' }) }, ['unknown', /HEALTH_MAYBE/]],
  ['an OSD that is down stops the run', { snapshot: ceph({ osdsUp: 5 }) }, ['blocker', /1 OSD of Ceph is down/, /5 of 6/]],
  ['placement groups that are not clean stop the run', { snapshot: ceph({ unsettledPgs: 12 }) }, ['blocker', /12 placement groups/]],
  [
    'noout of a host by somebody else is said',
    { snapshot: ceph({ health: 'HEALTH_WARN', checks: ['OSD_FLAGS'], nooutHosts: ['pve3'] }) },
    ['warning', /noout for pve3/, /unset-group noout pve3/],
  ],
  [
    'our own noout is not held against us',
    {
      snapshot: { ...ceph({ health: 'HEALTH_WARN', checks: ['OSD_FLAGS'], nooutHosts: ['pve2'] }), lock: ourLock },
      scope: turnOf('pve2', noout),
    },
    'nothing',
  ],
  [
    'flags of hosts that nobody can name stop the run',
    { snapshot: ceph({ health: 'HEALTH_WARN', checks: ['OSD_FLAGS'] }) },
    ['blocker', /OSD_FLAGS/],
  ],
]);

const down = (nodeName: string, differs: Parameters<typeof storage>[2] = {}) =>
  snapshot({
    nodes: three(),
    storages: ['pve1', 'pve2', 'pve3'].map((each) => storage(each, 'nfs', each === nodeName ? { available: false, ...differs } : differs)),
  });

const stoppedNas: Loan = { kind: 'guest-stopped', vmid: 101, guest: 'qemu', title: 'vm 101', home: 'pve2' };
const nowhere = snapshot({ nodes: three(), storages: [storage('pve2', 'nfs', { available: false })] });

testCheck('storages', [
  ['storages that work are fine', { snapshot: snapshot() }, 'nothing'],
  [
    'a storage for guests that is down on a node stops the run',
    { snapshot: down('pve2') },
    ['blocker', /storage nfs is not available on pve2/, /pvesm status --storage nfs/],
  ],
  ['a storage for backups that is down is a warning', { snapshot: down('pve2', { content: ['backup'] }) }, ['warning', /nfs/]],
  [
    'a storage that is down on an excluded node is a warning',
    { snapshot: down('pve3'), config: config({ excluded_nodes: ['pve3'] }) },
    ['warning', /pve3/],
  ],
  [
    'a storage that is down elsewhere does not stop the turn of a node',
    { snapshot: { ...down('pve3'), lock: ourLock }, scope: turnOf('pve2') },
    ['warning', /pve3/],
  ],
  [
    'storages of an offline node are not judged',
    { snapshot: snapshot({ nodes: three('pve2', {}, { online: false }), storages: [storage('pve2', 'nfs', { available: false })] }) },
    'nothing',
  ],
  [
    'a storage that no node sees while the run has a guest stopped, which may serve it, does not stop the turn of its node',
    { snapshot: { ...nowhere, lock: ourLock }, scope: turnOf('pve2', stoppedNas) },
    ['warning', /storage nfs is not available on pve2/, /if a guest that this run has stopped serves it/],
  ],
  [
    'a storage that other nodes see is not served by a guest that the run has stopped',
    { snapshot: { ...down('pve2'), lock: ourLock }, scope: turnOf('pve2', stoppedNas) },
    ['blocker', /storage nfs is not available on pve2/],
  ],
  [
    'a storage that no node sees stops the turn of a node where the run has stopped nobody',
    { snapshot: { ...nowhere, lock: ourLock }, scope: turnOf('pve2') },
    ['blocker', /storage nfs is not available on pve2/],
  ],
  ['unknown storages stop the run', { snapshot: snapshot({ storages: unknown('pvesh failed') }) }, ['unknown', /pvesh failed/]],
  ['a lone node needs no storage elsewhere', { snapshot: loneSnapshot({ storages: unknown('x') }) }, 'nothing'],
]);

const task = (differs: Partial<TaskFacts> = {}): TaskFacts => ({
  upid: 'UPID:pve2:1',
  node: 'pve2',
  type: 'vzdump',
  id: '102',
  user: 'root@pam',
  startedAtS: takenAtMs / 1000 - 90,
  ...differs,
});
const running = (...tasks: readonly TaskFacts[]) => snapshot({ tasks: known(tasks) });

testCheck('tasks', [
  ['nobody at work is fine', { snapshot: snapshot() }, 'nothing'],
  ['a backup stops the run', { snapshot: running(task()) }, ['blocker', /a backup of 102 runs on pve2/, /1 min 30 s ago by root@pam/]],
  ['any other task stops the run', { snapshot: running(task({ type: 'qmclone' })) }, ['blocker', /task qmclone/]],
  ...['vncproxy', 'vncshell', 'spiceproxy', 'spiceshell', 'termproxy'].map(
    (type) => [`a console (${type}) keeps nobody busy`, { snapshot: running(task({ type })) }, 'nothing'] as const,
  ),
  [
    'a task on an excluded node is a warning',
    { snapshot: running(task()), config: config({ excluded_nodes: ['pve2'] }) },
    ['warning', /pve2/],
  ],
  [
    'a task elsewhere does not stop the turn of a node',
    { snapshot: { ...running(task()), lock: ourLock }, scope: turnOf('pve3') },
    ['warning', /pve2/],
  ],
  ['unknown tasks stop the run', { snapshot: snapshot({ tasks: unknown('pvesh failed') }) }, ['unknown', /pvesh failed/]],
]);

testCheck('proxlb', [
  ['no ProxLB is fine', { snapshot: snapshot() }, 'nothing'],
  [
    'an HA manager that rebalances by itself stops the run, and the way back is told',
    { snapshot: { ...snapshot({ ha: known(ha([service('vm:101', 'pve1')])) }), crs: 'ha=dynamic,ha-auto-rebalance=1' } },
    ['blocker', /--crs ha=dynamic,ha-auto-rebalance=0; afterwards: pvesh set \/cluster\/options --crs ha=dynamic,ha-auto-rebalance=1/],
  ],
  [
    'deactivate_rebalance lets it be switched off',
    {
      snapshot: { ...snapshot({ ha: known(ha([service('vm:101', 'pve1')])) }), crs: 'ha=dynamic,ha-auto-rebalance=1' },
      config: config({ deactivate_rebalance: true }),
    },
    ['info', /will be switched off/, /crs is ha=dynamic,ha-auto-rebalance=1/],
  ],
  [
    'a balancer of the HA manager that is on again stops the turn of a node',
    {
      snapshot: { ...snapshot({ ha: known(ha([service('vm:101', 'pve1')])) }), crs: 'ha-auto-rebalance=1', lock: ourLock },
      config: config({ deactivate_rebalance: true }),
      scope: turnOf('pve3'),
    },
    ['blocker', /again, although this run had switched that off/],
  ],
  ['a balancer that is off, or has nobody to move, stops nothing', { snapshot: { ...snapshot(), crs: 'ha-auto-rebalance=1' } }, 'nothing'],
  [
    'words that belong to a balancer that is off stop nothing',
    { snapshot: { ...snapshot({ ha: known(ha([service('vm:101', 'pve1')])) }), crs: 'ha-auto-rebalance=0,ha-auto-rebalance-margin=5' } },
    'nothing',
  ],
  [
    'a running ProxLB stops the run',
    { snapshot: snapshot({ nodes: three('pve2', { proxlb: known(true) }) }) },
    ['blocker', /deactivate_proxlb: true/],
  ],
  [
    'deactivate_proxlb lets it be stopped',
    { snapshot: snapshot({ nodes: three('pve2', { proxlb: known(true) }) }), config: config({ deactivate_proxlb: true }) },
    ['info', /will be stopped/],
  ],
  [
    'ProxLB that was started again stops the next node',
    {
      snapshot: snapshot({ nodes: three('pve2', { proxlb: known(true) }), lock: ourLock }),
      config: config({ deactivate_proxlb: true }),
      scope: turnOf('pve3'),
    },
    ['blocker', /again/],
  ],
  [
    'ProxLB on an excluded node stops the run as well',
    { snapshot: snapshot({ nodes: three('pve2', { proxlb: known(true) }) }), config: config({ excluded_nodes: ['pve2'] }) },
    ['blocker', /pve2/],
  ],
  ['unknown ProxLB stops the run', { snapshot: snapshot({ nodes: three('pve2', { proxlb: unknown('x') }) }) }, ['unknown', /ProxLB/]],
]);

test('all blockers of all nodes are told at once', () => {
  const bad = snapshot({
    nodes: ['pve1', 'pve2', 'pve3'].map((name) => node(name, { facts: { dpkgAudit: known('x') } })),
    guests: [],
  });
  assert.equal(said('dpkg', { snapshot: bad }).length, 3);
});

/** The last look before a reboot: the node is patched, so nothing is pending, and no reboot need be due that a reading could show. */
const patched = snapshot({ nodes: [node('pve1'), node('pve2')], guests: [], lock: ourLock });
testCheck('quorum', [
  [
    'a node that is patched already is taken to leave when it is its turn',
    { snapshot: patched, scope: turnOf('pve2') },
    ['blocker', /lose quorum while pve2 is away/],
  ],
]);

test('a node in maintenance by us, patched and with its disk filled by that, may reboot', () => {
  const nodes = ['pve1', 'pve2', 'pve3'].map((name) =>
    node(name, { facts: { fileSystems: known([{ mountPoint: '/', totalBytes: 100, freeBytes: 5 }]) } }),
  );
  const services = [{ ...vm, maintenanceNode: 'pve2' }];
  const seen = snapshot({
    nodes,
    lock: ourLock,
    guests: [],
    ha: known(ha(services, all('pve2', { state: 'maintenance', maintenanceRequested: true, lrmMode: 'maintenance' }))),
  });
  const findings = check(seen, config(), turnOf('pve2', maintenanceLoan));
  assert.deepEqual(
    findings.filter(({ check: word }) => word !== 'reboot-due').map((finding) => [finding.check, finding.severity]),
    [['quorum', 'info']],
  );
});

/** pve2 is at 192.0.2.12 and exports a storage. */
const exported = (server: string, ...guests: readonly GuestFacts[]): Asked => ({
  snapshot: { ...snapshot({ nodes: three(), guests }), storageServers: { export: server, vault: '192.0.2.50' } },
});
const onExport = (vmid: number, node: string, tags: readonly string[] = []): GuestFacts =>
  guest(vmid, { node, tags, configFacts: { volumes: [volume('scsi0', 'export')] } });
testCheck('storage-servers', [
  ['a server outside of the cluster is fine', exported('192.0.2.50', onExport(101, 'pve1')), 'nothing'],
  [
    'a node that serves the disk of a guest elsewhere stops the run',
    exported('192.0.2.12', onExport(101, 'pve1'), onExport(102, 'pve2')),
    ['blocker', /pve2 serves storage export, and 2 guests/, /192\.0\.2\.12; vm 101 on pve1 and vm 102 on pve2/, /by_vmid\.101: leave/],
  ],
  ['a node is known by its name too', exported('PVE2.home.arpa', onExport(101, 'pve1')), ['blocker', /a guest with disks on it/]],
  ['another name that begins alike is another machine', exported('pve22', onExport(101, 'pve1')), 'nothing'],
  ['guests with disks elsewhere do not care', exported('192.0.2.12', guest(101)), 'nothing'],
  [
    'an image in a drive is no disk',
    exported('192.0.2.12', guest(101, { configFacts: { volumes: [volume('ide2', 'export', { use: 'iso' })] } })),
    'nothing',
  ],
  [
    'a guest that does not run does not care',
    exported('192.0.2.12', { ...onExport(101, 'pve1'), status: known({ kind: 'stopped' }) }),
    'nothing',
  ],
  [
    'neither does one that may go down, nor one that is stopped there for the reboot',
    {
      ...exported('192.0.2.12', onExport(101, 'pve1', ['dies']), onExport(102, 'pve2', ['stops'])),
      config: config({ guests: { by_tag: { dies: 'leave', stops: 'shutdown' } } }),
    },
    'nothing',
  ],
  [
    'a node that stays up goes on serving',
    {
      snapshot: {
        ...snapshot({ nodes: three('pve2', { pending: known(packageSet('vim')) }), guests: [onExport(101, 'pve1')] }),
        storageServers: { export: '192.0.2.12' },
      },
    },
    'nothing',
  ],
]);
