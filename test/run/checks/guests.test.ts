import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gib } from '../../../src/model/bytes.ts';
import type { GuestFacts } from '../../../src/model/guest.ts';
import type { GuestPolicy } from '../../../src/model/policy.ts';
import { known, unknown } from '../../../src/model/reading.ts';
import { config, guest, ha, loneSnapshot, node, service, snapshot, storage, volume } from '../../builders.ts';
import { kernelPending, ourLock, said, testCheck, three, turnOf, type Asked } from './findings.ts';

/** Guests on a cluster whose nodes will all reboot. */
const where = (...guests: readonly GuestFacts[]): Asked => ({ snapshot: snapshot({ nodes: three(), guests }) });
/** The same on a cluster with nothing to do. */
const atRest = (...guests: readonly GuestFacts[]): Asked => ({ snapshot: snapshot({ guests }) });
const policy = (asked: Asked, default_: GuestPolicy, more: object = {}): Asked => ({
  ...asked,
  config: config({ guests: { default: default_, ...more } }),
});
const haGuest = { ha: { requested: 'started', crmState: 'started' } } as const;
const withHa = (...guests: readonly GuestFacts[]): Asked => ({
  snapshot: snapshot({ nodes: three(), guests, ha: known(ha(guests.map((each) => service(`vm:${each.vmid}`, each.node)))) }),
});
const stopped: Partial<GuestFacts> = { status: known({ kind: 'stopped' }) };

testCheck('guest-state', [
  [
    'running, paused and stopped guests are fine',
    where(guest(101), guest(102, { status: known({ kind: 'paused' }) }), guest(103, stopped)),
    'nothing',
  ],
  ['unknown guests stop the run', { snapshot: snapshot({ guests: unknown('pvesh failed') }) }, ['unknown', /pvesh failed/]],
  [
    'a guest of unknown state stops the run',
    where(guest(101, { status: unknown('silent') })),
    ['unknown', /vm 101 runs on pve1/, /qm status 101/],
  ],
  [
    'a guest in an odd state stops the run',
    where(guest(101, { status: known({ kind: 'odd', word: 'io-error' }) })),
    ['blocker', /io-error/],
  ],
  ['a guest of unknown config stops the run', where(guest(101, { config: unknown('unreadable') })), ['unknown', /config of vm 101/]],
  ['a guest of unknown memory stops the run', where(guest(101, { memoryBytes: unknown('just booted') })), ['unknown', /memory vm 101/]],
  [
    'an HA guest of unknown memory stops the run',
    withHa(guest(101, { ...haGuest, memoryBytes: unknown('just booted') })),
    ['unknown', /memory vm 101/],
  ],
  ['a stopped guest may be unknown', where(guest(101, { ...stopped, config: unknown('x'), memoryBytes: unknown('x') })), 'nothing'],
  ['a template may be unknown', where(guest(101, { template: true, status: unknown('x') })), 'nothing'],
  [
    'a guest that is stopped and started needs neither config nor memory',
    policy(where(guest(101, { config: unknown('x'), memoryBytes: unknown('x') })), 'shutdown'),
    'nothing',
  ],
  [
    'a paused VM cannot be shut down',
    policy(where(guest(101, { status: known({ kind: 'paused' }) })), 'shutdown'),
    ['blocker', /paused/, /qm resume 101/],
  ],
  ['a guest on a node that stays up is a warning', atRest(guest(101, { status: unknown('silent') })), ['warning', /silent/]],
  [
    'a guest on an excluded node is not judged',
    { ...where(guest(101, { status: unknown('x') })), config: config({ excluded_nodes: ['pve1'] }) },
    'nothing',
  ],
  [
    'a guest of another node does not stop the turn of a node',
    { snapshot: { ...where(guest(101, { status: unknown('x') })).snapshot, lock: ourLock }, scope: turnOf('pve2') },
    'nothing',
  ],
]);

const backup = known([{ upid: 'UPID:pve1:7', node: 'pve3', type: 'vzdump', id: '101', user: 'root@pam', startedAtS: 0 }]);
testCheck('guest-locks', [
  ['guests without locks are fine', where(guest(101)), 'nothing'],
  [
    'a lock with its task says who works',
    { snapshot: snapshot({ nodes: three(), guests: [guest(101, { lock: 'backup' })], tasks: backup }) },
    ['blocker', /locked \(backup\)/, /task vzdump works on it/],
  ],
  [
    'a lock without a task stops the run and the way out is named',
    where(guest(101, { lock: 'migrate' })),
    ['blocker', /no task is seen/, /qm unlock 101/],
  ],
  ['a container is unlocked with its own tool', where(guest(200, { kind: 'lxc', lock: 'snapshot' })), ['blocker', /pct unlock 200/]],
  ['a VM that is hibernated to disk stays where it is', where(guest(101, { ...stopped, lock: 'suspended' })), 'nothing'],
  ['another lock of a stopped guest is a warning', where(guest(101, { ...stopped, lock: 'backup' })), ['warning', /locked \(backup\)/]],
  ['a running guest with the lock of hibernation stops the run', where(guest(101, { lock: 'suspending' })), ['blocker', /suspending/]],
  ['a lock on a node that stays up is a warning', atRest(guest(101, { lock: 'backup' })), ['warning', /backup/]],
  [
    'a lock on an excluded node is not judged',
    { ...where(guest(101, { lock: 'backup' })), config: config({ excluded_nodes: ['pve1'] }) },
    'nothing',
  ],
]);

testCheck('guest-policy', [
  ['guests that may move are fine', where(guest(101)), 'nothing'],
  ['a guest with policy block stops the run', policy(where(guest(101)), 'block'), ['blocker', /keeps the node up/, /guests\.by_vmid\.101/]],
  [
    'a vmid comes before a tag, a tag before the default',
    policy(where(guest(101, { tags: ['db'] })), 'block', { by_tag: { db: 'block' }, by_vmid: { 101: 'migrate' } }),
    'nothing',
  ],
  [
    'of several tags the most careful wins',
    policy(where(guest(101, { tags: ['web', 'db'] })), 'migrate', { by_tag: { web: 'migrate', db: 'block' } }),
    ['blocker', /vm 101/],
  ],
  ['a stopped guest keeps nothing up', policy(where(guest(101, stopped)), 'block'), 'nothing'],
  [
    'an HA guest may keep its node up as any other',
    policy(withHa(guest(101, haGuest)), 'block'),
    ['blocker', /its policy keeps the node up/],
  ],
  [
    'an HA guest cannot be left to go down with its node',
    policy(withHa(guest(101, haGuest)), 'leave'),
    ['blocker', /does not leave it there/],
  ],
  ['a guest that may go down with its node keeps nothing up', policy(where(guest(101)), 'leave'), 'nothing'],
  [
    'tags that say different things keep a node up, and are named',
    policy(where(guest(101, { tags: ['web', 'db'] })), 'migrate', { by_tag: { web: 'migrate', db: 'shutdown' } }),
    [
      'blocker',
      /its tags say different things/,
      /guests\.by_tag\.web says migrate and guests\.by_tag\.db says shutdown/,
      /guests\.by_vmid\.101/,
    ],
  ],
  [
    'a vmid decides between its tags',
    policy(where(guest(101, { tags: ['web', 'db'] })), 'migrate', { by_tag: { web: 'migrate', db: 'block' }, by_vmid: { 101: 'migrate' } }),
    'nothing',
  ],
  ['a node that stays up gets a warning', policy(atRest(guest(101)), 'block'), ['warning', /keeps the node up/]],
  [
    'a lone node is patched and its reboot left due',
    { snapshot: loneSnapshot() },
    ['warning', /pve1 will be patched, but a reboot is left due/, /vm 101/, /guests\.default: shutdown/],
  ],
  ['a lone node whose guests may be stopped is fine', policy({ snapshot: loneSnapshot() }, 'shutdown'), 'nothing'],
  ['a lone node without running guests is fine', { snapshot: loneSnapshot({ guests: [guest(101, stopped)] }) }, 'nothing'],
  ['a lone node that is not to reboot needs no words', { snapshot: loneSnapshot(), config: config({ reboot: 'never' }) }, 'nothing'],
]);

const pinned = { configFacts: { pinnedBy: ['hostpci0'] } };
testCheck('guest-moves', [
  ['guests on shared storage are fine', where(guest(101)), 'nothing'],
  [
    'a guest with a device of its node stops the run',
    where(guest(101, pinned)),
    ['blocker', /vm 101 cannot leave pve1/, /hostpci0/, /guests\.by_vmid\.101: shutdown/],
  ],
  [
    'a guest that may be stopped and started does not',
    policy(where(guest(101, pinned)), 'migrate', { by_vmid: { 101: 'shutdown' } }),
    'nothing',
  ],
  ['a stopped guest does not', where(guest(101, { ...pinned, ...stopped })), 'nothing'],
  [
    'an HA guest that cannot move stops the run: the HA manager would try in vain',
    withHa(guest(101, { ...haGuest, ...pinned })),
    ['blocker', /HA manager would try in vain/],
  ],
  ['a node that stays up gets a warning', atRest(guest(101, pinned)), ['warning', /cannot leave/]],
  ['a locked guest is named by its lock only', where(guest(101, { ...pinned, lock: 'backup' })), 'nothing'],
  ['a lone node has nowhere to move to', { snapshot: loneSnapshot({ guests: [guest(101, pinned)] }) }, 'nothing'],
  ['guests of an excluded node need not move', { ...where(guest(101, pinned)), config: config({ excluded_nodes: ['pve1'] }) }, 'nothing'],
]);

const large = { memoryBytes: known(60 * gib) };
testCheck('memory', [
  ['guests that fit elsewhere are fine', where(guest(101), guest(102, { node: 'pve2' })), 'nothing'],
  [
    'guests that fit nowhere stop the run, with the figures',
    where(guest(101, large)),
    [
      'blocker',
      /guests of pve1 do not fit/,
      /60 GiB have to go/,
      /pve2 has room for 42 GiB/,
      /no place for vm 101 \(60 GiB\): 18 GiB are missing on pve[23]/,
    ],
  ],
  ['HA guests count', withHa(guest(101, { ...haGuest, ...large })), ['blocker', /do not fit/]],
  ['guests that may be stopped and started do not count', policy(where(guest(101, large)), 'shutdown'), 'nothing'],
  ['stopped guests do not count', where(guest(101, { ...large, ...stopped })), 'nothing'],
  ['an excluded node takes guests', { ...where(guest(101)), config: config({ excluded_nodes: ['pve2', 'pve3'] }) }, 'nothing'],
  [
    'the reserve counts',
    { ...where(guest(101, { memoryBytes: known(45 * gib) })), config: config({ limits: { memory_reserve_percent: 0 } }) },
    'nothing',
  ],
  ['a node that stays up gets a warning', atRest(guest(101, large)), ['warning', /do not fit/]],
  [
    'before a node only its guests are judged',
    { snapshot: { ...where(guest(101, large)).snapshot, lock: ourLock }, scope: turnOf('pve2') },
    'nothing',
  ],
]);

test('memory: two nodes that could each be emptied alone are judged each for itself', () => {
  const guests = [guest(101, { memoryBytes: known(20 * gib) }), guest(102, { node: 'pve2', memoryBytes: known(20 * gib) })];
  assert.deepEqual(said('memory', where(...guests)), []);
});

const localDisk = { configFacts: { volumes: [volume('scsi0', 'local-lvm')] } };
const sanOnPve1 = snapshot({
  nodes: three(),
  guests: [guest(101, { configFacts: { volumes: [volume('scsi0', 'san')] } })],
  storages: [storage('pve1', 'san', { shared: true })],
});
const newerHere = snapshot({
  nodes: [
    node('pve1', { facts: { pending: kernelPending, versions: known({ 'pve-qemu-kvm': '10.1.2-1' }) } }),
    node('pve2', { facts: { pending: kernelPending } }),
  ],
  guests: [guest(101)],
});
testCheck('guest-moves', [
  [
    'the reasons of each target are told',
    { snapshot: sanOnPve1 },
    ['blocker', /pve2: storage san is not enabled there\. pve3: storage san is not enabled there/],
  ],
  [
    'a guest with disks on local storage stops the run, because they are not copied unasked',
    where(guest(101, localDisk)),
    ['blocker', /vm 101 cannot leave pve1/, /scsi0 is on local storage \(local-lvm\)/, /migrate-with-disks/],
  ],
  ['a guest with local disks that may be stopped and started does not', policy(where(guest(101, localDisk)), 'shutdown'), 'nothing'],
  [
    'local disks that the HA manager would copy stop the run, because nobody asked for that',
    withHa(guest(101, { ...haGuest, ...localDisk })),
    ['blocker', /HA manager would copy the local disks of vm 101 off pve1/],
  ],
  [
    'a guest that can only go to an older QEMU is said',
    { snapshot: newerHere },
    ['warning', /1 VM of pve1 can only go to nodes with an older QEMU/],
  ],
]);
