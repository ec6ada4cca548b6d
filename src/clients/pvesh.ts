/**
 * Cluster-wide reads through `pvesh`, each costing about a second: at most ten in one planning pass. Never asked about a
 * node: those are forwarded over ssh and hang for half a minute when it is off (measured "Cost of a command").
 */
import { z } from 'zod';
import type { TaskFacts } from '../model/snapshot.ts';
import type { Command } from '../ports/shell.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import { foreignFlag, foreignNumber, foreignText, jsonQuery, listIn, maybe } from './foreign-json.ts';
import type { Query } from './query.ts';

/** The one form in which pvesh is called. */
export function pveshGet(path: string): Command {
  return reads(deadlines.pvesh, 'pvesh', 'get', path, '--output-format', 'json');
}

/** One corosync node as configured, present or not. */
export interface ConfiguredNode {
  readonly name: string;
  readonly nodeId: number;
  readonly votes: number;
  /** Ring addresses in their order; perhaps in a network where nobody listens for ssh (facts 7.3). */
  readonly rings: readonly string[];
}

const configNodesSchema = z.array(
  z.looseObject({ node: maybe(foreignText), name: maybe(foreignText), nodeid: foreignNumber, quorum_votes: maybe(foreignNumber) }),
);

/** The corosync node list, sorted by name. Not to be asked on a lone node, where it fails. Source: facts 2.2. @throws CommandFailed, Unparsable */
export const configNodesQuery: Query<readonly ConfiguredNode[]> = jsonQuery(
  pveshGet('/cluster/config/nodes'),
  configNodesSchema.refine((rows) => rows.every((row) => (row.node ?? row.name) !== undefined), 'a row without node'),
  (rows) =>
    rows
      .map((row): ConfiguredNode => {
        const rings = Object.keys(row).filter((key) => /^ring\d+_addr$/.test(key));
        return {
          name: row.node ?? row.name ?? '',
          nodeId: row.nodeid,
          // corosync's own default (facts 2.3), so here a missing key does say something.
          votes: row.quorum_votes ?? 1,
          rings: rings.sort().map((key) => String(row[key])),
        };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
);

export type QdeviceState = { readonly kind: 'none' } | { readonly kind: 'configured'; readonly state: string; readonly algorithm?: string };

const qdeviceSchema = z.object({ State: maybe(foreignText), Algorithm: maybe(foreignText), Model: maybe(foreignText) });

/** The quorum device's own word about itself. Not to be asked on a lone node. Source: facts 2.2. @throws CommandFailed, Unparsable */
export const qdeviceQuery: Query<QdeviceState> = jsonQuery(
  pveshGet('/cluster/config/qdevice'),
  z.union([qdeviceSchema, z.null().transform((): z.infer<typeof qdeviceSchema> => ({}))]),
  ({ State, Algorithm, Model }) => {
    if (State === undefined && Algorithm === undefined && Model === undefined) return { kind: 'none' };
    return { kind: 'configured', state: State ?? 'nothing', ...(Algorithm === undefined ? {} : { algorithm: Algorithm }) };
  },
);

/** A task as its node broadcast it last; a dead node's word is old. */
export interface ClusterTask extends TaskFacts {
  readonly running: boolean;
  /** `OK`, `WARNINGS: 2`, or free text; missing while it runs. */
  readonly outcome?: string;
}

const tasksSchema = z.array(
  z.object({
    upid: z.string().min(1),
    node: z.string().min(1),
    type: z.string(),
    id: maybe(foreignText),
    user: maybe(z.string()),
    starttime: foreignNumber,
    endtime: maybe(foreignNumber),
    status: maybe(foreignText),
  }),
);

/** Running and recent tasks of all nodes, oldest first; times in seconds since the epoch. Source: facts 1.3, measured "Tasks". @throws CommandFailed, Unparsable */
export const clusterTasksQuery: Query<readonly ClusterTask[]> = jsonQuery(pveshGet('/cluster/tasks'), tasksSchema, (rows) =>
  rows
    .map((row): ClusterTask => {
      const { upid, node, type, status } = row;
      const running = row.endtime === undefined && (status === undefined || status === 'RUNNING');
      const task = { upid, node, type, id: row.id ?? '', user: row.user ?? '', startedAtS: row.starttime, running };
      return status === undefined || running ? task : { ...task, outcome: status };
    })
    .sort((a, b) => a.startedAtS - b.startedAtS || (a.upid < b.upid ? -1 : 1)),
);

/** The tasks that make a node busy: those that run and are not just somebody's console (facts 1.3). */
export function runningTasks(tasks: readonly ClusterTask[]): readonly TaskFacts[] {
  return tasks
    .filter((task) => task.running && !/^(vncproxy|vncshell|spiceproxy|spiceshell|termproxy)$/.test(task.type))
    .map(({ upid, node, type, id, user, startedAtS }) => ({ upid, node, type, id, user, startedAtS }));
}

export interface StorageConfig {
  readonly storage: string;
  readonly plugin: string;
  /** Flagged as shared, or of a type that always is (facts 10.3). */
  readonly shared: boolean;
  readonly enabled: boolean;
  readonly content: readonly string[];
  /** The nodes it is limited to; missing means all. */
  readonly nodes?: readonly string[];
}

const storageSchema = z.array(
  z.object({
    storage: foreignText,
    type: z.string().min(1),
    shared: maybe(foreignFlag),
    disable: maybe(foreignFlag),
    content: maybe(z.string()),
    nodes: maybe(z.string()),
  }),
);

/** The storages as configured, sorted by name. Reads no storage, so a dead one does not hang it. Source: facts 10.3. @throws CommandFailed, Unparsable */
export const storageConfigQuery: Query<readonly StorageConfig[]> = jsonQuery(pveshGet('/storage'), storageSchema, (rows) =>
  rows
    .map(({ storage, type, shared, disable, content, nodes }): StorageConfig => {
      const config = {
        storage,
        plugin: type,
        shared: shared === true || isSharedPlugin(type),
        enabled: disable !== true,
        content: listIn(content),
      };
      return nodes === undefined || nodes === '' ? config : { ...config, nodes: listIn(nodes) };
    })
    .sort((a, b) => (a.storage < b.storage ? -1 : 1)),
);

/** Storage types that are shared without being flagged (facts 10.3). */
export function isSharedPlugin(plugin: string): boolean {
  return /^(iscsi|nfs|cifs|rbd|cephfs|iscsidirect|zfs|drbd|pbs|glusterfs)$/.test(plugin);
}
