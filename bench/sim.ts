/** How many whole simulated runs of three nodes one core makes in a second: what sweeps and seeds live on. */
import { threeNodes } from '../src/sim/worlds.ts';
import { timed } from './child.ts';
import { atLeast, medianOf, type Bench, type Figure } from './figure.ts';
import { finishedRun } from './simulated-run.ts';

export const sim: Bench = {
  name: 'sim',
  about: 'whole simulated runs of three nodes a second on one core',
  measure: async (_args, size) => {
    const [warmUp, rounds, runs] = size === 'tiny' ? [0, 1, 1] : [100, 5, 40];
    let seed = 0;
    for (let run = 0; run < warmUp; run++) await finishedRun(threeNodes, seed++);
    const perSecond: number[] = [];
    let calls = 0;
    let virtualMs = 0;
    let cpuMs = 0;
    for (let round = 0; round < rounds; round++) {
      // CPU time, not the clock on the wall: others use this machine too, and the runs themselves never wait.
      const before = process.cpuUsage();
      for (let run = 0; run < runs; run++) {
        const made = await finishedRun(threeNodes, seed++);
        calls += made.calls.length;
        virtualMs += (made.journal.at(-1)?.at ?? 0) - (made.journal[0]?.at ?? 0);
      }
      const used = process.cpuUsage(before);
      const roundMs = (used.user + used.system) / 1000;
      cpuMs += roundMs;
      perSecond.push((runs * 1000) / roundMs);
    }
    const median = medianOf(perSecond);
    const whole = rounds * runs;
    const empty: number[] = [];
    for (let round = 0; round < rounds; round++) empty.push(await timed(['-e', '0']));
    const figures: Figure[] = [
      { what: 'runs a second of CPU, median of the rounds', measured: median.toFixed(0), budget: atLeast(median, 100, '100') },
      {
        what: 'the slowest and the fastest round',
        measured: `${Math.min(...perSecond).toFixed(0)} to ${Math.max(...perSecond).toFixed(0)}`,
      },
      // Tells a slow simulator from a slow machine.
      { what: 'one run, in starts of a Node that does nothing', measured: (1000 / median / medianOf(empty)).toFixed(2) },
      { what: 'calls across the shell in one run', measured: (calls / whole).toFixed(0) },
      { what: 'CPU time of one call and all that follows from it', measured: `${((cpuMs * 1000) / calls).toFixed(0)} µs` },
      { what: 'virtual time of one run', measured: `${(virtualMs / whole / 60_000).toFixed(1)} min` },
    ];
    return figures;
  },
};
