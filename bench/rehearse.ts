/** CPU time of `proxroll rehearse --every-single-fault`, from the look at a cluster to the table: what an operator waits for. */
import { configSchema } from '../src/config/schema.ts';
import { rehearsalText } from '../src/report/rehearsal.ts';
import { lookAt } from '../src/sim/twin-look.ts';
import { rehearseOn, twinStand } from '../src/sim/twin-rehearsal.ts';
import { GiB } from '../src/sim/spec.ts';
import type { GuestSpec, WorldSpec } from '../src/sim/spec.ts';
import { threeNodes } from '../src/sim/worlds.ts';
import { atMost, medianOf, secondsText, type Bench, type Figure } from './figure.ts';

export const rehearse: Bench = {
  name: 'rehearse',
  about: 'CPU time of rehearsing every single fault on 5 nodes with 100 guests',
  measure: async (_args, size) => {
    const [rounds, world] = size === 'tiny' ? [1, cluster(3, 3)] : [3, cluster(5, 100)];
    const config = configSchema.parse({});
    const plainMs: number[] = [];
    const faultsMs: number[] = [];
    let rehearsals = 0;
    for (let round = 0; round < rounds; round++)
      for (const [everySingleFault, into] of [
        [false, plainMs],
        [true, faultsMs],
      ] as const) {
        const before = process.cpuUsage();
        const stand = await twinStand(await lookAt({ world, ownNode: 'pve1' }, config), config, 0);
        const report = await rehearseOn(stand, { version: 'bench', fail: [], everySingleFault });
        rehearsalText(report, { width: 100, colour: false });
        const used = process.cpuUsage(before);
        into.push((used.user + used.system) / 1000);
        rehearsals = report.singleFaults?.outcomes.length ?? 0;
      }
    const median = medianOf(faultsMs);
    const first = faultsMs[0] ?? Number.NaN;
    const figures: Figure[] = [
      {
        what: 'the first time, nothing compiled yet, as on the command line',
        measured: secondsText(first),
        budget: atMost(first, 5_000, '5 s'),
      },
      { what: 'median of the rounds', measured: secondsText(median), budget: atMost(median, 5_000, '5 s') },
      { what: 'rehearsals with one fault each', measured: `${rehearsals}` },
      { what: 'a rehearsal of the whole run without faults', measured: secondsText(medianOf(plainMs)) },
    ];
    return figures;
  },
};

/** Everything due on all nodes; guests of four sizes, a quarter of them containers, a fifth of the VMs in HA. */
function cluster(nodes: number, guests: number): WorldSpec {
  const one = threeNodes.nodes['pve1'] ?? {};
  const names = Array.from({ length: nodes }, (_, index) => `pve${index + 1}`);
  const guest = (index: number): GuestSpec => ({
    on: names[index % nodes] ?? 'pve1',
    kind: index % 4 === 3 ? 'lxc' : 'qemu',
    memoryBytes: [1, 2, 4, 8][Math.floor(index / nodes) % 4]! * GiB,
    ...(index % 5 === 0 && index % 4 !== 3 ? { ha: {} } : {}),
  });
  return {
    ...threeNodes,
    nodes: Object.fromEntries(names.map((name) => [name, { ...one, memoryBytes: 256 * GiB }])),
    guests: Object.fromEntries(Array.from({ length: guests }, (_, index) => [100 + index, guest(index)])),
  };
}
