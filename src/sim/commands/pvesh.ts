/** `pvesh get PATH [--type T] --output-format json` for the paths that clients read (facts 1.1; captures `pvesh-`). */
import { haResources, managerStatus, statusCurrent } from '../ha-status.ts';
import { resourceRows } from '../metrics.ts';
import type { SimNode } from '../node.ts';
import type { Process } from '../process.ts';
import { sharedTypes } from '../storages.ts';
import type { World } from '../world.ts';
import { clusterFsDown } from './pmxcfs-down.ts';
import { preconditions } from './preconditions.ts';

export function pvesh(process: Process): number {
  const [, verb, path = '', ...options] = process.argv;
  if (verb === undefined) return process.fail(255, 'ERROR: no command specified', 'USAGE: pvesh <COMMAND> [ARGS] [OPTIONS]');
  const down = clusterFsDown(process);
  if (down !== undefined) return down;
  if (verb === 'set' && path === '/cluster/options') return setOptions(process, options);
  const format = options[options.indexOf('--output-format') + 1];
  if (!['json', 'json-pretty'].includes(format ?? '')) {
    const usage = `pvesh ${verb} <api_path> [OPTIONS] [FORMAT_OPTIONS]`;
    return process.fail(
      2,
      '400 Parameter verification failed.',
      `output-format: value '${format ?? ''}' does not have a value in the enumeration 'text, json, json-pretty, yaml'`,
      usage,
    );
  }
  const read = verb === 'get' ? readers[path] : undefined;
  if (read === undefined) return (verb === 'get' ? preconditions(process, path) : undefined) ?? notThere(process, verb, path);
  const type = options.includes('--type') ? options[options.indexOf('--type') + 1] : undefined;
  const answer = read(process.world, process.node, type);
  if ('error' in answer) return process.fail(answer.exitCode, answer.error);
  process.out(JSON.stringify(answer.value));
  return 0;
}

/** Only `crs`, as nothing else is ever written here. */
function setOptions(process: Process, options: readonly string[]): number {
  const { world, node } = process;
  const crs = options[options.indexOf('--crs') + 1];
  if (!options.includes('--crs') || crs === undefined)
    return process.fail(255, '400 Parameter verification failed.', 'crs: no other option can be set in this world');
  if (world.corosync.view(node)?.quorate === false)
    return process.fail(13, "unable to open file '/etc/pve/datacenter.cfg.tmp.1' - Permission denied");
  world.setCrs(crs);
  return 0;
}

type Answer = { readonly value: unknown } | { readonly error: string; readonly exitCode: number };

const readers: Readonly<Record<string, ((world: World, from: SimNode, type: string | undefined) => Answer) | undefined>> = {
  '/version': (_world, from) => {
    const version = from.apt.installed.get('pve-manager') ?? '0';
    return { value: { release: version.split('.').slice(0, 2).join('.'), repoid: '14a22df3e8f0c5e1', version } };
  },
  '/cluster/resources': (world, from, type) => ({ value: resourceRows(world, from, type) }),
  '/cluster/status': (world, from) => ({ value: clusterStatus(world, from) }),
  '/cluster/config/nodes': (world) => (world.clustered ? { value: shuffled(world, configNodes(world)) } : notClustered),
  '/cluster/config/qdevice': (world, from) => (world.clustered ? { value: qdevice(world, from) } : notClustered),
  '/cluster/ha/status/manager_status': (world, from) => ({ value: managerStatus(world, from) }),
  '/cluster/ha/status/current': (world, from) => ({ value: statusCurrent(world, from) }),
  '/cluster/ha/resources': (world) => ({ value: haResources(world) }),
  '/cluster/tasks': (world, from) => ({ value: tasks(world, from) }),
  '/storage': (world) => ({ value: shuffled(world, storages(world)) }),
};

const notClustered: Answer = { error: "Corosync config '/etc/pve/corosync.conf' does not exist", exitCode: 2 };

function notThere(process: Process, verb: string, path: string): number {
  const node = /^\/nodes\/([^/]+)/.exec(path)?.[1];
  if (node !== undefined && process.world.findNode(node) === undefined)
    return process.fail(2, `hostname lookup '${node}' failed - failed to get address info for: ${node}: Name or service not known`);
  return process.fail(1, `No '${verb}' handler defined for '${path}'`);
}

function clusterStatus(world: World, from: SimNode): unknown[] {
  const view = world.corosync.view(from);
  const cluster = {
    id: 'cluster',
    name: world.name,
    nodes: world.nodes.length,
    quorate: view?.quorate === true ? 1 : 0,
    type: 'cluster',
    version: world.nodes.length,
  };
  const nodes = world.nodes.map((node) => ({
    id: `node/${node.name}`,
    ip: node.address,
    level: '',
    local: node === from ? 1 : 0,
    name: node.name,
    nodeid: world.clustered ? node.id : 0,
    // With its corosync stopped a node goes on showing everybody (capture corostop-pve2-own-cluster-status).
    online: !world.clustered || view === undefined || view.members.includes(node) ? 1 : 0,
    type: 'node',
  }));
  return world.clustered ? [cluster, ...shuffled(world, nodes)] : nodes;
}

function configNodes(world: World): unknown[] {
  return world.nodes.map(({ name, id, votes, address }) => ({
    name,
    node: name,
    nodeid: `${id}`,
    quorum_votes: `${votes}`,
    ring0_addr: address,
  }));
}

function qdevice(world: World, from: SimNode): unknown {
  const { corosync, nodes } = world;
  if (corosync.qdeviceVotes === 0) return {};
  return {
    Algorithm: nodes.length % 2 === 0 ? 'Fifty-Fifty split' : 'LMS',
    'Echo reply': 'None',
    'Last poll call': world.dateTime(world.timers.now()).replace(' ', 'T'),
    Model: 'Net',
    'QNetd host': '10.99.0.250:5403',
    State: corosync.qdeviceConnected && !from.cut ? 'Connected' : 'Connect failed',
    'Tie-breaker': 'Node with lowest node ID',
  };
}

function tasks(world: World, from: SimNode): unknown[] {
  const known = world.nodes.filter((node) => node === from || world.corosync.sees(from, node) || node.lostAtMs !== undefined);
  return world.tasks.told(known.map(({ name }) => name)).map((task) => {
    const { upid, node, id, user, startedAtS, endedAtS, status, type, pid } = task;
    if (status === undefined) return { id, node, pid, saved: '0', starttime: startedAtS, type, upid, user };
    return { endtime: endedAtS, id, node, saved: '1', starttime: startedAtS, status, type, upid, user };
  });
}

function storages(world: World): unknown[] {
  return world.storages.all.map(({ id, type, shared, content, nodes }) => ({
    content,
    digest: 'fe1982064b14dfae3c61793982de929decab21a4',
    ...(nodes === undefined ? {} : { nodes: nodes.join(',') }),
    path: id === 'local' ? '/var/lib/vz' : `/mnt/pve/${id}`,
    ...(id === 'local' ? { 'prune-backups': 'keep-all=1' } : {}),
    ...(shared && !sharedTypes.has(type) ? { shared: 1 } : {}),
    storage: id,
    type,
  }));
}

function shuffled<T>(world: World, rows: readonly T[]): T[] {
  return world.random.stream('order').shuffled(rows);
}
