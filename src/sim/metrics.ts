/**
 * `/cluster/resources`: where guests are comes from pmxcfs and is current; how they fare comes from what pvestatd of each node
 * broadcast last, and is up to 10 s old, or 300 s when the node is gone (facts 1.5; captures `stale-`, `q-`).
 */
import type { SimGuest } from './guest.ts';
import { hastate } from './ha-status.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

type Row = Record<string, unknown>;

export function resourceRows(world: World, from: SimNode, type: string | undefined): Row[] {
  const rows: Row[] = [];
  if (type === undefined || type === 'vm') for (const guest of world.guests.all) rows.push(guestRow(world, from, guest));
  if (type === undefined || type === 'node') for (const node of world.nodes) rows.push(nodeRow(world, from, node));
  if (type === undefined || type === 'storage')
    for (const node of world.nodes) for (const { id } of world.storages.allowedOn(node)) rows.push(storageRow(world, from, node, id));
  if (type === undefined) for (const node of world.nodes) rows.push(networkRow(world, from, node));
  return world.random.stream('order').shuffled(rows);
}

/** Whether anything that `node` broadcast is still held at `from`, and since when it is frozen. */
function heard(world: World, from: SimNode, node: SimNode): boolean {
  const now = world.timers.now();
  if (now < from.metricsFromMs || !from.alive) return false;
  if (!world.corosync.sees(from, node)) return now - (node.lostAtMs ?? now) < world.latencies.staleMs;
  return now >= node.metricsFromMs && node.sickUnits.get('pvestatd') === undefined;
}

/** The state as last broadcast: what changed since then is not known yet. */
function toldStatus(world: World, guest: SimGuest, node: SimNode): string {
  const everyMs = world.latencies.metricsMs;
  const phaseMs = (node.id * 1_700) % everyMs;
  const lastMs =
    Math.floor((Math.min(world.timers.now(), node.lostAtMs ?? Number.POSITIVE_INFINITY) - phaseMs) / everyMs) * everyMs + phaseMs;
  return guest.changedAtMs > lastMs ? guest.statusBefore : guest.status;
}

function guestRow(world: World, from: SimNode, guest: SimGuest): Row {
  const node = world.node(guest.node);
  const state = hastate(world, guest.sid);
  const known = heard(world, from, node);
  const row: Row = {};
  // What a dead node's guests were doing when it was lost is what is shown of them, not what became of them.
  const status = !known
    ? 'unknown'
    : node.lostAtMs !== undefined && guest.changedAtMs >= node.lostAtMs
      ? guest.statusBefore
      : toldStatus(world, guest, node);
  const up = status !== 'stopped';
  if (known) Object.assign(row, { cpu: up ? 0.02 : 0, disk: 0, diskread: 0, diskwrite: 0 });
  if (state !== undefined) row['hastate'] = state;
  row['id'] = `${guest.kind}/${guest.vmid}`;
  if (guest.lock !== undefined) row['lock'] = guest.lock;
  if (known) {
    const mem = up ? Math.round(guest.memoryBytes * 0.8) : 0;
    Object.assign(row, { maxcpu: guest.cores, maxdisk: guest.disks[0]?.bytes ?? 0, maxmem: guest.memoryBytes, mem });
    if (from.pve === 9) row['memhost'] = mem;
    Object.assign(row, { name: guest.name, netin: 0, netout: 0 });
  }
  Object.assign(row, { node: guest.node, status });
  if (guest.tags.length > 0) row['tags'] = guest.tags.join(';');
  Object.assign(row, { template: guest.template ? 1 : 0, type: guest.kind });
  if (known) row['uptime'] = up ? Math.floor((world.timers.now() - guest.startedAtMs) / 1000) : 0;
  row['vmid'] = guest.vmid;
  return row;
}

function nodeRow(world: World, from: SimNode, node: SimNode): Row {
  const member = world.corosync.view(from) === undefined || world.corosync.sees(from, node);
  const known = member && heard(world, from, node);
  const ha = world.ha.node(node.name);
  const status = world.ha.used && ha.known ? ha.status : undefined;
  return {
    'cgroup-mode': 2,
    ...(known ? { cpu: 0.05, disk: usedRoot(node) } : {}),
    ...(status === undefined ? {} : { hastate: status }),
    id: `node/${node.name}`,
    level: '',
    ...(known || !member ? { maxcpu: node.cpus, maxdisk: rootOf(node).totalBytes, maxmem: node.memoryBytes } : {}),
    ...(known ? { mem: usedMemory(world, node) } : {}),
    node: node.name,
    status: !member ? 'offline' : known ? 'online' : 'unknown',
    type: 'node',
    ...(known ? { uptime: Math.floor((world.timers.now() - node.bootedAtMs) / 1000) } : {}),
  };
}

/** Memory in use on a node: its own and that of its guests. */
export function usedMemory(world: World, node: SimNode): number {
  const used = world.guests.upOn(node.name).reduce((sum, guest) => sum + guest.memoryBytes, node.otherMemoryBytes);
  return Math.min(node.memoryBytes, Math.max(0, used));
}

function storageRow(world: World, from: SimNode, node: SimNode, id: string): Row {
  const storage = world.storages.all.find((one) => one.id === id);
  const known = heard(world, from, node) && world.storages.availableOn(id, node);
  return {
    content: storage?.content ?? '',
    ...(known ? { disk: storage?.usedBytes ?? 0 } : {}),
    id: `storage/${node.name}/${id}`,
    ...(known ? { maxdisk: storage?.totalBytes ?? 0 } : {}),
    node: node.name,
    plugintype: storage?.type ?? '',
    shared: storage?.shared === true ? 1 : 0,
    status: known ? 'available' : 'unknown',
    storage: id,
    type: 'storage',
  };
}

function networkRow(world: World, from: SimNode, node: SimNode): Row {
  const status = heard(world, from, node) ? 'ok' : 'unknown';
  if (from.pve === 8) return { id: `sdn/${node.name}/localnetwork`, node: node.name, sdn: 'localnetwork', status, type: 'sdn' };
  return {
    id: `network/${node.name}/zone/localnetwork`,
    network: 'localnetwork',
    'network-type': 'zone',
    node: node.name,
    status,
    type: 'network',
  };
}

function rootOf(node: SimNode): { totalBytes: number; freeBytes: number } {
  return node.fileSystems['/'] ?? { totalBytes: 0, freeBytes: 0 };
}

function usedRoot(node: SimNode): number {
  return rootOf(node).totalBytes - rootOf(node).freeBytes;
}
