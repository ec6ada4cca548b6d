/** What a seed chooses before anything happens: nodes, guests, storages, policy. All of it is plain data that is printed with a failure. */
import type { Stream } from './random.ts';
import { SeededRandom } from './random.ts';
import { drawSettings } from './seed-settings.ts';
import { GiB } from './spec.ts';
import type { GuestSpec, NodeSpec, PveMajor, WorldSpec } from './spec.ts';
import { packageSets } from './worlds.ts';

export interface SeedWorld {
  readonly world: WorldSpec;
  readonly ownNode: string;
  /** proxroll's configuration. */
  readonly config: Readonly<Record<string, unknown>>;
}

export function drawWorld(seed: number): SeedWorld {
  const random = new SeededRandom(seed);
  const stream = random.stream('seed-world');
  const count = stream.pick([1, 2, 3, 3, 3, 4, 4, 5, 6]);
  const pve = stream.pick([8, 9, 9] as const);
  const names = Array.from({ length: count }, (_, at) => `pve${at + 1}`);
  const ha = count > 2 && stream.chance(0.4);
  const ceph = count > 2 && stream.chance(0.25);
  const memoryBytes = stream.pick([32, 64, 128]) * GiB;
  const nodes = Object.fromEntries(names.map((name, at) => [name, drawNode(stream, pve, memoryBytes, ceph ? [2 * at, 2 * at + 1] : [])]));
  const guests = Object.fromEntries(
    names.flatMap((name, at) => drawGuests(stream, name, 100 * (at + 1), memoryBytes, { ha, alone: count === 1 })),
  );
  const drawn: SeedWorld = {
    world: { name: 'prod', nodes, guests, ...drawQuorum(stream, count) },
    ownNode: stream.pick(names),
    config: drawConfig(random.stream('seed-policy'), guests, count),
  };
  return drawSettings(drawn, random);
}

function drawNode(stream: Stream, pve: PveMajor, memoryBytes: number, osds: readonly number[]): NodeSpec {
  const due = stream.chance(0.8);
  const all = packageSets[`month-${pve}`] ?? [];
  const pending = due ? all.filter(({ name }) => stream.chance(0.7) || name === 'pve-manager') : [];
  const newKernel = due && stream.chance(0.6) ? { newKernel: pve === 8 ? '6.8.12-18-pve' : '6.17.4-2-pve' } : {};
  return { pve, memoryBytes, osds, pending, ...newKernel };
}

/** At most a third of the node's memory in all, so that the others can take its guests. */
function drawGuests(
  stream: Stream,
  on: string,
  firstId: number,
  memoryBytes: number,
  { ha, alone }: { readonly ha: boolean; readonly alone: boolean },
): [string, GuestSpec][] {
  const count = stream.int(4);
  return Array.from({ length: count }, (_, at): [string, GuestSpec] => {
    const container = stream.chance(0.3);
    const local = alone || stream.chance(0.08);
    return [
      `${firstId + at}`,
      {
        kind: container ? 'lxc' : 'qemu',
        name: `guest${firstId + at}`,
        on,
        memoryBytes: Math.max(GiB, Math.floor((memoryBytes / 3 / count) * stream.next())),
        onBoot: true,
        status: stream.chance(0.9) ? 'running' : 'stopped',
        ...(local ? { storage: 'local' } : {}),
        ...(ha && !local && stream.chance(0.5) ? { ha: {} } : {}),
        ...(stream.chance(0.05) ? { shutdownMs: 'never' as const } : {}),
      },
    ];
  });
}

function drawQuorum(stream: Stream, count: number): Pick<WorldSpec, 'quorum'> {
  if (count === 2) return stream.chance(0.5) ? { quorum: { twoNode: true } } : { quorum: { qdevice: {} } };
  return count === 4 && stream.chance(0.5) ? { quorum: { qdevice: {} } } : {};
}

/** Guests on local storage may be stopped, or nothing would ever be done where one of them is. */
function drawConfig(stream: Stream, guests: Readonly<Record<string, GuestSpec>>, count: number): Record<string, unknown> {
  const local = Object.entries(guests).filter(([, { storage }]) => storage === 'local');
  return {
    drain: stream.pick(['auto', 'auto', 'always', 'when-rebooting']),
    reboot: stream.chance(0.9) ? 'when-needed' : 'never',
    return_guests: stream.chance(0.8),
    limits: { moves_at_once: 1 + stream.int(4) },
    // Short enough that some of them pass within an act.
    deadlines: { maintenance: 5, drain: 30, guest: 10, upgrade: 30, reboot: 20, rejoin: 10 },
    guests: {
      default: count === 1 || stream.chance(0.1) ? 'shutdown' : 'migrate',
      by_vmid: Object.fromEntries(local.map(([vmid]) => [vmid, 'shutdown'])),
    },
  };
}

/** In a few lines, as a person would describe it. */
export function worldText({ world, ownNode, config }: SeedWorld): string[] {
  const nodes = Object.entries(world.nodes).map(([name, { pending = [], newKernel, osds = [] }]) => {
    const due = pending.length === 0 ? 'nothing pending' : `${pending.length} packages${newKernel === undefined ? '' : ', a kernel'}`;
    return `${name} (${due}${osds.length === 0 ? '' : `, OSDs ${osds.join(' ')}`})`;
  });
  const guests = Object.entries(world.guests ?? {}).map(
    ([vmid, { kind, on, storage, ha, status, shutdownMs }]) =>
      `${kind === 'lxc' ? 'ct' : 'vm'} ${vmid} on ${on}${status === 'stopped' ? ' stopped' : ''}${storage === 'local' ? ' local' : ''}${ha === undefined ? '' : ' HA'}${shutdownMs === 'never' ? ' deaf' : ''}`,
  );
  return [
    `nodes: ${nodes.join(', ')}; proxroll on ${ownNode}`,
    `guests: ${guests.join(', ') || 'none'}`,
    `quorum: ${JSON.stringify(world.quorum ?? {})}`,
    `config: ${JSON.stringify(config)}`,
  ];
}
