/** The lab on trial, without proxroll: what it promises of hosts, ssh, apt, corosync, reboots and faults, and how long each takes. */
import assert from 'node:assert/strict';
import { LabCluster } from './cluster.ts';
import { cutLink, hang, plugIn, pullPlug } from './faults.ts';
import { kernelOf } from './release.ts';
import { until } from './ssh.ts';
import { giveWorld, usualGuests } from './world.ts';
import type { LabNode } from './cluster.ts';
import type { LabRun } from './lab-run.ts';
import type { Suite } from './suite.ts';

/** @throws AssertionError, or Error when something does not happen in time */
export async function selfcheck(labRun: LabRun, suite: Suite, nodes: number): Promise<void> {
  const passed = stopwatch();
  const cluster = await LabCluster.make({ suite, nodes, firmwareMs: 500 }, labRun);
  passed(`repository, layer and ${nodes} ${suite} hosts made`);
  await cluster.start();
  passed('booted: ssh answers, corosync has all votes on every host');
  await everyPairTalks(cluster);
  passed('ssh from every host to every host, by the known_hosts file of each node');

  const node = cluster.nodes.at(-1);
  assert(node !== undefined);
  passed(`upgrade published and seen by apt: ${await upgradeSeen(cluster, node)}`);
  await cluster.ssh.run(node.address, 'DEBIAN_FRONTEND=noninteractive apt-get -q -y dist-upgrade', 120_000);
  assert.equal(await cluster.ssh.run(node.address, 'dpkg --audit'), '');
  passed(`${node.name} upgraded`);
  await reboots(cluster, node);
  assert.equal((await cluster.ssh.run(node.address, 'uname -r')).trim(), kernelOf(suite, 'v2'));
  passed(`${node.name} rebooted: new boot id, new kernel, member again`);

  const world = await giveWorld(cluster, usualGuests(nodes));
  if (nodes > 1) {
    const move = await cluster.ssh.run(node.address, `qm migrate ${100 + nodes * 10 - 9} pve1 --online 1`);
    assert.match(move, /migration finished successfully/);
    assert.equal(world.guest(100 + nodes * 10 - 9).node, 'pve1');
    passed(`a VM of the simulated cluster moved from ${node.name} to pve1`);
  }
  if (nodes > 2) await faults(cluster, node, passed);
  assert.equal((await cluster.ssh.run(node.address, 'systemctl is-system-running')).trim(), 'running');
  assert.equal((await cluster.ssh.run(node.address, 'timedatectl show --property=NTPSynchronized --value')).trim(), 'yes');
  passed('no failed unit');
}

async function everyPairTalks(cluster: LabCluster): Promise<void> {
  for (const from of cluster.nodes) {
    for (const to of cluster.nodes) {
      const known = `/etc/pve/nodes/${to.name}/ssh_known_hosts`;
      const options = `-o BatchMode=yes -o HostKeyAlias=${to.name} -o UserKnownHostsFile=${known} -o GlobalKnownHostsFile=none`;
      assert.equal((await cluster.ssh.run(from.address, `ssh ${options} root@${to.address} -- hostname`)).trim(), to.name);
    }
  }
}

async function upgradeSeen(cluster: LabCluster, { address }: LabNode): Promise<string> {
  await cluster.repository.publish('v2');
  const simulated = await cluster.ssh.run(address, 'apt-get -q --error-on=any update >/dev/null && apt-get -s dist-upgrade');
  assert.match(simulated, /^Inst pve-manager \[/m);
  assert.match(simulated, /^Inst proxmox-kernel-[\d.-]+-pve-signed \(/m);
  assert.doesNotMatch(simulated, /^Remv/m);
  return /^\d+ upgraded.*$/m.exec(simulated)?.[0] ?? '';
}

async function reboots(cluster: LabCluster, { name, address }: LabNode): Promise<void> {
  const before = cluster.record.boots(name);
  await cluster.ssh.try(address, 'systemctl reboot');
  await booted(cluster, name, before.length + 1);
  await cluster.whole(cluster.node(name), 60_000);
  assert.notEqual(cluster.record.boots(name).at(-1)?.bootId, before.at(-1)?.bootId);
}

async function faults(cluster: LabCluster, node: LabNode, passed: (what: string) => void): Promise<void> {
  const others = cluster.nodes.length - 1;
  await cutLink(node, true);
  await membersOnFirst(cluster, others);
  assert.equal((await cluster.ssh.try(node.address, 'true')).exitCode, 255);
  passed(`link of ${node.name} cut, noticed by the others`);
  await cutLink(node, false);
  await cluster.whole(node, 60_000);
  passed('healed, member again');

  await hang(node, true);
  await membersOnFirst(cluster, others);
  passed(`${node.name} frozen, noticed`);
  await hang(node, false);
  await cluster.whole(node, 60_000);
  passed('thawed, member again');

  const boots = cluster.record.boots(node.name).length;
  await pullPlug(node);
  await membersOnFirst(cluster, others);
  passed(`plug of ${node.name} pulled, noticed`);
  plugIn(node);
  await booted(cluster, node.name, boots + 1);
  await cluster.whole(node, 60_000);
  passed('plugged in, member again');
}

async function booted(cluster: LabCluster, host: string, times: number): Promise<void> {
  await until(`boot ${times} of ${host}`, 60_000, () => Promise.resolve(cluster.record.boots(host).length >= times ? true : undefined));
}

async function membersOnFirst(cluster: LabCluster, members: number): Promise<void> {
  await until(`${members} members as seen by pve1`, 60_000, () =>
    Promise.resolve(cluster.record.quorumOn('pve1')?.members.length === members ? true : undefined),
  );
}

/** @returns a function that prints what was reached and the time since the last call */
function stopwatch(): (what: string) => void {
  let last = Date.now();
  return (what) => {
    console.log(`${((Date.now() - last) / 1000).toFixed(1).padStart(6)} s  ${what}`);
    last = Date.now();
  };
}
