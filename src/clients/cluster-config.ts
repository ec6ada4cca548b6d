/**
 * What the cluster's own files say that decides where guests can go: resource mappings, replication jobs, HA rules and groups, SDN
 * zones, the balancer's settings. One local read, and no pvesh process (facts 1.9, 3.7, 4.8).
 */
import type { HaRule } from '../model/ha-rule.ts';
import type { MappingFacts } from '../model/snapshot.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import { listIn } from './foreign-json.ts';
import type { Query } from './query.ts';
import { answerQuery, filledLines, unparsable } from './query.ts';

export interface ReplicationJob {
  /** `101-0`. */
  readonly id: string;
  readonly vmid: number;
  readonly target: string;
  readonly enabled: boolean;
}

export interface ClusterConfig {
  readonly mappings: readonly MappingFacts[];
  readonly replication: readonly ReplicationJob[];
  readonly haRules: readonly HaRule[];
  /** Services that stay where they are when a node that would suit them better is back: `failback 0`, on Proxmox VE 8 `nofailback` of their group. */
  readonly withoutFailback: readonly string[];
  /** Nodes that have an SDN network, by its name; missing where its zone is not limited. */
  readonly networkNodes: Readonly<Record<string, readonly string[]>>;
  /** The server of each enabled storage that has one (NFS, SMB, GlusterFS, iSCSI, a backup server), by the storage's name: an address or a name. */
  readonly storageServers: Readonly<Record<string, string>>;
  /** The value of `crs` in datacenter.cfg as it stands there. */
  readonly crs?: string;
  /** The network that migrations go through (`migration` of datacenter.cfg), as `10.1.2.0/24`; missing where none is named. */
  readonly migrationNetwork?: string;
  /** `max_workers` of datacenter.cfg; missing where it is not set. */
  readonly maxWorkers?: number;
}

// The guest list is always there: without it nothing of `/etc/pve` could be read.
const proof = '/etc/pve/.vmlist';
const files = [
  ...['datacenter.cfg', 'replication.cfg', 'ha/rules.cfg', 'ha/groups.cfg', 'ha/resources.cfg'],
  ...['mapping/pci.cfg', 'mapping/usb.cfg', 'mapping/directory.cfg', 'sdn/zones.cfg', 'sdn/vnets.cfg', 'storage.cfg'],
];

/** A file that is not there says nothing: not every cluster has rules, mappings or replication. @throws CommandFailed when not even the guest list can be read; Unparsable */
export const clusterConfigQuery: Query<ClusterConfig> = answerQuery(
  reads(deadlines.file, 'grep', '-sH', '', proof, ...files.map((file) => `/etc/pve/${file}`)),
  (answer, source, fail) => {
    const texts = new Map<string, string[]>();
    for (const line of filledLines(answer.stdout)) {
      const [, path, text] = /^\/etc\/pve\/([^:]+):(.*)$/.exec(line) ?? [];
      if (path === undefined || text === undefined) throw unparsable(source, 'a line of grep', line);
      texts.set(path, [...(texts.get(path) ?? []), text]);
    }
    if (answer.exitCode > 2 || (answer.exitCode !== 0 && !texts.has('.vmlist'))) throw fail();
    if (!texts.has('.vmlist')) throw unparsable(source, 'the guest list', answer.stdout);
    const sections = (file: string) => sectionsIn(texts.get(file) ?? []);
    const option = (name: string) =>
      (texts.get('datacenter.cfg') ?? []).map((line) => /^(\w+):\s*(\S+)/.exec(line)).find((found) => found?.[1] === name)?.[2];
    const [crs, maxWorkers] = [option('crs'), Number(option('max_workers'))];
    const migrationNetwork = /(?:^|,)network=([^,]+)/.exec(option('migration') ?? '')?.[1];
    return {
      mappings: [
        ...mappingsIn('pci', sections('mapping/pci.cfg')),
        ...mappingsIn('usb', sections('mapping/usb.cfg')),
        ...mappingsIn('dir', sections('mapping/directory.cfg')),
      ],
      replication: sections('replication.cfg').flatMap(jobIn),
      haRules: [...sections('ha/rules.cfg').flatMap(ruleIn), ...groupsAsRules(sections('ha/groups.cfg'), sections('ha/resources.cfg'))],
      withoutFailback: withoutFailback(sections('ha/groups.cfg'), sections('ha/resources.cfg')),
      networkNodes: networkNodes(sections('sdn/zones.cfg'), sections('sdn/vnets.cfg')),
      storageServers: storageServers(sections('storage.cfg')),
      ...(crs === undefined ? {} : { crs }),
      ...(migrationNetwork === undefined ? {} : { migrationNetwork }),
      ...(maxWorkers >= 1 ? { maxWorkers } : {}),
    };
  },
);

/** One section of a Proxmox VE config file: `TYPE: ID`, or the id alone, and indented keys; a key may stand several times. */
interface Section {
  readonly type: string;
  readonly id: string;
  readonly keys: readonly (readonly [key: string, value: string])[];
}

function sectionsIn(lines: readonly string[]): readonly Section[] {
  const sections: { type: string; id: string; keys: [string, string][] }[] = [];
  for (const line of lines) {
    const [, key, value] = /^\s+(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    const [, type, id] = /^(?:(\S+):\s*)?([^\s#]\S*)\s*$/.exec(line) ?? [];
    if (key !== undefined) sections.at(-1)?.keys.push([key, value ?? '']);
    else if (id !== undefined) sections.push({ type: type ?? '', id, keys: [] });
  }
  return sections;
}

function keyOf({ keys }: Section, name: string): string | undefined {
  return keys.find(([key]) => key === name)?.[1];
}

/** A switch may stand there without a value. */
function isSet(section: Section, name: string): boolean {
  return /^(1|yes|on|true|)$/i.test(keyOf(section, name) ?? '0');
}

/** `map id=10de:1eb8,node=pve1,path=0000:01:00.0`, one line a device. */
function mappingsIn(kind: MappingFacts['kind'], sections: readonly Section[]): readonly MappingFacts[] {
  return sections.map((section) => {
    const nodes = section.keys.flatMap(([key, value]) => (key === 'map' ? (/(?:^|,)node=([^,]+)/.exec(value)?.[1] ?? []) : []));
    return { kind, id: section.id, nodes: [...new Set(nodes)].sort(), live: isSet(section, 'live-migration-capable') };
  });
}

function jobIn(section: Section): readonly ReplicationJob[] {
  const vmid = /^(\d+)-\d+$/.exec(section.id)?.[1];
  const target = keyOf(section, 'target');
  if (vmid === undefined || target === undefined || isSet(section, 'remove_job')) return [];
  return [{ id: section.id, vmid: Number(vmid), target, enabled: !isSet(section, 'disable') }];
}

function ruleIn(section: Section): readonly HaRule[] {
  if (isSet(section, 'disable')) return [];
  const services = listIn(keyOf(section, 'resources'));
  if (section.type === 'node-affinity')
    return [{ kind: 'node-affinity', id: section.id, services, ...nodesIn(section), strict: isSet(section, 'strict') }];
  const affinity = keyOf(section, 'affinity');
  if (section.type === 'resource-affinity' && (affinity === 'positive' || affinity === 'negative'))
    return [{ kind: 'resource-affinity', id: section.id, services, affinity }];
  return [];
}

/** `pve1:2,pve2`: the number is a priority among them. */
function nodesIn(section: Section): { readonly nodes: readonly string[]; readonly priorities?: Readonly<Record<string, number>> } {
  const words = listIn(keyOf(section, 'nodes')).map((word) => word.split(':'));
  const priorities = Object.fromEntries(words.flatMap(([name = '', number]) => (number === undefined ? [] : [[name, Number(number)]])));
  return { nodes: words.map(([name = '']) => name), ...(Object.keys(priorities).length === 0 ? {} : { priorities }) };
}

/** Groups are of Proxmox VE 8; where they have become rules, the file is gone. */
function groupsAsRules(groups: readonly Section[], resources: readonly Section[]): readonly HaRule[] {
  return groups.map((group) => ({
    kind: 'node-affinity',
    id: group.id,
    services: resources.flatMap((resource) => (keyOf(resource, 'group') === group.id ? [`${resource.type}:${resource.id}`] : [])),
    ...nodesIn(group),
    strict: isSet(group, 'restricted'),
  }));
}

function withoutFailback(groups: readonly Section[], resources: readonly Section[]): readonly string[] {
  const held = groups.filter((group) => isSet(group, 'nofailback')).map(({ id }) => id);
  return resources
    .filter((resource) => /^(0|no|off|false)$/.test(keyOf(resource, 'failback') ?? '') || held.includes(keyOf(resource, 'group') ?? ''))
    .map(({ type, id }) => `${type}:${id}`);
}

function networkNodes(zones: readonly Section[], vnets: readonly Section[]): ClusterConfig['networkNodes'] {
  const limited = new Map(zones.flatMap((zone) => (keyOf(zone, 'nodes') === undefined ? [] : [[zone.id, nodesIn(zone).nodes] as const])));
  return Object.fromEntries(
    vnets.flatMap((vnet) => {
      const nodes = limited.get(keyOf(vnet, 'zone') ?? '');
      return nodes === undefined ? [] : [[vnet.id, nodes] as const];
    }),
  );
}

/** iSCSI and ZFS over iSCSI call it their portal, with or without a port. */
function storageServers(storages: readonly Section[]): ClusterConfig['storageServers'] {
  return Object.fromEntries(
    storages.flatMap((storage) => {
      const server = keyOf(storage, 'server') ?? keyOf(storage, 'portal')?.replace(/^\[(.*)\](:\d+)?$|^([^:]+):\d+$/, '$1$3');
      return server === undefined || isSet(storage, 'disable') ? [] : [[storage.id, server] as const];
    }),
  );
}
