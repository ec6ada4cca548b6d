/** How long a start of the built program takes, measured against a Node that does nothing, and how large the package is. */
import { builtProgram, bundleBytes, newestPackage } from './built.ts';
import { timed } from './child.ts';
import { atMost, mebibytesText, medianOf, type Bench, type Figure } from './figure.ts';

export const start: Bench = {
  name: 'start',
  about: 'start-up of the built program, and the size of the package',
  measure: async (_args, size) => {
    const program = builtProgram(size);
    const starts: readonly (readonly string[])[] = [
      ['-e', '0'],
      [...program, '--version'],
      [...program, '--help'],
      [...program, 'config', 'show'],
    ];
    const rounds = size === 'tiny' ? 1 : 21;
    const times = starts.map((): number[] => []);
    // In turns, so that whatever else the machine does falls on all of them.
    for (let round = 0; round < rounds; round++) for (const [at, args] of starts.entries()) times[at]?.push(await timed(args));
    const [empty = Number.NaN, ...ours] = times.map(medianOf);
    const names = ['proxroll --version', 'proxroll --help', 'proxroll config show'];
    const figures = ours.map((ms, at): Figure => {
      return {
        what: names[at] ?? '',
        // The promise is in milliseconds; the ratio tells how much of them is this machine's and not ours.
        measured: `${ms.toFixed(0)} ms, ${(ms / empty).toFixed(2)} times a Node that does nothing`,
        ...(at === 0 ? { budget: atMost(ms, 120, '120 ms') } : {}),
      };
    });
    const built = newestPackage();
    const bundle = bundleBytes();
    const sizes: Figure[] = [{ what: 'dist/program.mjs', measured: bundle === undefined ? 'not built here' : mebibytesText(bundle) }];
    sizes.push(
      built === undefined
        ? { what: 'package', measured: 'not built here' }
        : { what: built.name, measured: mebibytesText(built.bytes), budget: atMost(built.bytes, 1.5 * 1024 ** 2, '1.5 MiB') },
    );
    return [...figures, ...sizes];
  },
};
