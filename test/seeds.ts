/**
 * `npm run seeds -- COUNT [--from N]`: so many seeds, from N on. `npm run seeds -- --only N` runs one and prints its whole log.
 * `npm run seeds -- --only N --save FILE` writes it as a scenario, which `proxroll rehearse --scenario FILE` replays.
 * `--share I/N` does every Nth seed only, so that several processes can divide the work.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runSeed, savedSeed } from '../src/sim/seeds.ts';
import { seedText } from './seed-text.ts';
import { endingText } from './swept.ts';
import { proxroll } from './sim/rehearsed-agent.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: 'string', default: '1' },
    only: { type: 'string' },
    save: { type: 'string' },
    share: { type: 'string', default: '1/1' },
  },
});

const from = Number(values.only ?? values.from);
const count = values.only === undefined ? Number(positionals[0] ?? '1000') : 1;
const [mine = 1, of = 1] = values.share.split('/').map(Number);

if (!Number.isInteger(from) || from < 1 || !Number.isInteger(count) || (values.save !== undefined && values.only === undefined)) {
  process.stderr.write('usage: npm run seeds -- COUNT [--from N], or npm run seeds -- --only N [--save FILE]; seeds count from 1\n');
  process.exitCode = 2;
} else if (values.save !== undefined) {
  writeFileSync(values.save, savedSeed(from), { flag: 'wx' });
  process.stdout.write(`seed ${from} is written to ${values.save}; replay it with: proxroll rehearse --scenario ${values.save}\n`);
} else process.exitCode = (await runSeeds()) ? 0 : 1;

async function runSeeds(): Promise<boolean> {
  const startedMs = performance.now();
  const endings = new Map<string, number>();
  let failed = 0;
  let runs = 0;
  for (let seed = from; seed < from + count; seed++) {
    if ((seed - from) % of !== mine - 1) continue;
    const result = await runSeed(seed, proxroll);
    runs++;
    const end = endingText(result.rehearsal.ending);
    endings.set(end, (endings.get(end) ?? 0) + 1);
    if (values.only !== undefined) process.stdout.write(`${result.rehearsal.log.join('\n')}\n`);
    if (result.wrong.length === 0 && values.only === undefined) continue;
    if (result.wrong.length > 0) failed++;
    process.stdout.write(`${seedText(result)}\n`);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  for (const [end, times] of [...endings].sort((a, b) => b[1] - a[1])) process.stdout.write(`${`${times}`.padStart(7)} times ${end}\n`);
  process.stdout.write(`${runs} seeds, ${failed} wrong, ${seconds.toFixed(1)} s, ${(runs / seconds).toFixed(1)} a second\n`);
  return failed === 0;
}
