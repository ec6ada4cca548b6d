/** Memory moved over a whole run on clusters by chance, against what no plan can undercut, and against moving without a plan. */
import { lowerBoundBytes, withoutPlan } from '../src/model/moves/bounds.ts';
import type { MoveProblem } from '../src/model/moves/problem.ts';
import { planMoves } from '../src/model/moves/rotation.ts';
import { SeededRandom, type Stream } from '../src/sim/random.ts';
import { atMost, medianOf, type Bench, type Figure } from './figure.ts';
import { randomCluster } from './random-cluster.ts';

const sizes = [3, 5, 8, 16, 32];
const fills = [0.5, 0.65, 0.75];

export const moves: Bench = {
  name: 'moves',
  about: 'memory moved over a whole run in which guests rotate, against the least there can be; random clusters by nodes and filling',
  measure: (_args, size) => {
    const figures = (size === 'tiny' ? [3] : sizes).flatMap((nodes) =>
      fills.flatMap((filled) => row(nodes, filled, size === 'tiny' ? 5 : 200)),
    );
    return Promise.resolve(figures);
  },
};

interface Tally {
  readonly ours: number[];
  /** Against all memory once and that of the emptiest node again, which cannot always be kept to. */
  readonly oursSimply: number[];
  readonly naive: number[];
  impossible: number;
  notFound: number;
  naiveStrands: number;
  /** Of those, where a plan was found. */
  naiveStrandsInVain: number;
}

function row(nodeCount: number, filled: number, clusters: number): readonly Figure[] {
  const tally: Tally = { ours: [], oursSimply: [], naive: [], impossible: 0, notFound: 0, naiveStrands: 0, naiveStrandsInVain: 0 };
  const before = process.cpuUsage();
  for (let seed = 1; seed <= clusters; seed++) {
    const draw = new SeededRandom(seed).stream(`${nodeCount} nodes, ${filled}`);
    count(randomCluster(nodeCount, filled, draw), draw, tally);
  }
  const used = process.cpuUsage(before);
  const title = `${nodeCount} nodes, ${(filled * 100).toFixed(0)} %`;
  const { ours, naive } = tally;
  const cpu = `${((used.user + used.system) / 1000 / clusters).toFixed(1)} ms of CPU each`;
  return [
    {
      what: `${title}: planned`,
      measured: `${ours.length} of ${clusters}, ${tally.impossible} impossible, ${tally.notFound} not found; ${cpu}`,
      budget: atMost(tally.notFound, 0, '0 not found'),
    },
    ...(ours.length === 0
      ? []
      : [
          {
            what: `${title}: moved, median`,
            measured: ratioText(medianOf(ours)),
            budget: atMost(medianOf(ours), 1.03, '1.03 times the bound'),
          },
          {
            what: `${title}: moved, worst`,
            measured: ratioText(Math.max(...ours)),
            budget: atMost(Math.max(...ours), 1.1, '1.10 times the bound'),
          },
        ]),
    {
      what: `${title}: without a plan`,
      measured: `strands guests in ${tally.naiveStrands}, needlessly in ${tally.naiveStrandsInVain}; else ${naive.length === 0 ? 'nothing to compare' : `${ratioText(medianOf(naive))} median, ${ratioText(Math.max(...naive))} worst`}`,
    },
  ];
}

function count(cluster: MoveProblem, draw: Stream, tally: Tally): void {
  const plan = planMoves(cluster);
  if (plan.kind === 'planned') {
    tally.ours.push(plan.movedBytes / plan.boundBytes);
    tally.oursSimply.push(plan.movedBytes / simpleBound(cluster));
  } else if (plan.kind === 'impossible') tally.impossible += 1;
  else tally.notFound += 1;
  const shuffled = <T>(list: readonly T[]): readonly T[] =>
    list
      .map((item) => ({ item, at: draw.next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  const naive = withoutPlan(cluster, shuffled(cluster.turns), shuffled);
  if (naive.stranded.length === 0) tally.naive.push(naive.movedBytes / lowerBoundBytes(cluster));
  else {
    tally.naiveStrands += 1;
    if (plan.kind === 'planned') tally.naiveStrandsInVain += 1;
  }
}

function simpleBound({ nodes, guests }: MoveProblem): number {
  const loads = nodes.map((_, node) => guests.reduce((sum, guest) => sum + (guest.node === node ? guest.bytes : 0), 0));
  return loads.reduce((sum, load) => sum + load, 0) + Math.min(...loads);
}

function ratioText(ratio: number): string {
  return ratio.toFixed(3);
}
