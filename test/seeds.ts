/**
 * `npm run seeds -- COUNT [--from N]`: so many seeds, from N on, on all cores. `npm run seeds -- --only N` runs one and prints its whole log.
 * `npm run seeds -- --only N --save FILE` writes it as a scenario, which `proxroll rehearse --scenario FILE` replays.
 * `--share I/N` does every Nth seed only, in this process.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runSeed, savedSeed } from '../src/sim/seeds.ts';
import { inShares, isOfShare, readShare, sharesOf } from './in-shares.ts';
import { seedText } from './seed-text.ts';
import { endingText } from './swept.ts';
import { proxroll } from './sim/rehearsed-agent.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: 'string', default: '1' },
    only: { type: 'string' },
    save: { type: 'string' },
    share: { type: 'string' },
  },
});

const from = Number(values.only ?? values.from);
const count = values.only === undefined ? Number(positionals[0] ?? '1000') : 1;
const share = readShare(values.share);

/** What came of one seed. */
interface Part {
  readonly end: string;
  readonly wrong: boolean;
}

if (
  !Number.isInteger(from) ||
  from < 1 ||
  !Number.isInteger(count) ||
  share === undefined ||
  (values.save !== undefined && values.only === undefined)
) {
  process.stderr.write(
    'usage: npm run seeds -- COUNT [--from N] [--share I/N], or npm run seeds -- --only N [--save FILE]; seeds and shares count from 1\n',
  );
  process.exitCode = 2;
} else if (values.save !== undefined) {
  writeFileSync(values.save, savedSeed(from), { flag: 'wx' });
  process.stdout.write(`seed ${from} is written to ${values.save}; replay it with: proxroll rehearse --scenario ${values.save}\n`);
} else if (process.send !== undefined) await runSeeds(process.send.bind(process));
else process.exitCode = (await runAndSum()) ? 0 : 1;

async function runAndSum(): Promise<boolean> {
  const startedMs = performance.now();
  const endings = new Map<string, number>();
  let failed = 0;
  let runs = 0;
  const add = ({ end, wrong }: Part): void => {
    runs++;
    endings.set(end, (endings.get(end) ?? 0) + 1);
    if (wrong) failed++;
  };
  const shares = values.only === undefined ? sharesOf(values.share) : 1;
  if (shares > 1) await inShares(import.meta.url, process.argv.slice(2), shares, add);
  else await runSeeds(add);
  const seconds = (performance.now() - startedMs) / 1000;
  for (const [end, times] of [...endings].sort((a, b) => b[1] - a[1])) process.stdout.write(`${`${times}`.padStart(7)} times ${end}\n`);
  process.stdout.write(`${runs} seeds, ${failed} wrong, ${seconds.toFixed(1)} s, ${(runs / seconds).toFixed(1)} a second\n`);
  return failed === 0;
}

/** Runs the seeds of this share, prints what went wrong, and tells what came of each. */
async function runSeeds(tell: (part: Part) => unknown): Promise<void> {
  for (let seed = from; seed < from + count; seed++) {
    if (share === undefined || !isOfShare(seed - from, share)) continue;
    const result = await runSeed(seed, proxroll);
    const wrong = result.wrong.length > 0;
    if (values.only !== undefined) process.stdout.write(`${result.rehearsal.log.join('\n')}\n`);
    if (wrong || values.only !== undefined) process.stdout.write(`${seedText(result)}\n`);
    tell({ end: endingText(result.rehearsal.ending), wrong });
  }
}
