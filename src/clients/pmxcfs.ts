/** Files of the cluster file system that answer at once: who is a member, and where every guest lies (facts 1.4). */
import { z } from 'zod';
import type { GuestKind } from '../model/guest.ts';
import type { At } from './at.ts';
import { reads } from './at.ts';
import { corosyncConfigQuery } from './corosync-config.ts';
import { deadlines } from './deadlines.ts';
import { foreignFlag, foreignNumber, foreignText, jsonQuery, maybe } from './foreign-json.ts';
import type { Query } from './query.ts';
import { answerQuery, ask, saysMissing, unparsable } from './query.ts';

export type Members =
  | { readonly kind: 'lone'; readonly ownNode: string }
  | {
      readonly kind: 'cluster';
      readonly ownNode: string;
      readonly name: string;
      /** corosync's `config_version` as pmxcfs knows it. */
      readonly configVersion: number;
      readonly quorate: boolean;
      /** Sorted by name. */
      readonly nodes: readonly Member[];
      /** Why nothing is known of the others: the node belongs to a cluster and has not heard of it since its pmxcfs started. */
      readonly unheard?: string;
    };

export interface Member {
  readonly name: string;
  readonly nodeId: number;
  readonly online: boolean;
  /** What the node resolved for its own name; missing when it was off since the local pmxcfs started. */
  readonly address?: string;
}

/** Where one guest's config lies now. */
export interface Placement {
  readonly vmid: number;
  readonly kind: GuestKind;
  readonly node: string;
}

const membersSchema = z.object({
  nodename: z.string().min(1),
  cluster: maybe(z.object({ name: foreignText, version: foreignNumber, quorate: foreignFlag })),
  nodelist: maybe(z.record(z.string(), z.object({ id: foreignNumber, online: foreignFlag, ip: maybe(z.string()) }))),
});

/**
 * Own node, name of the cluster, and who corosync counts as present, from this node's point of view. Works without quorum. A member whose
 * pmxcfs has not reached corosync since it started reads like a node without a cluster: use `askMembers`.
 * Source: facts 1.4 (`/etc/pve/.members`).
 */
export const membersQuery: Query<Members> = jsonQuery(
  reads(deadlines.file, 'cat', '/etc/pve/.members'),
  membersSchema,
  ({ nodename, cluster, nodelist }, source) => {
    if (cluster === undefined && nodelist === undefined) return { kind: 'lone', ownNode: nodename };
    if (cluster === undefined) throw unparsable(source, 'cluster', undefined);
    if (nodelist === undefined || nodelist[nodename] === undefined) throw unparsable(source, `nodelist.${nodename}`, undefined);
    const nodes = Object.entries(nodelist).map(([name, { id, online, ip }]): Member => {
      return { name, nodeId: id, online, ...(ip === undefined || ip === '' ? {} : { address: ip }) };
    });
    nodes.sort((a, b) => (a.name < b.name ? -1 : 1));
    return { kind: 'cluster', ownNode: nodename, name: cluster.name, configVersion: cluster.version, quorate: cluster.quorate, nodes };
  },
);

/**
 * The same, and a node counts as lone only where it has no configuration of corosync either. Where there is one, the nodes are those it
 * names, nobody but the own one is online, and there is no quorum. @throws as `ask`
 */
export async function askMembers(at: At): Promise<Members> {
  const said = await ask(at, membersQuery);
  if (said.kind === 'cluster') return said;
  const { ownNode } = said;
  const { cluster, local } = await ask(at, corosyncConfigQuery);
  const file = cluster ?? local;
  if (file === undefined) return said;
  const path = cluster === undefined ? '/etc/corosync/corosync.conf' : '/etc/pve/corosync.conf';
  const names = file.nodes.map(({ name }) => name).join(', ');
  return {
    kind: 'cluster',
    ownNode,
    name: file.clusterName,
    configVersion: file.version,
    quorate: false,
    nodes: withOwn(file.nodes, ownNode).map(({ name, nodeId }) => ({ name, nodeId, online: name === ownNode })),
    unheard: `${path} names ${names}, and /etc/pve/.members nobody: pve-cluster has not reached corosync since it started`,
  };
}

/** A copy that is no longer in use may not even name the node it lies on. */
function withOwn<T extends { readonly name: string; readonly nodeId: number }>(nodes: readonly T[], ownNode: string) {
  return nodes.some(({ name }) => name === ownNode) ? nodes : [...nodes, { name: ownNode, nodeId: 0 }];
}

const vmlistSchema = z.object({
  ids: z.record(z.string().regex(/^\d+$/), z.object({ node: z.string().min(1), type: z.enum(['qemu', 'lxc']) })),
});

/**
 * Every guest of the cluster and the node that owns it, sorted by vmid. A kind of guest we do not know makes the whole list
 * unparsable: a guest that is left out would be lost on a reboot. Source: facts 1.4 (`/etc/pve/.vmlist`).
 */
export const vmlistQuery: Query<readonly Placement[]> = jsonQuery(
  reads(deadlines.file, 'cat', '/etc/pve/.vmlist'),
  vmlistSchema,
  ({ ids }) =>
    Object.entries(ids)
      .map(([vmid, { node, type }]) => ({ vmid: Number(vmid), kind: type, node }))
      .sort((a, b) => a.vmid - b.vmid),
);

/**
 * Whether `/etc/pve` can be written to: PVE itself asks the owner's write bit of the link `local`, which is there only with quorum.
 * Source: facts 2.2. @throws CommandFailed, Unparsable
 */
export const pmxcfsWritableQuery: Query<'writable' | 'read-only' | 'not-mounted'> = answerQuery(
  reads(deadlines.file, 'stat', '-c', '%A', '/etc/pve/local'),
  (answer, source, fail) => {
    if (saysMissing(answer)) return 'not-mounted';
    if (answer.exitCode !== 0) throw fail();
    const mode = answer.stdout.trim();
    if (!/^[a-z-]{10}$/.test(mode)) throw unparsable(source, 'the mode', answer.stdout);
    if (!mode.startsWith('l')) return 'not-mounted';
    return mode[2] === 'w' ? 'writable' : 'read-only';
  },
);
