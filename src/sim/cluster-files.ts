/** The files below `/etc/pve` that say where guests may go: HA rules and groups, resource mappings, replication jobs, SDN, datacenter.cfg (facts 3.7, 4.8). */
import type { World } from './world.ts';

/** @param path below `/etc/pve` @returns nothing for a file that this cluster does not have */
export function clusterFile(world: World, path: string): string | undefined {
  const text = made[path]?.(world);
  return text === undefined || text === '' ? undefined : text;
}

export const clusterFiles: readonly string[] = [
  ...['datacenter.cfg', 'replication.cfg', 'ha/rules.cfg', 'ha/groups.cfg', 'ha/resources.cfg'],
  ...['mapping/pci.cfg', 'mapping/usb.cfg', 'mapping/directory.cfg', 'sdn/zones.cfg', 'sdn/vnets.cfg'],
];

const made: Readonly<Record<string, ((world: World) => string) | undefined>> = {
  'datacenter.cfg': (world) =>
    [
      'keyboard: en-us',
      ...(world.crs === undefined ? [] : [`crs: ${world.crs}`]),
      ...(world.spec.migrationNetwork === undefined ? [] : [`migration: type=secure,network=${world.spec.migrationNetwork}`]),
      ...(world.spec.maxWorkers === undefined ? [] : [`max_workers: ${world.spec.maxWorkers}`]),
      '',
    ].join('\n'),
  'replication.cfg': (world) =>
    world.guests.all
      .flatMap((guest) =>
        [...guest.replicas].map(
          ([target, { disabled }], at) =>
            `local: ${guest.vmid}-${at}\n\tschedule */15\n\tsource ${guest.node}\n\ttarget ${target}\n${disabled === true ? '\tdisable 1\n' : ''}\n`,
        ),
      )
      .join(''),
  // Rules are of Proxmox VE 9; groups become rules once all nodes run it.
  'ha/rules.cfg': (world) => (isEight(world) ? '' : rules(world)),
  'ha/groups.cfg': (world) => (isEight(world) ? groups(world) : ''),
  'ha/resources.cfg': (world) =>
    world.ha.services.all
      .map(({ sid, guest, requested, failback }) => {
        const group = isEight(world)
          ? (world.spec.ha?.rules ?? []).findIndex(({ services, nodes }) => nodes !== undefined && services.includes(sid))
          : -1;
        const named = group >= 0 ? `group-${group + 1}` : isEight(world) && !failback ? stayingGroup : undefined;
        const lines = [
          `state ${requested}`,
          ...(named === undefined ? [] : [`group ${named}`]),
          ...(failback || isEight(world) ? [] : ['failback 0']),
        ];
        return `${guest.kind === 'qemu' ? 'vm' : 'ct'}: ${guest.vmid}\n${lines.map((line) => `\t${line}\n`).join('')}\n`;
      })
      .join(''),
  'mapping/pci.cfg': (world) => mapping(world, 'pci'),
  'mapping/usb.cfg': (world) => mapping(world, 'usb'),
  'mapping/directory.cfg': (world) => mapping(world, 'dir'),
  'sdn/zones.cfg': (world) =>
    Object.entries(world.spec.networks ?? {})
      .map(([name, nodes]) => `vlan: z${name}\n\tbridge vmbr0\n\tnodes ${nodes.join(',')}\n\n`)
      .join(''),
  'sdn/vnets.cfg': (world) =>
    Object.keys(world.spec.networks ?? {})
      .map((name) => `vnet: ${name}\n\tzone z${name}\n\ttag 100\n\n`)
      .join(''),
};

function isEight(world: World): boolean {
  return world.nodes.some(({ pve }) => pve === 8);
}

function rules(world: World): string {
  return (world.spec.ha?.rules ?? [])
    .map(({ services, nodes, strict, affinity }, at) => {
      const id = `rule-${at + 1}`;
      if (affinity !== undefined) return `resource-affinity: ${id}\n\taffinity ${affinity}\n\tresources ${services.join(',')}\n\n`;
      return `node-affinity: ${id}\n\tnodes ${(nodes ?? []).join(',')}\n\tresources ${services.join(',')}\n${strict === true ? '\tstrict 1\n' : ''}\n`;
    })
    .join('');
}

/** On Proxmox VE 8 only a group can say that its services are not to fail back; this one has every node. */
const stayingGroup = 'group-staying';

function groups(world: World): string {
  const services = world.ha.services.all;
  const text = (name: string, nodes: readonly string[], stays: boolean, strict: boolean) =>
    `group: ${name}\n\tnodes ${nodes.join(',')}\n\tnofailback ${stays ? 1 : 0}\n\trestricted ${strict ? 1 : 0}\n\n`;
  const ruled = new Set((world.spec.ha?.rules ?? []).flatMap((rule) => (rule.nodes === undefined ? [] : rule.services)));
  const named = (world.spec.ha?.rules ?? []).map((rule, at) => {
    const stays = services.some(({ sid, failback }) => !failback && rule.services.includes(sid));
    return rule.nodes === undefined ? '' : text(`group-${at + 1}`, rule.nodes, stays, rule.strict === true);
  });
  const alone = services.some(({ sid, failback }) => !failback && !ruled.has(sid));
  const all = world.nodes.map(({ name }) => name);
  return [...named, ...(alone ? [text(stayingGroup, all, true, false)] : [])].join('');
}

function mapping(world: World, kind: 'pci' | 'usb' | 'dir'): string {
  return Object.entries(world.spec.mappings ?? {})
    .filter(([, one]) => one.kind === kind)
    .map(([id, { nodes, live }]) => {
      const maps = nodes.map(
        (node) => `\tmap ${kind === 'dir' ? '' : 'id=10de:1eb8,'}node=${node},path=${kind === 'dir' ? '/srv/share' : '0000:01:00.0'}\n`,
      );
      return `${id}\n${maps.join('')}${live === true ? '\tlive-migration-capable 1\n' : ''}\n`;
    })
    .join('');
}
