/** Peak resident memory of a whole run in a process of its own, against that of a Node that does nothing. */
import { builtProgram } from './built.ts';
import { withPeak } from './child.ts';
import { atMost, mebibytesText, medianOf, type Bench, type Figure } from './figure.ts';
import { labMemory } from './lab-figures.ts';

export const memory: Bench = {
  name: 'memory',
  about: 'peak resident memory of a whole run; with a figures file of the lab as argument, that of the service there too',
  measure: async ([figuresFile], size) => {
    const rounds = size === 'tiny' ? 1 : 5;
    const peak = async (args: readonly string[]) => {
      const peaks = [];
      for (let round = 0; round < rounds; round++) peaks.push((await withPeak(args)).peakBytes);
      return medianOf(peaks);
    };
    const empty = await peak(['-e', '0']);
    // The simulated cluster lives in the same process: the service itself needs less of this, and its connections more.
    const run = await peak([...builtProgram(size), 'demo', '--speed', '0']);
    const figures: Figure[] = [
      { what: 'a Node that does nothing', measured: mebibytesText(empty) },
      {
        what: 'a whole run of five nodes, simulated cluster included',
        measured: `${mebibytesText(run)}, ${(run / empty).toFixed(2)} times`,
        budget: atMost(run, 80 * 1024 ** 2, '80 MiB'),
      },
    ];
    return figuresFile === undefined ? figures : [...figures, ...(await labMemory(figuresFile))];
  },
};
