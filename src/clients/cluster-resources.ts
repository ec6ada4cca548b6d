/** One read of `/cluster/resources`: all guests, nodes and storages as their nodes broadcast them (facts 1.5). */
import { z } from 'zod';
import type { GuestKind, GuestStatus } from '../model/guest.ts';
import type { Reading } from '../model/reading.ts';
import { known, unknown } from '../model/reading.ts';
import type { StorageFacts } from '../model/snapshot.ts';
import { foreignFlag, foreignNumber, foreignText, jsonQuery, listIn, maybe } from './foreign-json.ts';
import { isSharedPlugin, pveshGet } from './pvesh.ts';
import type { Query } from './query.ts';

export interface ClusterResources {
  /** Sorted by vmid. */
  readonly guests: readonly GuestRow[];
  /** Sorted by name. */
  readonly nodes: readonly NodeRow[];
  /** Sorted by node, then storage. */
  readonly storages: readonly StorageFacts[];
}

export interface GuestRow {
  readonly vmid: number;
  readonly kind: GuestKind;
  readonly node: string;
  /** Missing when its node has been silent for 300 s. */
  readonly name?: string;
  /** QEMU's own word for a VM that runs; `unknown` when its node has been silent for 300 s. */
  readonly status?: string;
  readonly maxMemoryBytes?: number;
  readonly template: boolean;
  readonly tags: readonly string[];
  readonly lock?: string;
  readonly pool?: string;
  /** Only of guests that HA manages. */
  readonly haState?: string;
}

export interface NodeRow {
  readonly name: string;
  /** `online`, `offline`, or `unknown`: a member that broadcasts nothing. */
  readonly status: string;
  readonly memoryBytes?: number;
  readonly maxMemoryBytes?: number;
  readonly uptimeS?: number;
  /** `online`, `maintenance`, … where HA has something to say (facts 1.5). */
  readonly haState?: string;
}

const guestSchema = z.object({
  type: z.enum(['qemu', 'lxc']),
  vmid: foreignNumber,
  node: z.string().min(1),
  name: maybe(foreignText),
  status: maybe(z.string()),
  maxmem: maybe(foreignNumber),
  template: maybe(foreignFlag),
  tags: maybe(foreignText),
  lock: maybe(z.string()),
  pool: maybe(z.string()),
  hastate: maybe(z.string()),
});

const nodeSchema = z.object({
  type: z.literal('node'),
  node: z.string().min(1),
  status: maybe(z.string()),
  mem: maybe(foreignNumber),
  maxmem: maybe(foreignNumber),
  uptime: maybe(foreignNumber),
  hastate: maybe(z.string()),
});

const storageSchema = z.object({
  type: z.literal('storage'),
  node: z.string().min(1),
  storage: foreignText,
  plugintype: maybe(z.string()),
  shared: maybe(foreignFlag),
  status: maybe(z.string()),
  content: maybe(z.string()),
});

// Pools, networks and whatever a point release adds are of no use here, but no error either.
const otherSchema = z.object({ type: z.string().refine((type) => !/^(qemu|lxc|node|storage)$/.test(type)) });

const byType: ReadonlyMap<unknown, z.ZodType<Row>> = new Map<unknown, z.ZodType<Row>>([
  ['qemu', guestSchema],
  ['lxc', guestSchema],
  ['node', nodeSchema],
  ['storage', storageSchema],
]);

type Row = z.infer<typeof guestSchema> | z.infer<typeof nodeSchema> | z.infer<typeof storageSchema> | z.infer<typeof otherSchema>;

/** Told apart by type first, so that an error names the field of the row and not "no alternative fits". */
const rowSchema = z.unknown().transform((data, context): Row => {
  const { type } = (data ?? {}) as { readonly type?: unknown };
  const result = (byType.get(type) ?? otherSchema).safeParse(data);
  if (result.success) return result.data;
  for (const issue of result.error.issues) context.issues.push({ ...issue, input: data } as never);
  return z.NEVER;
});

/**
 * Guests, nodes and storages of the whole cluster. Run states are up to 300 s old when their node is gone; memory is missing
 * for some seconds after a boot and then unknown, never 0. Source: facts 1.5, measured "Stale truth".
 * @throws CommandFailed, Unparsable
 */
export const clusterResourcesQuery: Query<ClusterResources> = jsonQuery(pveshGet('/cluster/resources'), z.array(rowSchema), (rows) => {
  const guests: GuestRow[] = [];
  const nodes: NodeRow[] = [];
  const storages: StorageFacts[] = [];
  for (const row of rows) {
    if (isGuest(row)) guests.push(guestRow(row));
    else if (isNode(row)) nodes.push(nodeRow(row));
    else if (isStorage(row)) storages.push(storageRow(row));
  }
  return {
    guests: guests.sort((a, b) => a.vmid - b.vmid),
    nodes: nodes.sort((a, b) => (a.name < b.name ? -1 : 1)),
    storages: storages.sort((a, b) => (`${a.node}/${a.storage}` < `${b.node}/${b.storage}` ? -1 : 1)),
  };
});

/** What a guest's status word means. Nothing and `unknown` mean that nobody knows (facts 1.5). */
export function guestStatusOf(word: string | undefined): Reading<GuestStatus> {
  if (word === undefined || word === 'unknown') return unknown('its node broadcasts nothing about it');
  if (word === 'running' || word === 'paused' || word === 'stopped') return known({ kind: word });
  return known({ kind: 'odd', word });
}

function isGuest(row: Row): row is z.infer<typeof guestSchema> {
  return row.type === 'qemu' || row.type === 'lxc';
}

function isNode(row: Row): row is z.infer<typeof nodeSchema> {
  return row.type === 'node';
}

function isStorage(row: Row): row is z.infer<typeof storageSchema> {
  return row.type === 'storage';
}

function guestRow(row: z.infer<typeof guestSchema>): GuestRow {
  return {
    vmid: row.vmid,
    kind: row.type,
    node: row.node,
    ...(row.name === undefined ? {} : { name: row.name }),
    ...(row.status === undefined ? {} : { status: row.status }),
    ...(row.maxmem === undefined ? {} : { maxMemoryBytes: row.maxmem }),
    template: row.template === true,
    tags: listIn(row.tags),
    ...(row.lock === undefined ? {} : { lock: row.lock }),
    ...(row.pool === undefined ? {} : { pool: row.pool }),
    ...(row.hastate === undefined ? {} : { haState: row.hastate }),
  };
}

function nodeRow(row: z.infer<typeof nodeSchema>): NodeRow {
  return {
    name: row.node,
    status: row.status ?? 'unknown',
    ...(row.mem === undefined ? {} : { memoryBytes: row.mem }),
    ...(row.maxmem === undefined ? {} : { maxMemoryBytes: row.maxmem }),
    ...(row.uptime === undefined ? {} : { uptimeS: row.uptime }),
    ...(row.hastate === undefined ? {} : { haState: row.hastate }),
  };
}

function storageRow(row: z.infer<typeof storageSchema>): StorageFacts {
  const plugin = row.plugintype ?? 'unknown';
  return {
    node: row.node,
    storage: row.storage,
    plugin,
    shared: row.shared === true || isSharedPlugin(plugin),
    available: row.status === 'available',
    content: listIn(row.content),
  };
}
