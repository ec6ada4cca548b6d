import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GiB } from '../../src/sim/spec.ts';
import { fiveNodes, threeNodes } from '../../src/sim/worlds.ts';
import { aWorld } from './a-world.ts';

const s = 1000;
const unitOf = (name: string, command: string): string =>
  `systemd-run --unit=${name} --service-type=exec --remain-after-exit --quiet -- ${command}`;
const stateOf = (name: string): string => `systemctl show ${name} --property=LoadState,ActiveState,SubState,Result,ExecMainStatus`;

interface Row {
  readonly id: string;
  readonly status: string;
  readonly mem?: number;
  readonly name?: string;
}

test('a node asked to reboot must answer until its guests are down, and come back with a new boot id', async () => {
  const { world, clock, run } = aWorld({ ...threeNodes, guests: { 101: { on: 'pve2', shutdownMs: 'never' } } });
  const before = (await run('pve2', 'cat /proc/sys/kernel/random/boot_id')).stdout;
  await run('pve2', 'systemctl reboot');
  await clock.pass(120 * s);
  assert.equal((await run('pve2', 'cat /proc/sys/kernel/random/boot_id')).stdout, before, 'three minutes for a guest that ignores ACPI');
  await clock.pass(300 * s);
  assert.notEqual((await run('pve2', 'cat /proc/sys/kernel/random/boot_id')).stdout, before);
  assert.equal(world.guest(101).interruptions[0]?.why, 'its node was rebooted');
  assert.equal(world.guest(101).status, 'running', 'pve-guests starts what is marked to start');
});

test('a node must boot the newest kernel that was installed, or its old one when told to', async () => {
  const { world, clock, run } = aWorld(threeNodes);
  await run('pve2', 'apt-get -y dist-upgrade');
  world.node('pve2').nextBoot = { oldKernel: true };
  for (const kernel of ['6.14.11-4-pve', '6.17.4-2-pve']) {
    await run('pve2', 'systemctl reboot');
    await clock.pass(300 * s);
    assert.equal((await run('pve2', 'uname -r')).stdout, `${kernel}\n`);
  }
});

test('a node must rejoin seconds after ssh answers, and its rows must lack their metrics until pvestatd has spoken', async () => {
  const { world, clock, run, json } = aWorld(threeNodes);
  const rowOf = async () =>
    ((await json('pve1', 'pvesh get /cluster/resources --type node --output-format json')) as Row[]).find(({ id }) => id === 'node/pve2');
  await run('pve2', 'systemctl reboot');
  await clock.drive(new Promise<void>((resolve) => world.onNodeUp.add(() => resolve())));
  assert.deepEqual([world.node('pve2').joined, (await rowOf())?.status], [false, 'offline']);
  await clock.pass(7 * s);
  assert.deepEqual([world.node('pve2').joined, (await rowOf())?.status, (await rowOf())?.mem], [true, 'unknown', undefined]);
  await clock.pass(8 * s);
  assert.equal((await rowOf())?.status, 'online');
});

test('the guests of a node that lost power must look as they did for five minutes, then be unknown and nameless', async () => {
  const { world, clock, json } = aWorld({ ...threeNodes, guests: { 101: { on: 'pve2', name: 'web' } } });
  const row = async () => ((await json('pve1', 'pvesh get /cluster/resources --type vm --output-format json')) as Row[])[0];
  world.boot.cutPower(world.node('pve2'), 'power', false);
  await clock.pass(200 * s);
  assert.deepEqual([(await row())?.status, (await row())?.name], ['running', 'web']);
  await clock.pass(200 * s);
  assert.deepEqual([(await row())?.status, (await row())?.name], ['unknown', undefined]);
});

test('the metrics of a guest must be up to ten seconds behind', async () => {
  const { run, json, clock } = aWorld({ ...threeNodes, guests: { 101: { on: 'pve1', status: 'stopped' } } });
  const status = async () => ((await json('pve1', 'pvesh get /cluster/resources --type vm --output-format json')) as Row[])[0]?.status;
  await run('pve1', 'qm start 101');
  assert.deepEqual([(await run('pve1', 'qm status 101')).stdout, await status()], ['status: running\n', 'stopped']);
  await clock.pass(10 * s);
  assert.equal(await status(), 'running');
});

test('without quorum nothing below /etc/pve must be written and no guest started', async () => {
  const { world, clock, run } = aWorld({ ...threeNodes, guests: { 101: { on: 'pve1', status: 'stopped' } } });
  for (const node of ['pve2', 'pve3']) world.cut(node, true);
  assert.equal((await run('pve1', 'mkdir /etc/pve/priv/lock/x')).exitCode, 0, 'nobody has noticed yet');
  await clock.pass(9 * s);
  assert.match((await run('pve1', 'mkdir /etc/pve/priv/lock/y')).stderr, /Permission denied/);
  assert.match((await run('pve1', 'qm start 101')).stderr, /cluster not ready - no quorum\?/);
  world.cut('pve2', false);
  await clock.pass(5 * s);
  assert.equal((await run('pve1', 'qm start 101')).exitCode, 0);
});

test('a lock folder must belong to its node until it was silent for 120 seconds', async () => {
  const { clock, run } = aWorld(threeNodes);
  const lock = '/etc/pve/priv/lock/proxroll';
  assert.equal((await run('pve1', `mkdir ${lock}`)).exitCode, 0);
  assert.match((await run('pve2', `mkdir ${lock}`)).stderr, /File exists/);
  assert.match((await run('pve2', `touch ${lock}`)).stderr, /Permission denied/);
  await clock.pass(100 * s);
  await run('pve1', `touch ${lock}`);
  await clock.pass(100 * s);
  await run('pve2', `touch -d @0 ${lock}`);
  assert.match((await run('pve2', `mkdir ${lock}`)).stderr, /File exists/);
  await clock.pass(30 * s);
  await run('pve2', `touch -d @0 ${lock}`);
  assert.equal((await run('pve2', `mkdir ${lock}`)).exitCode, 0);
});

test('a unit must outlive whoever started it, say how it ended, and give its name free', async () => {
  const { clock, run } = aWorld(threeNodes);
  await run('pve2', unitOf('proxroll-guest-102-r-1', 'qm migrate 102 pve3 --online 1'));
  assert.match((await run('pve2', stateOf('proxroll-guest-102-r-1'))).stdout, /ActiveState=active\nSubState=running/);
  assert.equal((await run('pve2', unitOf('proxroll-guest-102-r-1', 'true'))).exitCode, 1);
  await clock.pass(120 * s);
  assert.equal(
    (await run('pve2', stateOf('proxroll-guest-102-r-1'))).stdout,
    'Result=success\nExecMainStatus=0\nLoadState=loaded\nActiveState=active\nSubState=exited\n',
  );
  await run('pve2', unitOf('proxroll-guest-9-r-1', 'qm migrate 9 pve3'));
  assert.match(
    (await run('pve2', stateOf('proxroll-guest-9-r-1'))).stdout,
    /Result=exit-code\nExecMainStatus=2\nLoadState=loaded\nActiveState=failed/,
  );
  assert.match(
    (await run('pve2', 'journalctl --unit=proxroll-guest-9-r-1 --output=cat --no-pager --lines=9')).stdout,
    /9\.conf' does not exist/,
  );
  await run('pve2', 'systemctl reset-failed proxroll-guest-9-r-1');
  assert.match((await run('pve2', stateOf('proxroll-guest-9-r-1'))).stdout, /LoadState=not-found/);
});

test('a migration whose unit is stopped must leave the guest running where it was, unlocked', async () => {
  const { world, clock, run } = aWorld(threeNodes);
  await run('pve2', unitOf('proxroll-guest-102-r-1', 'qm migrate 102 pve3 --online 1'));
  await clock.pass(10 * s);
  assert.equal(world.guest(102).lock, 'migrate');
  await run('pve2', 'systemctl stop proxroll-guest-102-r-1');
  await clock.pass(1 * s);
  assert.deepEqual([world.guest(102).node, world.guest(102).status, world.guest(102).lock], ['pve2', 'running', undefined]);
});

test('a migration whose target loses power must hang, locked, until the target is back', async () => {
  const { world, clock, run } = aWorld(threeNodes);
  await run('pve2', unitOf('proxroll-guest-102-r-1', 'qm migrate 102 pve3 --online 1'));
  await clock.pass(10 * s);
  world.boot.cutPower(world.node('pve3'), 'power', false);
  await clock.pass(3600 * s);
  assert.deepEqual([world.guest(102).node, world.guest(102).status, world.guest(102).lock], ['pve2', 'running', 'migrate']);
  world.nodeCameUp('pve3');
  await clock.pass(1 * s);
  assert.equal(world.guest(102).lock, undefined);
  assert.match((await run('pve2', stateOf('proxroll-guest-102-r-1'))).stdout, /ActiveState=failed/);
});

test('a container must be stopped and started by its move, and stay where it is when it will not stop', async () => {
  const { world, run } = aWorld({
    ...threeNodes,
    guests: { 201: { kind: 'lxc', on: 'pve1' }, 202: { kind: 'lxc', on: 'pve1', shutdownMs: 'never' } },
  });
  assert.equal((await run('pve1', 'pct migrate 201 pve2 --restart 1 --timeout 60')).exitCode, 0);
  assert.deepEqual([world.guest(201).node, world.guest(201).status, world.guest(201).interruptions.length], ['pve2', 'running', 1]);
  assert.equal((await run('pve1', 'pct migrate 202 pve2 --restart 1 --timeout 60')).exitCode, 255);
  assert.deepEqual([world.guest(202).node, world.guest(202).status], ['pve1', 'running']);
});

test('an upgrade must take its packages one by one, and power loss must leave one half configured', async () => {
  const { world, clock, run } = aWorld(threeNodes);
  await run('pve2', unitOf('proxroll-upgrade-r', 'apt-get -y dist-upgrade'));
  await clock.pass(15 * s);
  const { apt } = world.node('pve2');
  const left = apt.pending.length;
  assert.ok(left > 0 && left < 11, `${left} of 11 are left`);
  world.boot.cutPower(world.node('pve2'), 'power', true);
  await clock.pass(200 * s);
  assert.match((await run('pve2', 'dpkg --audit')).stdout, /half configured/);
  assert.match((await run('pve2', 'apt-get -s dist-upgrade')).stderr, /dpkg was interrupted/);
});

test('a held package must be kept back, a removal be announced, and the guard keep proxmox-ve', async () => {
  const { run } = aWorld({
    nodes: { pve1: { pending: [{ name: 'bash', to: '9' }], held: ['bash'] }, pve2: { removals: ['proxmox-ve'] }, pve3: {} },
  });
  assert.match(
    (await run('pve1', 'apt-get -s dist-upgrade')).stdout,
    /kept back:\n {2}bash\n0 upgraded, 0 newly installed, 0 to remove and 1 not upgraded/,
  );
  assert.match((await run('pve2', 'apt-get -s dist-upgrade')).stdout, /Remv proxmox-ve \[9\.0\.0\]/);
  assert.equal((await run('pve2', 'apt-get -y dist-upgrade')).exitCode, 100);
});

test('a locked dpkg must be waited for as long as was said', async () => {
  const { world, clock, run } = aWorld(threeNodes);
  const { apt } = world.node('pve1');
  apt.lockedBy = { pid: 77, program: 'unattended-upgr' };
  clock.after(60 * s, () => apt.unlock());
  assert.equal((await run('pve1', 'apt-get -y -o DPkg::Lock::Timeout=30 dist-upgrade')).exitCode, 100);
  assert.equal((await run('pve1', 'apt-get -y -o DPkg::Lock::Timeout=300 dist-upgrade')).exitCode, 0);
});

test('maintenance must show in the LRM after 11 s and in the node status after 30, and only then move guests', async () => {
  const { world, clock, run } = aWorld({ ...fiveNodes, guests: { 101: { on: 'pve2', memoryBytes: GiB, ha: { state: 'started' } } } });
  await run('pve1', 'ha-manager crm-command node-maintenance enable pve2');
  const seen = (): string => `${world.ha.node('pve2').lrmMode} ${world.ha.node('pve2').status} ${world.guest(101).node}`;
  const states: string[] = [];
  for (const ms of [4, 12, 22, 30]) {
    await clock.pass(ms * s);
    states.push(seen());
  }
  assert.deepEqual(states, [
    'active online pve2',
    'maintenance online pve2',
    'maintenance maintenance pve2',
    'maintenance maintenance pve1',
  ]);
  await clock.pass(10 * s);
  await run('pve1', 'ha-manager crm-command node-maintenance disable pve2');
  await clock.pass(120 * s);
  assert.equal(seen(), 'active online pve2', 'what left for maintenance goes home after it');
});

test('a guest that may run nowhere else must keep its node from ever being empty', async () => {
  const { world, clock, run } = aWorld({
    ...threeNodes,
    guests: { 101: { on: 'pve2', ha: {} } },
    ha: { rules: [{ services: ['vm:101'], nodes: ['pve2'], strict: true }] },
  });
  await run('pve1', 'ha-manager crm-command node-maintenance enable pve2');
  await clock.pass(1800 * s);
  assert.deepEqual([world.ha.node('pve2').status, world.guest(101).node, world.guest(101).status], ['maintenance', 'pve2', 'running']);
});

test('a node that loses power must be fenced and its HA guests run elsewhere within three minutes', async () => {
  const { world, clock } = aWorld({ ...threeNodes, guests: { 101: { on: 'pve3', ha: {} }, 102: { on: 'pve3' } } });
  world.boot.cutPower(world.node('pve3'), 'power', false);
  const states: string[] = [];
  for (const ms of [10, 50, 30, 60]) {
    await clock.pass(ms * s);
    states.push(`${world.ha.node('pve3').status} ${world.ha.services.find('vm:101')?.state ?? ''}`);
  }
  assert.deepEqual(states, ['online started', 'unknown started', 'fence fence', 'unknown started']);
  assert.notEqual(world.guest(101).node, 'pve3');
  assert.deepEqual([world.guest(101).status, world.guest(102).status], ['running', 'stopped']);
});

test('a node with HA guests that is cut off must reset itself after a minute', async () => {
  const { world, clock, told } = aWorld({ ...threeNodes, guests: { 101: { on: 'pve3', ha: {} } } });
  world.cut('pve3', true);
  await clock.pass(90 * s);
  assert.ok(told().includes('pve3 reset by its watchdog'));
});

test('a reboot without maintenance must freeze the HA guests of the node and start them there again', async () => {
  const { world, clock, run } = aWorld({ ...threeNodes, guests: { 101: { on: 'pve3', ha: {} } } });
  await run('pve3', 'systemctl reboot');
  await clock.pass(60 * s);
  assert.equal(world.ha.services.find('vm:101')?.state, 'freeze');
  await clock.pass(200 * s);
  assert.deepEqual([world.guest(101).node, world.guest(101).status, world.guest(101).interruptions.length], ['pve3', 'running', 1]);
});

test('a reboot in maintenance must wait for the node to be empty', async () => {
  const { world, clock, run } = aWorld({ ...threeNodes, guests: { 101: { on: 'pve3', ha: {} } } });
  await run('pve1', 'ha-manager crm-command node-maintenance enable pve3');
  await clock.pass(20 * s);
  await run('pve3', 'systemctl reboot');
  await clock.pass(240 * s);
  assert.deepEqual([world.node('pve3').boots, world.guest(101).status, world.guest(101).interruptions.length], [1, 'running', 0]);
});

test('Ceph must show a host down, refuse a second one, and be clean some time after its return', async () => {
  const { clock, run, json } = aWorld({ nodes: { pve1: { osds: [0, 1] }, pve2: { osds: [2, 3] }, pve3: { osds: [4, 5] } } });
  const health = async () => ((await json('pve1', 'ceph --connect-timeout 10 -s -f json')) as { health: { status: string } }).health.status;
  assert.equal(await health(), 'HEALTH_OK');
  await run('pve1', 'ceph osd set-group noout pve2');
  assert.match((await run('pve1', 'ceph --connect-timeout 10 osd dump -f json')).stdout, /"crush_node_flags":\{"pve2":\["noout"\]\}/);
  await run('pve2', 'systemctl reboot');
  await clock.pass(60 * s);
  assert.equal(await health(), 'HEALTH_WARN');
  assert.equal((await run('pve1', 'ceph osd ok-to-stop 4 5 -f json')).exitCode, 16);
  await run('pve1', 'ceph osd unset-group noout pve2');
  await clock.pass(200 * s);
  assert.equal(await health(), 'HEALTH_OK');
});

test('a settled world must have nothing to wake', async () => {
  const { world, clock, run } = aWorld(fiveNodes);
  await run('pve1', 'ha-manager crm-command node-maintenance enable pve2');
  await clock.pass(120 * s);
  await run('pve2', 'systemctl reboot');
  await clock.pass(400 * s);
  await run('pve1', 'ha-manager crm-command node-maintenance disable pve2');
  await clock.pass(400 * s);
  assert.equal(clock.waiting, 0);
  assert.ok(world.nodes.every(({ joined }) => joined));
});
