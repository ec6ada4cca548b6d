/**
 * What else a seed may choose: the settings of the configuration that most clusters leave alone, each with the world in which it means something.
 * Each has two streams of its own, one that says whether it is there and one for the rest, so that another setting changes none of the others.
 */
import type { SeededRandom, Stream } from './random.ts';
import type { SeedWorld } from './seed-world.ts';
import type { GuestSpec, NodeSpec, PackageSpec } from './spec.ts';

interface Setting {
  /** How often it is there, of those worlds that suit it. */
  readonly chance: number;
  readonly suits?: (drawn: SeedWorld) => boolean;
  readonly set: (drawn: SeedWorld, stream: Stream) => SeedWorld;
}

const settings: Readonly<Record<string, Setting>> = {
  new_kernel: {
    chance: 0.35,
    set: (drawn, stream) => {
      const how = stream.pick(['try', 'try', 'try-or-block', 'boot']);
      return configured(
        withNodes(drawn, (node) => ({ ...node, ...drawLoader(stream, how === 'try-or-block') })),
        { new_kernel: how },
      );
    },
  },
  kernel_errors: { chance: 0.2, set: (drawn, stream) => configured(drawn, { kernel_errors: stream.pick(['pause', 'warn', 'warn']) }) },
  excluded_nodes: {
    chance: 0.1,
    suits: ({ world }) => Object.keys(world.nodes).length > 2,
    set: (drawn, stream) => configured(drawn, { excluded_nodes: [stream.pick(Object.keys(drawn.world.nodes))] }),
  },
  deactivate_proxlb: {
    chance: 0.1,
    set: (drawn, stream) => {
      const on = stream.pick(Object.keys(drawn.world.nodes));
      return configured(
        withNodes(drawn, (node, name) => (name === on ? { ...node, proxlb: true } : node)),
        { deactivate_proxlb: true },
      );
    },
  },
  deactivate_rebalance: {
    chance: 0.3,
    suits: (drawn) => usesHa(drawn) && Object.values(drawn.world.nodes).every(({ pve }) => pve === 9),
    set: (drawn) =>
      configured({ ...drawn, world: { ...drawn.world, crs: 'ha=dynamic,ha-auto-rebalance=1' } }, { deactivate_rebalance: true }),
  },
  crs: {
    chance: 0.2,
    suits: usesHa,
    set: (drawn) => ({ ...drawn, world: { ...drawn.world, crs: drawn.world.crs ?? 'ha=static' } }),
  },
  upgrade: {
    chance: 0.15,
    set: (drawn, stream) =>
      configured(
        drawn,
        stream.pick([
          { upgrade: 'security' },
          { upgrade: 'security', upgrade_also: ['pve-*', 'proxmox-*'] },
          { upgrade: 'none', reboot: 'when-needed' },
        ]),
      ),
  },
  reboot: { chance: 0.1, set: (drawn) => configured(drawn, { reboot: 'always' }) },
  allow_removals: {
    chance: 0.1,
    set: (drawn, stream) =>
      configured(
        withNodes(drawn, (node) => (stream.chance(0.5) ? { ...node, installed: { libold1: '1.0-1' }, removals: ['libold1'] } : node)),
        { allow_removals: ['libold*'] },
      ),
  },
  moved_packages: { chance: 0.3, set: (drawn) => configured(drawn, { moved_packages: 'go-on' }) },
  repair_dpkg: { chance: 0.3, set: (drawn, stream) => configured(drawn, { repair_dpkg: stream.pick(['always', 'never']) }) },
  clean_up: {
    chance: 0.25,
    set: (drawn, stream) =>
      configured(
        withNodes(drawn, (node) => (stream.chance(0.6) ? { ...node, unused: ['libunused1'] } : node)),
        { clean_up: stream.pick(['autoclean', 'autoremove', 'autoremove']) },
      ),
  },
  accept_quorum_loss: {
    chance: 0.3,
    suits: ({ world }) => Object.keys(world.nodes).length === 2,
    set: (drawn) => {
      const { quorum: _none, ...world } = drawn.world;
      return configured({ ...drawn, world }, { accept_quorum_loss: true });
    },
  },
  guests: {
    chance: 0.3,
    suits: ({ world }) => Object.keys(world.nodes).length > 1,
    set: (drawn, stream) => {
      // The HA manager restarts nobody elsewhere, and leaves nobody where it is.
      const odd = stream.pick(['shutdown', 'restart', 'leave', 'migrate', 'migrate-with-disks']);
      const tagged = withGuests(drawn, (guest) =>
        stream.chance(0.3) && (guest.ha === undefined || odd === 'shutdown' || odd === 'migrate') ? { ...guest, tags: ['odd'] } : guest,
      );
      const { guests } = drawn.config as {
        readonly guests: { readonly default: string; readonly by_vmid: Readonly<Record<string, string>> };
      };
      const local = stream.pick(['shutdown', 'migrate-with-disks', 'leave']);
      return configured(tagged, {
        guests: {
          default: stream.chance(0.2) ? 'restart' : guests.default,
          by_tag: { odd },
          by_vmid: Object.fromEntries(Object.keys(guests.by_vmid).map((vmid) => [vmid, local])),
        },
      });
    },
  },
  replicas: {
    chance: 0.15,
    suits: ({ world }) => Object.keys(world.nodes).length > 1,
    set: (drawn, stream) => {
      const names = Object.keys(drawn.world.nodes);
      const replicated = withGuests(drawn, (guest) => {
        const others = names.filter((name) => name !== guest.on);
        if (guest.ha !== undefined || guest.storage === 'local' || !stream.chance(0.4)) return guest;
        return {
          ...guest,
          storage: 'tank',
          diskBytes: 8 * 2 ** 30,
          replicas: { [stream.pick(others)]: { ageMs: 60_000 * stream.int(90) } },
        };
      });
      const storages = { ...replicated.world.storages, tank: { type: 'zfspool', content: 'images,rootdir' } };
      return configured(
        { ...replicated, world: { ...replicated.world, storages } },
        {
          limits: { ...limitsOf(drawn), replica_age_minutes: stream.pick([30, 60, 180]) },
        },
      );
    },
  },
  limits: {
    chance: 0.3,
    set: (drawn, stream) =>
      configured(drawn, {
        limits: {
          ...limitsOf(drawn),
          moves_to_one: 1 + stream.int(4),
          memory_reserve_percent: stream.pick([0, 5, 20]),
          failed_nodes: stream.int(3),
        },
      }),
  },
  max_workers: { chance: 0.15, set: (drawn, stream) => ({ ...drawn, world: { ...drawn.world, maxWorkers: 1 + stream.int(4) } }) },
  attempts: {
    chance: 0.25,
    set: (drawn, stream) => {
      const times = (): number => 1 + stream.int(4);
      return configured(drawn, {
        attempts: { refresh: times(), fetch: times(), guest: times(), upgrade: times(), reboot: times(), other: times() },
      });
    },
  },
  windows: {
    chance: 0.15,
    // Every world begins on a Sunday at 04:00 UTC; the second is open when the faults are over.
    set: (drawn, stream) =>
      configured(
        drawn,
        stream.pick([
          { windows: ['sun 04:00-05:00', 'sun 05:30-23:59'], time_zone: 'UTC' },
          { windows: ['sun 05:00-06:30', 'sun 07:10-23:59'], time_zone: 'Europe/Berlin' },
          { windows: ['sat 22:00-04:40', 'sun 06:02-23:00'], time_zone: 'UTC' },
        ]),
      ),
  },
  'deadlines.run': {
    chance: 0.1,
    set: (drawn, stream) => configured(drawn, { deadlines: { ...(drawn.config['deadlines'] as object), run: stream.pick([60, 240]) } }),
  },
  harmless_ceph_checks: {
    chance: 0.4,
    suits: ({ world }) => Object.values(world.nodes).some(({ osds = [] }) => osds.length > 0),
    set: (drawn) =>
      configured(
        { ...drawn, world: { ...drawn.world, ceph: { checks: { POOL_NO_REDUNDANCY: { severity: 'HEALTH_WARN' } } } } },
        { harmless_ceph_checks: ['POOL_NO_REDUNDANCY'] },
      ),
  },
  hold_paths: { chance: 0.2, set: (drawn) => configured(drawn, { hold_paths: ['/etc/proxroll/hold', '/run/leave-me-alone'] }) },
  'corosync links': { chance: 0.15, set: (drawn) => withNodes(drawn, (node) => ({ ...node, corosyncLinks: 2 })) },
  'held packages': {
    chance: 0.1,
    set: (drawn, stream) =>
      withNodes(drawn, (node) => {
        const names = (node.pending ?? []).map(({ name }: PackageSpec) => name);
        return names.length === 0 || !stream.chance(0.4) ? node : { ...node, held: [stream.pick(names)] };
      }),
  },
};

/** @returns the world with the settings that this seed has besides */
export function drawSettings(drawn: SeedWorld, random: SeededRandom): SeedWorld {
  return Object.entries(settings).reduce(
    (so, [name, { chance, suits, set }]) =>
      random.stream(`has ${name}`).chance(chance) && (suits?.(so) ?? true) ? set(so, random.stream(`setting ${name}`)) : so,
    drawn,
  );
}

/** How a host boots. @param able whether its loader must be one that takes an entry once */
function drawLoader(stream: Stream, able: boolean): Partial<NodeSpec> {
  const once: readonly Partial<NodeSpec>[] = [{ esps: ['5C1A-93F0', '5C1B-2D77'], loader: 'systemd-boot' }, { grubOn: '/dev/sda2' }];
  const never: readonly Partial<NodeSpec>[] = [{ esps: ['5C1A-93F0'], loader: 'grub' }, { grubOn: '/dev/mapper/pve-root' }];
  const spec = stream.pick(able || stream.chance(0.8) ? once : never);
  if (spec.loader === 'systemd-boot' && stream.chance(0.05)) return { ...spec, readOnlyFirmware: true };
  return spec;
}

function usesHa({ world }: SeedWorld): boolean {
  return Object.values(world.guests ?? {}).some(({ ha }) => ha !== undefined);
}

function configured(drawn: SeedWorld, keys: Readonly<Record<string, unknown>>): SeedWorld {
  return { ...drawn, config: { ...drawn.config, ...keys } };
}

function limitsOf({ config }: SeedWorld): object {
  return config['limits'] as object;
}

function withNodes(drawn: SeedWorld, change: (node: NodeSpec, name: string) => NodeSpec): SeedWorld {
  const nodes = Object.fromEntries(Object.entries(drawn.world.nodes).map(([name, node]) => [name, change(node, name)]));
  return { ...drawn, world: { ...drawn.world, nodes } };
}

function withGuests(drawn: SeedWorld, change: (guest: GuestSpec) => GuestSpec): SeedWorld {
  const guests = Object.fromEntries(Object.entries(drawn.world.guests ?? {}).map(([vmid, guest]) => [vmid, change(guest)]));
  return { ...drawn, world: { ...drawn.world, guests } };
}
