/** The whole site as seen at one moment. Plain data: it is saved with the run, printed, compared and replayed. */
import type { GuestFacts } from './guest.ts';
import type { HaRule } from './ha-rule.ts';
import type { NodeFacts } from './node.ts';
import type { Reading } from './reading.ts';

export interface Snapshot {
  readonly takenAtMs: number;
  /** The node this agent runs on. */
  readonly ownNode: string;
  readonly membership: Membership;
  /** Sorted by name. */
  readonly nodes: readonly NodeFacts[];
  /** Sorted by vmid. */
  readonly guests: Reading<readonly GuestFacts[]>;
  readonly storages: Reading<readonly StorageFacts[]>;
  readonly ha: Reading<HaFacts>;
  readonly tasks: Reading<readonly TaskFacts[]>;
  readonly ceph: Reading<CephFacts>;
  /** Hardware and folders that have one name on several nodes. Missing where none was read. */
  readonly mappings?: Reading<readonly MappingFacts[]>;
  /** Nodes of SDN networks that are not everywhere, by the network's name. Missing where none was read. */
  readonly networkNodes?: Readonly<Record<string, readonly string[]>>;
  /** The servers of storages that have one, by the storage's name. Missing where none was read. */
  readonly storageServers?: Readonly<Record<string, string>>;
  /** The balancer of the HA manager (`crs` of datacenter.cfg), as it stands there. */
  readonly crs?: string;
  /** The network that migrations go through, as `10.1.2.0/24`; missing where datacenter.cfg names none. */
  readonly migrationNetwork?: string;
  /** `max_workers` of datacenter.cfg: how many guests the cluster's administrator lets one node move at the same time. Missing where it is not set. */
  readonly maxWorkers?: number;
  /** Who holds the cluster-wide lock, us included; `free` when nobody does. */
  readonly lock: Reading<'free' | LockHolder>;
}

export type Membership =
  /** A node without a cluster: no quorum, nobody to move a guest to. */
  | { readonly kind: 'lone' }
  | {
      readonly kind: 'cluster';
      readonly name: string;
      readonly quorum: Reading<QuorumFacts>;
      /** Why not even the members are known: the own node has not heard of its cluster since it came up. */
      readonly unheard?: string;
    };

/** As corosync-quorumtool and the corosync config tell (facts 2). */
export interface QuorumFacts {
  readonly quorate: boolean;
  readonly expectedVotes: number;
  readonly totalVotes: number;
  /** Votes needed. */
  readonly threshold: number;
  readonly flags: readonly string[];
  readonly qdevice: QdeviceFacts;
}

export type QdeviceFacts =
  | { readonly kind: 'none' }
  /** `votes` it casts now; `trusted` when it is connected and every member sees it alive and voting. */
  | { readonly kind: 'configured'; readonly votes: number; readonly trusted: boolean; readonly seen: string };

/** One row for each node and storage, as pvestatd of that node broadcast it. */
export interface StorageFacts {
  readonly node: string;
  readonly storage: string;
  readonly plugin: string;
  readonly shared: boolean;
  /** `available`, or `unknown` when its node sends nothing about it (facts 1.5). */
  readonly available: boolean;
  readonly content: readonly string[];
}

/** A resource mapping: one name for a device or a folder, with the nodes that have it. */
export interface MappingFacts {
  readonly kind: 'pci' | 'usb' | 'dir';
  readonly id: string;
  readonly nodes: readonly string[];
  /** Its administrator says that a VM may take it along while it runs. */
  readonly live: boolean;
}

export type HaFacts =
  | { readonly kind: 'unused' }
  | {
      readonly kind: 'used';
      readonly master?: string;
      /** Age of the master's last word; old means that HA stands still (facts 4.2). */
      readonly masterAgeS?: number;
      readonly nodes: Readonly<Record<string, HaNodeFacts>>;
      readonly services: readonly HaServiceFacts[];
      /** Where they may run. Missing where nobody asked. */
      readonly rules?: Reading<readonly HaRule[]>;
    };

export interface HaNodeFacts {
  /** The manager's view: `online`, `maintenance`, `unknown`, `fence`, `gone`. */
  readonly state: string;
  /** Somebody asked for maintenance, whether or not the manager has got there. */
  readonly maintenanceRequested: boolean;
  readonly lrmMode: string;
  readonly lrmState: string;
  readonly lrmAgeS: number;
}

export interface HaServiceFacts {
  readonly sid: string;
  readonly node: string;
  readonly target?: string;
  readonly state: string;
  readonly requested: string;
  /** The node it goes back to when maintenance ends. */
  readonly maintenanceNode?: string;
  /** False where it stays instead; true, the default, is left out. */
  readonly failback?: false;
}

export interface TaskFacts {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly startedAtS: number;
}

export type CephFacts =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'present';
      readonly health: string;
      /** Codes of the health checks that are raised and not muted. */
      readonly checks: readonly string[];
      readonly osdsUp: number;
      readonly osds: number;
      /** Placement groups in a state other than active+clean and its harmless forms. */
      readonly unsettledPgs: number;
      /** OSD ids by node name, from the CRUSH tree. */
      readonly osdsByHost: Readonly<Record<string, readonly number[]>>;
      /** Hosts that have noout set on them already, by whomever. */
      readonly nooutHosts: readonly string[];
      /** Names of the monitors in quorum, which are those of their hosts as a rule, and how many there are. Missing in what an older release saved. */
      readonly monitors?: { readonly inQuorum: readonly string[]; readonly configured: number };
      /** The manager at work and those that would take over, by name. */
      readonly managers?: { readonly active: string; readonly standbys: readonly string[] };
    };

export interface LockHolder {
  readonly node: string;
  readonly run: string;
  readonly bootId: string;
  readonly sinceMs: number;
}

/** @throws when the snapshot has no such node: a caller that asks for a node it did not get from the snapshot is wrong */
export function nodeOf(snapshot: Snapshot, name: string): Snapshot['nodes'][number] {
  const node = snapshot.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`the snapshot has no node ${name}`);
  return node;
}

/** The node's boot as the snapshot has it, or `unknown` in words: for the record, never to decide by. */
export function bootIdOf(snapshot: Snapshot, name: string): string {
  const { host } = nodeOf(snapshot, name);
  return host.answered && host.facts.bootId.known ? host.facts.bootId.value : 'unknown';
}
