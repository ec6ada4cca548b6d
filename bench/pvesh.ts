/** What one look at the whole site costs the hosts: pvesh processes (each about a second of one core) and ssh round trips. */
import { configSchema } from '../src/config/schema.ts';
import { discover } from '../src/run/discover.ts';
import { SimHttp } from '../src/sim/http.ts';
import { SeededRandom } from '../src/sim/random.ts';
import { simShell, type ShellCall } from '../src/sim/shell.ts';
import { GiB, type WorldSpec } from '../src/sim/spec.ts';
import { SimDisk } from '../src/sim/store.ts';
import { VirtualClock } from '../src/sim/virtual-clock.ts';
import { World } from '../src/sim/world.ts';
import { labPvesh } from './lab-figures.ts';
import { atMost, secondsText, type Bench, type Figure } from './figure.ts';

export const pvesh: Bench = {
  name: 'pvesh',
  about:
    'pvesh processes and ssh round trips of one look at the whole site, with 3, 5 and 16 nodes; with a figures file of the lab, its runs too',
  measure: async ([figuresFile], size) => {
    const figures: Figure[] = figuresFile === undefined ? [] : [...(await labPvesh(figuresFile))];
    for (const nodes of size === 'tiny' ? [3] : [3, 5, 16]) figures.push(...(await oneLook(nodes)));
    return figures;
  },
};

async function oneLook(nodes: number): Promise<readonly Figure[]> {
  const clock = new VirtualClock();
  const world = new World(cluster(nodes, 20), clock, new SeededRandom(0));
  const calls: ShellCall[] = [];
  const shell = simShell(world, { ownNode: 'pve1', hooks: [{ before: (call) => void calls.push(call) }] });
  const ports = { shell, http: new SimHttp(clock), clock, random: world.random, store: new SimDisk(clock).open() };
  const snapshot = await clock.drive(discover({ ports, config: configSchema.parse({}), version: 'bench' }));
  const silent = snapshot.nodes.filter(({ host }) => !host.answered).map(({ name }) => name);
  if (silent.length > 0) throw new Error(`${silent.join(', ')} did not answer`);
  const processes = calls.flatMap(({ commands }) => commands).filter(({ argv }) => argv[0] === 'pvesh').length;
  const trips = world.nodes.slice(1).map(({ name }) => calls.filter(({ host }) => host === name).length);
  const most = Math.max(...trips);
  return [
    { what: `${nodes} nodes: pvesh processes`, measured: `${processes}`, budget: atMost(processes, 10, '10') },
    { what: `${nodes} nodes: ssh round trips to one node, at most`, measured: `${most}`, budget: atMost(most, 3, '3') },
    // All nodes at once: more nodes must not make it longer.
    { what: `${nodes} nodes: duration at the usual latencies`, measured: secondsText(clock.elapsed()) },
  ];
}

/** HA and Ceph in use, so that all there is to ask is asked. */
function cluster(nodes: number, guestsPerNode: number): WorldSpec {
  const names = Array.from({ length: nodes }, (_, index) => `pve${index + 1}`);
  const guests = names.flatMap((on, node) =>
    Array.from(
      { length: guestsPerNode },
      (_, index) => [100 + node * guestsPerNode + index, { on, memoryBytes: GiB, ...(index === 0 ? { ha: {} } : {}) }] as const,
    ),
  );
  return { nodes: Object.fromEntries(names.map((name, index) => [name, { osds: [index] }])), guests: Object.fromEntries(guests), ceph: {} };
}
