/**
 * Looks at the whole site: the cluster through the own node, each node over its own shell, all side by side. At most ten
 * pvesh processes, whatever the number of nodes and guests (each costs about a second; measured on 9.2), and one round
 * trip a node.
 */
import type { At } from '../clients/at.ts';
import { cephFacts } from '../clients/ceph.ts';
import { clusterConfigQuery, type ClusterConfig, type ReplicationJob } from '../clients/cluster-config.ts';
import { lockHolderQuery } from '../clients/cluster-lock.ts';
import { clusterResourcesQuery, guestStatusOf, type ClusterResources } from '../clients/cluster-resources.ts';
import { guestConfigsQuery, type PlacedConfig } from '../clients/guest-config.ts';
import { haFacts, haManagerStatusQuery, haResourcesQuery } from '../clients/ha-manager.ts';
import { askMembers, vmlistQuery, type Members, type Placement } from '../clients/pmxcfs.ts';
import { addressesQuery } from '../clients/network.ts';
import { clusterTasksQuery, configNodesQuery, qdeviceQuery, runningTasks, type ConfiguredNode } from '../clients/pvesh.ts';
import { replicationStateQuery, type ReplicationState } from '../clients/pvesr.ts';
import { ask, read, type Query } from '../clients/query.ts';
import { quorumFacts, quorumQuery } from '../clients/quorum.ts';
import { serviceId, type GuestFacts, type ReplicaFacts } from '../model/guest.ts';
import type { HostReading, NodeFacts } from '../model/node.ts';
import { known, mapReading, unknown, type Reading } from '../model/reading.ts';
import type { HaFacts, Membership, QuorumFacts, Snapshot } from '../model/snapshot.ts';
import { ShellFailure, type Host, type Shell } from '../ports/shell.ts';
import { observeHost } from '../stages/pve/observe.ts';
import type { Site } from './site.ts';

/**
 * @returns everything that could be read; what could not says why
 * @throws ShellFailure, CommandFailed or Unparsable when not even the own cluster file system tells who we are
 */
export async function discover(site: Site): Promise<Snapshot> {
  const { shell, clock } = site.ports;
  const members = await askMembers({ shell, host: { name: 'this node', own: true } });
  const own: At = { shell, host: { name: members.ownNode, own: true } };
  const [quorum, configured, view, tasks, ceph, lock, nodes] = await Promise.all([
    members.kind === 'lone' ? unknown('there is no cluster') : observeQuorum(own),
    members.kind === 'lone' ? known<readonly ConfiguredNode[]>([]) : attempt(own, configNodesQuery),
    observeGuests(own, clock.now()),
    attempt(own, clusterTasksQuery),
    cephFacts(own),
    attempt(own, lockHolderQuery),
    Promise.all(hostsOf(members).map((host) => observeHost({ shell, host }, site.config, clock))),
  ]);
  const [guests, hosts] = await Promise.all([
    withReplicas(view, shell, hostsOf(members)),
    withAddresses(nodes, view.cluster, shell, hostsOf(members)),
  ]);
  return {
    takenAtMs: clock.now(),
    ownNode: members.ownNode,
    membership: membershipOf(members, quorum, configured),
    nodes: nodesOf(members, configured, hosts),
    guests: guests.guests,
    storages: guests.storages,
    ha: guests.ha,
    ...placesOf(guests.cluster),
    tasks: tasks.known ? known(runningTasks(tasks.value)) : tasks,
    ceph,
    lock,
  };
}

/** The part of the site that a drain looks at again and again: where the guests are, what HA does with them, how full the nodes are. */
export interface GuestView {
  readonly guests: Reading<readonly GuestFacts[]>;
  readonly storages: Snapshot['storages'];
  readonly ha: Reading<HaFacts>;
  readonly nodes: Reading<ClusterResources['nodes']>;
  readonly cluster: Reading<ClusterConfig>;
}

/** Three pvesh processes and three local reads, whatever the number of guests. @param nowMs to tell how old the HA manager's word is */
export async function observeGuests(own: At, nowMs: number): Promise<GuestView> {
  const [placements, configs, cluster, resources, status, managed] = await Promise.all([
    attempt(own, vmlistQuery),
    attempt(own, guestConfigsQuery),
    attempt(own, clusterConfigQuery),
    attempt(own, clusterResourcesQuery),
    attempt(own, haManagerStatusQuery),
    attempt(own, haResourcesQuery),
  ]);
  const ha: Reading<HaFacts> = !status.known
    ? status
    : !managed.known
      ? managed
      : known(withRules(haFacts(status.value, managed.value, nowMs / 1000), cluster));
  return {
    cluster,
    guests: guestFacts(placements, configs, resources, ha, cluster),
    storages: resources.known ? known(resources.value.storages) : resources,
    ha,
    nodes: resources.known ? known(resources.value.nodes) : resources,
  };
}

function withRules(ha: HaFacts, cluster: Reading<ClusterConfig>): HaFacts {
  if (ha.kind === 'unused') return ha;
  const staying = new Set(cluster.known ? cluster.value.withoutFailback : []);
  const services = ha.services.map((service) => (staying.has(service.sid) ? { ...service, failback: false as const } : service));
  return { ...ha, services, rules: mapReading(cluster, ({ haRules }) => haRules) };
}

/** The parts of the cluster's files that stand in a snapshot by themselves. */
export function placesOf(
  cluster: Reading<ClusterConfig>,
): Pick<Snapshot, 'mappings' | 'networkNodes' | 'storageServers' | 'crs' | 'maxWorkers' | 'migrationNetwork'> {
  return {
    mappings: mapReading(cluster, ({ mappings }) => mappings),
    ...(cluster.known ? { networkNodes: cluster.value.networkNodes, storageServers: cluster.value.storageServers } : {}),
    ...(cluster.known && cluster.value.crs !== undefined ? { crs: cluster.value.crs } : {}),
    ...(cluster.known && cluster.value.migrationNetwork !== undefined ? { migrationNetwork: cluster.value.migrationNetwork } : {}),
    ...(cluster.known && cluster.value.maxWorkers !== undefined ? { maxWorkers: cluster.value.maxWorkers } : {}),
  };
}

/** Which addresses a node has matters only where guests go through a network of their own (facts 3.7); elsewhere nobody is asked. */
function withAddresses(
  nodes: readonly HostReading[],
  cluster: Reading<ClusterConfig>,
  shell: Shell,
  hosts: readonly Host[],
): Promise<readonly HostReading[]> {
  const wanted = cluster.known && cluster.value.migrationNetwork !== undefined;
  return Promise.all(
    nodes.map(async (node, index) => {
      const host = hosts[index];
      if (!wanted || host === undefined || !node.answered) return node;
      return { ...node, facts: { ...node.facts, addresses: await attempt({ shell, host }, addressesQuery) } };
    }),
  );
}

/** When each replica was synced is known to the node of its guest only; only nodes with such guests are asked. */
async function withReplicas(view: GuestView, shell: Shell, hosts: readonly Host[]): Promise<GuestView> {
  if (!view.guests.known || !view.cluster.known || view.cluster.value.replication.length === 0) return view;
  const replicated = view.guests.value.filter((guest) => guest.replicas !== undefined);
  const asked = hosts.filter((host) => replicated.some((guest) => guest.node === host.name));
  const states = new Map(
    await Promise.all(asked.map(async (host) => [host.name, await attempt({ shell, host }, replicationStateQuery)] as const)),
  );
  const jobs = view.cluster.value.replication;
  const guests = view.guests.value.map((guest) => {
    if (guest.replicas === undefined) return guest;
    return { ...guest, replicas: replicasOf(guest.vmid, jobs, states.get(guest.node) ?? unknown(`${guest.node} was not asked`)) };
  });
  return { ...view, guests: known(guests) };
}

function replicasOf(
  vmid: number,
  jobs: readonly ReplicationJob[],
  states: Reading<readonly ReplicationState[]>,
): Reading<readonly ReplicaFacts[]> {
  const own = jobs.filter((job) => job.vmid === vmid);
  if (!states.known) return states;
  return known(
    own.map(({ id, target, enabled }): ReplicaFacts => {
      const state = states.value.find(({ job }) => job === id);
      const trouble = !enabled ? 'it is switched off' : state !== undefined && state.failCount > 0 ? state.state : undefined;
      return {
        target,
        lastSyncS: state === undefined ? unknown(`pvesr says nothing of ${id}`) : known(state.lastSyncS),
        ...(trouble === undefined ? {} : { trouble }),
      };
    }),
  );
}

/** Two pvesh processes. @throws CommandFailed, Unparsable, ShellFailure */
export async function observeHa(own: At, nowMs: number): Promise<HaFacts> {
  const [status, resources] = await Promise.all([ask(own, haManagerStatusQuery), ask(own, haResourcesQuery)]);
  return haFacts(status, resources, nowMs / 1000);
}

function guestFacts(
  placements: Reading<readonly Placement[]>,
  configs: Reading<ReadonlyMap<number, PlacedConfig>>,
  resources: Reading<ClusterResources>,
  ha: Reading<HaFacts>,
  cluster: Reading<ClusterConfig>,
): Reading<readonly GuestFacts[]> {
  if (!placements.known) return placements;
  if (!resources.known) return resources;
  const rows = new Map(resources.value.guests.map((row) => [row.vmid, row]));
  const services = new Map(ha.known && ha.value.kind === 'used' ? ha.value.services.map((service) => [service.sid, service]) : []);
  const replicated = cluster.known ? new Set(cluster.value.replication.map((job) => job.vmid)) : undefined;
  return known(
    placements.value.map(({ vmid, kind, node }): GuestFacts => {
      const row = rows.get(vmid);
      const service = services.get(serviceId({ kind, vmid }));
      const config = configs.known ? configs.value.get(vmid) : undefined;
      return {
        vmid,
        kind,
        node,
        name: row?.name ?? '',
        status: guestStatusOf(row?.status),
        memoryBytes: row?.maxMemoryBytes === undefined ? unknown('its node has not broadcast it') : known(row.maxMemoryBytes),
        template: row?.template ?? false,
        tags: row?.tags ?? [],
        config: !configs.known
          ? configs
          : config === undefined
            ? unknown(`no config of ${vmid} was found on any node, or two`)
            : config.config,
        ...(row?.lock === undefined ? {} : { lock: row.lock }),
        ...(row?.pool === undefined ? {} : { pool: row.pool }),
        ...(replicated?.has(vmid) === false ? {} : { replicas: unknown(cluster.known ? 'nobody has asked its node yet' : cluster.why) }),
        ...(service === undefined || service.requested === 'ignored'
          ? {}
          : { ha: { requested: service.requested, crmState: service.state } }),
      };
    }),
  );
}

async function observeQuorum(own: At): Promise<Reading<QuorumFacts>> {
  const [quorum, device] = await Promise.all([attempt(own, quorumQuery), attempt(own, qdeviceQuery)]);
  if (!quorum.known) return quorum;
  return device.known ? known(quorumFacts(quorum.value, device.value)) : device;
}

/** A vote that nobody counted makes the whole arithmetic unknown. */
function membershipOf(members: Members, quorum: Reading<QuorumFacts>, configured: Reading<readonly ConfiguredNode[]>): Membership {
  if (members.kind === 'lone') return { kind: 'lone' };
  const { name, unheard } = members;
  if (unheard !== undefined) return { kind: 'cluster', name, quorum: unknown(unheard), unheard };
  const uncounted = configured.known ? members.nodes.filter(({ name }) => !configured.value.some((node) => node.name === name)) : [];
  if (!configured.known) return { kind: 'cluster', name: members.name, quorum: configured };
  if (uncounted.length > 0)
    return {
      kind: 'cluster',
      name: members.name,
      quorum: unknown(`corosync's node list lacks ${uncounted.map((node) => node.name).join(', ')}`),
    };
  return { kind: 'cluster', name: members.name, quorum };
}

function hostsOf(members: Members): readonly Host[] {
  if (members.kind === 'lone') return [{ name: members.ownNode, own: true }];
  return members.nodes.map(({ name, address }) => ({ name, own: name === members.ownNode, ...(address === undefined ? {} : { address }) }));
}

function nodesOf(
  members: Members,
  configured: Reading<readonly ConfiguredNode[]>,
  hosts: readonly NodeFacts['host'][],
): readonly NodeFacts[] {
  if (members.kind === 'lone')
    return [{ name: members.ownNode, nodeId: 0, votes: 0, online: true, host: hosts[0] ?? silentNode(members.ownNode) }];
  return members.nodes.map(({ name, nodeId, online, address }, index) => {
    // Where the votes are not known, neither is the quorum (see `membershipOf`), and no one goes down.
    const votes = configured.known ? (configured.value.find((node) => node.name === name)?.votes ?? 0) : 0;
    return {
      name,
      nodeId,
      votes,
      online,
      host: hosts[index] ?? silentNode(name),
      ...(address === undefined ? {} : { address }),
    };
  });
}

function silentNode(name: string): NodeFacts['host'] {
  return { answered: false, code: 'no-answer', why: `${name} was not asked` };
}

/** One question as a reading: an answer that failed, and no answer at all, are unknown with the reason. */
async function attempt<T>(at: At, query: Query<T>): Promise<Reading<T>> {
  try {
    return read(query, await at.shell.run(at.host, query.command), at.host.name);
  } catch (error) {
    if (error instanceof ShellFailure) return unknown(error.message);
    throw error;
  }
}
