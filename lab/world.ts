/**
 * The simulated cluster behind the hosts, in real time: it knows guests, HA, storages and tasks, while power, packages, boots and
 * membership are those of the real hosts and told to it.
 */
import { readFile } from 'node:fs/promises';
import { runCommand } from '../src/sim/commands/index.ts';
import { SeededRandom } from '../src/sim/random.ts';
import { MiB } from '../src/sim/spec.ts';
import { World } from '../src/sim/world.ts';
import { clusterName } from './cluster.ts';
import { kernelOf } from './release.ts';
import type { GuestSpec, Latencies, WorldSpec } from '../src/sim/spec.ts';
import type { Timers } from '../src/sim/timers.ts';
import type { Answered } from './answers.ts';
import type { LabCluster } from './cluster.ts';

/** The order of states is the real one; waiting for it is not what the lab is for. */
const quick: Partial<Latencies> = {
  migrationStartMs: 1_500,
  migrationEndMs: 500,
  haTickMs: 1_000,
  haAcceptMs: 1_000,
  haLrmModeMs: 2_000,
  haNodeStatusMs: 4_000,
  haRequestMs: 700,
  haMasterLostMs: 12_000,
  firstMetricsMs: 1_000,
  metricsMs: 2_000,
  guestShutdownMs: 2_000,
};

/** Longer than any run: the hosts' corosync says when a node joins, not a timer. */
const neverMs = 30 * 86_400_000;

/** Latest delay of a timer; a longer one would fire at once. */
const longestMs = 2 ** 31 - 1;

const realTimers: Timers = {
  now: () => Date.now(),
  after(ms, wake) {
    if (ms > longestMs) return () => undefined;
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};

/** Puts a simulated cluster with these guests, and what else it has, behind the hosts. Call it when they are up. */
export async function giveWorld(
  cluster: LabCluster,
  guests: Readonly<Record<number, GuestSpec>>,
  more: Partial<WorldSpec> = {},
): Promise<World> {
  const memory = /^MemTotal: +(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
  const { suite, nodes } = cluster.plan;
  const node = {
    pve: suite === 'trixie' ? (9 as const) : (8 as const),
    kernel: kernelOf(suite, 'v1'),
    memoryBytes: Number(memory ?? '0') * 1024,
  };
  const spec: WorldSpec = {
    ...more,
    name: clusterName,
    clustered: nodes > 1,
    nodes: Object.fromEntries(cluster.nodes.map(({ name, address }) => [name, { ...node, address }])),
    guests,
    latencies: { ...quick, rejoinMs: nodes > 1 ? neverMs : 1_000 },
  };
  const world = new World(spec, realTimers, new SeededRandom(0));
  for (const { name } of cluster.nodes) world.node(name).bootId = cluster.record.boots(name).at(-1)?.bootId ?? '';
  cluster.asked = (host, argv, killed) =>
    unlocked(world, argv) ?? runCommand(world, host, asSimulated(argv), '', signalTo(cluster, host, killed));
  follow(cluster, world);
  await keepFiles(cluster, world);
  return world;
}

/** A program that ends with its host's power got no signal, and cleans nothing up: the world is told of the power itself. */
function signalTo(cluster: LabCluster, host: string, killed: AbortSignal): AbortSignal {
  const signal = new AbortController();
  killed.addEventListener('abort', () => (cluster.node(host).host.isPlugged ? signal.abort() : undefined), { once: true });
  return signal.signal;
}

/** The simulated `pvesr` is the one behind `env`, which here is the host's own and runs the program under its own name. */
function asSimulated(argv: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return argv[0] === 'pvesr' ? ['env', 'TZ=UTC', ...argv] : argv;
}

/** `qm unlock` and `pct unlock`: an operator's word, which proxroll never says and the simulated programs do not know. */
function unlocked(world: World, [program, verb, vmid]: readonly string[]): Promise<Answered> | undefined {
  if ((program !== 'qm' && program !== 'pct') || verb !== 'unlock') return undefined;
  world.guest(Number(vmid)).lock = undefined;
  return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });
}

/** Tells the world what became of its hosts. */
function follow(cluster: LabCluster, world: World): void {
  cluster.record.listen((entry) => {
    switch (entry.type) {
      case 'booted':
        world.nodeCameUp(entry.host, { bootId: entry.bootId });
        return;
      case 'went-down':
        world.nodeWentDown(entry.host, entry.how === 'cut-short' ? 'power' : 'reboot');
        return;
      case 'quorum':
        if (entry.quorate) for (const node of world.nodes) if (entry.members.includes(node.id)) world.corosync.join(node, 0);
        return;
      case 'powered-on':
        return;
      default:
        entry satisfies never;
    }
  });
}

/** Keeps /etc/pve as the world has it, from now on. */
async function keepFiles(cluster: LabCluster, world: World): Promise<void> {
  const filesOf = (host: string) => {
    const files = world.pmxcfsFiles(host);
    if (files.has('corosync.conf')) files.set('corosync.conf', cluster.corosyncConf);
    return files;
  };
  const look = async () => {
    await cluster.pmxcfs.write(filesOf);
    await cluster.pmxcfs.keepLocks(Date.now());
  };
  await look();
  const again = () => {
    look()
      .catch((error: unknown) => console.error('lab: /etc/pve could not be written:', error))
      .finally(() => setTimeout(again, 200));
  };
  again();
}

/** Guests of the proof: two VMs a node on shared storage, one container, one VM in the hands of the HA manager. */
export function usualGuests(nodes: number): Readonly<Record<number, GuestSpec>> {
  const names = Array.from({ length: nodes }, (_, at) => `pve${at + 1}`);
  const small = { memoryBytes: 512 * MiB, cores: 1 };
  const guests: Record<number, GuestSpec> = {};
  for (const [at, on] of names.entries()) {
    guests[101 + at * 10] = { ...small, on, name: `web${at + 1}` };
    guests[102 + at * 10] = { ...small, on, name: `db${at + 1}`, memoryBytes: 1024 * MiB };
  }
  const last = names.at(-1) ?? 'pve1';
  guests[201] = { ...small, kind: 'lxc', on: last, name: 'proxy' };
  if (nodes > 1) guests[301] = { ...small, on: last, name: 'mail', ha: { state: 'started' } };
  return guests;
}
