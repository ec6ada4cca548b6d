/**
 * `npm run planted`: plants bugs in the product, one after the other, and lists by which invariant each was caught.
 * `npm run planted -- NUMBER` takes those of one invariant and prints their logs too.
 */
import { invariants } from '../src/sim/invariants.ts';
import { plant, unproved } from './plant.ts';
import { plantedBugs } from './planted-bugs.ts';

const words = process.argv.slice(2);
const number = words[0] === undefined ? undefined : Number(words[0]);

if (words.length > 1 || (number !== undefined && !invariants.some((one) => one.number === number))) {
  process.stderr.write(`usage: npm run planted [-- NUMBER]; the invariants are 1 to ${invariants.length}\n`);
  process.exitCode = 2;
} else process.exitCode = (await plantAll(number)) ? 0 : 1;

async function plantAll(only: number | undefined): Promise<boolean> {
  const startedMs = performance.now();
  let planted = 0;
  let missed = unproved(plantedBugs).length;
  for (const { number, name } of invariants.filter((one) => only === undefined || one.number === only)) {
    process.stdout.write(`${number}. ${name}\n`);
    for (const bug of plantedBugs.filter(({ invariant }) => invariant === number)) {
      planted++;
      const { by, log } = await plant(bug);
      if (by === undefined) missed++;
      if (only !== undefined) process.stdout.write(`${log.join('\n')}\n`);
      process.stdout.write(
        by === undefined
          ? `   MISSED ${bug.bug}; again: npm run planted -- ${number}\n`
          : `   caught ${bug.bug}\n          ${by.replace(/^invariant \d+ \([^)]*\): /, '')}\n`,
      );
    }
    if (unproved(plantedBugs).includes(number)) process.stdout.write('   MISSED: nothing is planted for it\n');
  }
  process.stdout.write(`${planted} bugs planted, ${missed} missed, ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
  return missed === 0;
}
