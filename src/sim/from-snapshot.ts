/**
 * The twin of a real cluster: a world made from a snapshot, in which everything that decides is as it was seen. What a
 * snapshot does not tell, or the simulator cannot show, is named and never guessed silently.
 */
import { needsPlace, serviceId, type GuestFacts } from '../model/guest.ts';
import { valueOr } from '../model/reading.ts';
import type { CephFacts, HaFacts, QuorumFacts, Snapshot, StorageFacts } from '../model/snapshot.ts';
import type { HaRule } from '../model/ha-rule.ts';
import type { CephSpec, HaRuleSpec, HaSpec, QuorumSpec, StorageSpec, WorldSpec } from './spec.ts';
import { guestSpec } from './twin-guest.ts';
import { nodeSpec, type Missing } from './twin-node.ts';

export interface Twin {
  readonly world: WorldSpec;
  readonly ownNode: string;
  /** The moment of the snapshot, at which the twin's time begins. */
  readonly startMs: number;
  /** What is not in the twin, one sentence each, without repetitions. */
  readonly missing: readonly string[];
}

export function twinOf(snapshot: Snapshot): Twin {
  const said = new Set<string>();
  const missing: Missing = (text) => void said.add(text);
  const guests = placedGuests(snapshot, missing);
  const storages = valueOr(snapshot.storages, []);
  if (!snapshot.storages.known) missing(`the storages (${snapshot.storages.why})`);
  const ceph = cephOf(snapshot, missing);
  const services = snapshot.ha.known && snapshot.ha.value.kind === 'used' ? snapshot.ha.value.services : [];
  const stays = new Set(services.flatMap(({ sid, failback }) => (failback === false ? [sid] : [])));
  const world: WorldSpec = {
    ...(snapshot.membership.kind === 'cluster' ? { name: snapshot.membership.name } : {}),
    clustered: snapshot.membership.kind === 'cluster',
    nodes: Object.fromEntries(
      snapshot.nodes.map((node) => [
        node.name,
        nodeSpec(
          node,
          {
            guestBytes: sum(guests.filter((guest) => guest.node === node.name && isUp(guest)).map(memoryOf)),
            storages: storages.filter((row) => row.node === node.name),
            osds: ceph?.osdsByHost[node.name] ?? [],
          },
          missing,
        ),
      ]),
    ),
    guests: Object.fromEntries(
      guests.map((guest) => [
        guest.vmid,
        guestSpec(
          guest,
          {
            isLocal: (storage) => isLocal(storage, guest.node, storages),
            failback: !stays.has(serviceId(guest)),
            takenAtMs: snapshot.takenAtMs,
          },
          missing,
        ),
      ]),
    ),
    storages: storageSpecs(snapshot, storages),
    ...(snapshot.mappings?.known === true && snapshot.mappings.value.length > 0
      ? { mappings: Object.fromEntries(snapshot.mappings.value.map(({ id, kind, nodes, live }) => [id, { kind, nodes, live }])) }
      : {}),
    ...(snapshot.networkNodes === undefined ? {} : { networks: snapshot.networkNodes }),
    ...(snapshot.crs === undefined ? {} : { crs: snapshot.crs }),
    ...(snapshot.migrationNetwork === undefined ? {} : { migrationNetwork: snapshot.migrationNetwork }),
    ...(snapshot.maxWorkers === undefined ? {} : { maxWorkers: snapshot.maxWorkers }),
    ...quorumSpec(snapshot, missing),
    ...haSpec(snapshot, missing),
    ...(ceph === undefined ? {} : { ceph: cephSpec(ceph, snapshot, missing) }),
  };
  missingAlways(snapshot, guests, storages, missing);
  return { world, ownNode: snapshot.ownNode, startMs: snapshot.takenAtMs, missing: [...said] };
}

/** What no snapshot tells, whatever the cluster. */
function missingAlways(snapshot: Snapshot, guests: readonly GuestFacts[], storages: readonly StorageFacts[], missing: Missing): void {
  const tasks = valueOr(snapshot.tasks, []);
  if (tasks.length > 0) missing(`tasks that run now (${[...new Set(tasks.map((task) => `${task.type} on ${task.node}`))].join(', ')})`);
  const copied = guests.some(
    (guest) =>
      guest.config.known &&
      guest.config.value.volumes.some(({ storage }) => storage !== undefined && isLocal(storage, guest.node, storages)),
  );
  missing(
    `sizes of packages${copied ? ' and of local disks' : ''}, speeds of networks and disks, and how long nodes boot and guests shut down: usual times are taken`,
  );
  missing('how much of its memory a guest really takes: what it may take counts once it moves');
}

/** Guests on nodes that the cluster knows. */
function placedGuests(snapshot: Snapshot, missing: Missing): readonly GuestFacts[] {
  if (!snapshot.guests.known) {
    missing(`all guests (${snapshot.guests.why})`);
    return [];
  }
  const names = new Set(snapshot.nodes.map((node) => node.name));
  return snapshot.guests.value.filter((guest) => {
    if (!names.has(guest.node)) missing(`guest ${guest.vmid}, which lies on ${guest.node}, a node the cluster does not have`);
    return names.has(guest.node);
  });
}

function isUp(guest: GuestFacts): boolean {
  return guest.status.known && needsPlace(guest);
}

/** As the simulator takes it for a guest of which nobody knows. */
function memoryOf(guest: GuestFacts): number {
  return valueOr(guest.memoryBytes, 2 * 1024 ** 3);
}

function isLocal(storage: string, node: string, rows: readonly StorageFacts[]): boolean {
  return rows.find((row) => row.storage === storage && row.node === node)?.shared !== true;
}

/** The two that every simulated world has are there only where the cluster has them. */
function storageSpecs(snapshot: Snapshot, rows: readonly StorageFacts[]): Readonly<Record<string, StorageSpec>> {
  const specs: Record<string, StorageSpec> = { local: { nodes: [] }, shared: { nodes: [] } };
  for (const storage of [...new Set(rows.map((row) => row.storage))].sort()) {
    const own = rows.filter((row) => row.storage === storage);
    const [first] = own;
    if (first === undefined) continue;
    const nodes = own.map((row) => row.node).sort();
    specs[storage] = {
      type: first.plugin,
      shared: first.shared,
      content: first.content.join(','),
      ...(snapshot.storageServers?.[storage] === undefined ? {} : { server: snapshot.storageServers[storage] }),
      ...(nodes.length === snapshot.nodes.length ? {} : { nodes }),
    };
  }
  return specs;
}

/** Flags that change nothing the simulator does not show by other means. */
const usualFlags = ['Quorate', '2Node', 'WaitForAll', 'Qdevice'];

function quorumSpec({ membership, nodes }: Snapshot, missing: Missing): { readonly quorum?: QuorumSpec } {
  if (membership.kind === 'lone') return {};
  if (!membership.quorum.known) {
    missing(`the votes (${membership.quorum.why}); each node has its own, and there is no quorum device`);
    return {};
  }
  const quorum = membership.quorum.value;
  const ownVotes = sum(nodes.map((node) => node.votes));
  const twoNode = quorum.flags.includes('2Node');
  const odd = quorum.flags.filter((flag) => !usualFlags.includes(flag));
  if (odd.length > 0) missing(`flags of corosync: ${odd.join(', ')}`);
  const device =
    quorum.qdevice.kind === 'configured' ? { votes: deviceVotes(quorum, ownVotes), connected: quorum.qdevice.trusted } : undefined;
  const needed = twoNode ? 1 : Math.floor((ownVotes + (device?.votes ?? 0)) / 2) + 1;
  if (needed !== quorum.threshold)
    missing(`${quorum.threshold} votes are needed now; in the twin it is ${needed}, as the nodes' votes say`);
  return { quorum: { ...(twoNode ? { twoNode } : {}), ...(device === undefined ? {} : { qdevice: device }) } };
}

/** One that cannot be relied on may cast none at the moment; then what is expected tells how many it would. */
function deviceVotes({ qdevice, expectedVotes }: QuorumFacts, ownVotes: number): number {
  return Math.max(qdevice.kind === 'configured' ? qdevice.votes : 0, expectedVotes - ownVotes);
}

function haSpec({ ha, nodes }: Snapshot, missing: Missing): { readonly ha?: HaSpec } {
  if (!ha.known) missing(`the state of the HA manager (${ha.why})`);
  const used = valueOr<HaFacts, HaFacts>(ha, { kind: 'unused' });
  if (used.kind === 'unused') return {};
  if (used.rules?.known !== true) missing('HA rules and groups: in the twin every HA guest may run everywhere');
  const rules = used.rules?.known === true ? used.rules.value.map(ruleSpec) : [];
  for (const [name, node] of Object.entries(used.nodes)) if (node.maintenanceRequested) missing(`${name} is in HA maintenance`);
  for (const service of used.services)
    if (service.maintenanceNode !== undefined) missing(`${service.sid} is away from ${service.maintenanceNode} because of HA maintenance`);
  const master = nodes.some((node) => node.name === used.master) ? used.master : undefined;
  if (master === undefined && rules.length === 0) return {};
  return { ha: { ...(master === undefined ? {} : { master }), ...(rules.length === 0 ? {} : { rules }) } };
}

function ruleSpec(rule: HaRule): HaRuleSpec {
  return rule.kind === 'node-affinity'
    ? { services: rule.services, nodes: rule.nodes, ...(rule.strict ? { strict: true } : {}) }
    : { services: rule.services, affinity: rule.affinity };
}

type PresentCeph = CephFacts & { readonly kind: 'present' };

function cephOf({ ceph }: Snapshot, missing: Missing): PresentCeph | undefined {
  if (ceph.known) return ceph.value.kind === 'present' ? ceph.value : undefined;
  missing(`Ceph (${ceph.why})`);
  return undefined;
}

function cephSpec(ceph: PresentCeph, { nodes }: Snapshot, missing: Missing): CephSpec {
  missing('pools and failure domains of Ceph: in the twin one host may be away, and no second');
  const foreign = Object.entries(ceph.osdsByHost).filter(([host, osds]) => osds.length > 0 && !nodes.some((node) => node.name === host));
  if (foreign.length > 0) missing(`Ceph hosts that are no nodes of this cluster: ${foreign.map(([host]) => host).join(', ')}`);
  if (ceph.osdsUp < ceph.osds) missing(`${ceph.osds - ceph.osdsUp} OSDs that are down`);
  if (ceph.unsettledPgs > 0) missing(`${ceph.unsettledPgs} placement groups that are not active+clean`);
  const severity = ceph.health === 'HEALTH_ERR' ? 'HEALTH_ERR' : 'HEALTH_WARN';
  // A noout of one host raises this code by itself, in the simulator too.
  const codes = ceph.checks.filter((code) => code !== 'OSD_FLAGS' || ceph.nooutHosts.length === 0);
  const here = (names: readonly string[]) => names.filter((name) => nodes.some((node) => node.name === name));
  const { monitors, managers } = ceph;
  return {
    checks: Object.fromEntries(codes.map((code) => [code, { severity }])),
    nooutHosts: ceph.nooutHosts,
    ...(monitors === undefined || here(monitors.inQuorum).length === 0 ? {} : { monitors: here(monitors.inQuorum) }),
    ...(managers === undefined || here([managers.active]).length === 0 ? {} : { managers: here([managers.active, ...managers.standbys]) }),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
