/** CPU time of sweeps and seeds: how many runs with a fault a core makes in a second, and how long all of them would take. */
import { runSeed } from '../src/sim/seeds.ts';
import { placesOf, readSwept, sampleOf, strikeAt, sweptNames } from '../test/swept.ts';
import { proxroll } from '../test/sim/rehearsed-agent.ts';
import type { Bench, Figure } from './figure.ts';

export const sweep: Bench = {
  name: 'sweep',
  about: 'CPU time of the sweep of every scenario and of seeds, from a sample of each',
  measure: async (_args, size) => {
    const [names, perName, seeds] = size === 'tiny' ? [['settled-lone-node'], 1, 1] : [sweptNames(), 3, 200];
    let places = 0;
    const sampled = [];
    for (const name of names) {
      const all = await placesOf(readSwept(name));
      places += all.length;
      sampled.push(...sampleOf(all, perName, 1).map((place) => ({ place, stands: all.length / Math.min(perName, all.length) })));
    }
    // Scenarios differ in how long a run of theirs is and in how many places they have, so each sample counts for what it stands for.
    let wholeMs = 0;
    for (const { place, stands } of sampled) wholeMs += (await cpuMs(() => strikeAt(place))) * stands;
    let seedsMs = 0;
    for (let seed = 1; seed <= seeds; seed++) seedsMs += await cpuMs(() => runSeed(seed, proxroll));
    const figures: Figure[] = [
      { what: 'places in the sweep of everything', measured: places.toLocaleString('en') },
      { what: 'one place, on average', measured: `${(wholeMs / places).toFixed(1)} ms of CPU` },
      { what: 'all of them', measured: `${(wholeMs / 60_000).toFixed(1)} min of CPU` },
      { what: 'one seed', measured: `${(seedsMs / seeds).toFixed(1)} ms of CPU` },
      { what: '10,000 seeds', measured: `${((seedsMs / seeds) * (10_000 / 60_000)).toFixed(1)} min of CPU` },
    ];
    return figures;
  },
};

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1000;
}
