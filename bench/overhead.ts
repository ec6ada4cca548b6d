/** Wall time of a whole run against the real work in it (design: at most 3 % more, and under 5 s a node). */
import { fiveNodes, threeNodes } from '../src/sim/worlds.ts';
import type { WorldSpec } from '../src/sim/spec.ts';
import { atMost, medianOf, overText, secondsText, type Bench, type Figure } from './figure.ts';
import { coveredMs } from './intervals.ts';
import { labOverhead } from './lab-figures.ts';
import { clusterPace, realWork, timeByStep, wallOf } from './real-work.ts';
import { finishedRun } from './simulated-run.ts';

export const overhead: Bench = {
  name: 'overhead',
  about: 'wall time of a run against the real work in it; with a figures file of the lab as argument, that of its runs',
  measure: async ([figuresFile], size) => {
    if (figuresFile !== undefined) return labOverhead(figuresFile);
    const seeds = size === 'tiny' ? [0] : [0, 1, 2, 3, 4, 5, 6];
    const three = await simulatedOverhead('3 nodes, no HA', threeNodes, seeds);
    return size === 'tiny'
      ? three
      : [...three, ...(await simulatedOverhead('5 nodes, HA', fiveNodes, seeds, { guests: { by_vmid: { '111': 'shutdown' } } }))];
  },
};

interface Measured {
  readonly wallMs: number;
  readonly workMs: number;
  /** Work, and what the cluster makes everybody wait for. */
  readonly forcedMs: number;
  readonly nodes: number;
  readonly ours: ReturnType<typeof timeByStep>;
}

/** Virtual time: what counts is how often the agent asks and in which order it does things, not how fast this machine is. */
async function simulatedOverhead(title: string, spec: WorldSpec, seeds: readonly number[], keys: unknown = {}): Promise<readonly Figure[]> {
  const runs: Measured[] = [];
  for (const seed of seeds) {
    const run = await finishedRun(spec, seed, keys);
    const wall = wallOf(run.journal);
    const work = realWork(run.world);
    const pace = clusterPace(run);
    const nodes = run.journal.filter(({ event }) => event.type === 'node.done').length;
    runs.push({
      wallMs: wall.toMs - wall.fromMs,
      workMs: coveredMs(work),
      forcedMs: coveredMs([...work, ...pace]),
      nodes,
      ours: timeByStep(run.journal, [...work, ...pace]),
    });
  }
  const middle = (read: (run: Measured) => number) => medianOf(runs.map(read));
  const strict = middle(({ wallMs, workMs }) => wallMs / workMs);
  const lenient = middle(({ wallMs, forcedMs }) => wallMs / forcedMs);
  const perNodeMs = middle(({ wallMs, forcedMs, nodes }) => (wallMs - forcedMs) / nodes);
  const figures: Figure[] = [
    { what: `${title}: whole run, median of ${runs.length}`, measured: secondsText(middle(({ wallMs }) => wallMs)) },
    { what: `${title}: apt, moves and boots in it`, measured: secondsText(middle(({ workMs }) => workMs)) },
    { what: `${title}: run over apt, moves and boots`, measured: overText(strict, 1), budget: atMost(strict, 1.03, '+3 %') },
    {
      what: `${title}: the cluster's own pace (HA manager, first broadcast)`,
      measured: secondsText(middle(({ forcedMs, workMs }) => forcedMs - workMs)),
    },
    { what: `${title}: run over work and pace`, measured: overText(lenient, 1), budget: atMost(lenient, 1.03, '+3 %') },
    { what: `${title}: ours, a node`, measured: secondsText(perNodeMs), budget: atMost(perNodeMs, 5_000, '5 s') },
  ];
  const kinds = [...new Set(runs.flatMap(({ ours }) => ours.map(([kind]) => kind)))];
  const causes = kinds.map(
    (kind) => [kind, middle(({ ours, nodes }) => (ours.find(([other]) => other === kind)?.[1] ?? 0) / nodes)] as const,
  );
  const most = causes.filter(([, ms]) => ms >= 200).sort((a, b) => b[1] - a[1]);
  return [...figures, ...most.map(([kind, ms]) => ({ what: `${title}:   of it ${kind}`, measured: secondsText(ms) }))];
}
