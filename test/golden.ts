/**
 * `npm run golden`: rehearses every scenario and compares its log. `npm run golden -- NAME...` takes only those, and
 * `npm run golden -- --update NAME...` rewrites their logs; nothing is ever rewritten unasked.
 */
import { commandFor, runGolden, scenarioNames, updateGolden } from './golden-log.ts';

const words = process.argv.slice(2);
const updating = words.includes('--update');
const named = words.filter((word) => word !== '--update');
const known = scenarioNames();
const unknown = named.filter((name) => !known.includes(name));

if (unknown.length > 0 || words.some((word) => word.startsWith('-') && word !== '--update')) {
  process.stderr.write(`there is no scenario ${unknown.join(', ')}; usage: npm run golden [-- [--update] NAME...]\n`);
  process.exitCode = 2;
} else if (updating && named.length === 0) {
  process.stderr.write('which ones? npm run golden -- --update NAME...\n');
  process.exitCode = 2;
} else process.exitCode = (await (updating ? updateAll(named) : runAll(named.length === 0 ? known : named))) ? 0 : 1;

async function runAll(names: readonly string[]): Promise<boolean> {
  const startedMs = performance.now();
  let failed = 0;
  for (const name of names) {
    const beganMs = performance.now();
    const { problems } = await runGolden(name);
    const tookMs = Math.round(performance.now() - beganMs);
    process.stdout.write(`${problems.length === 0 ? 'ok   ' : 'WRONG'} ${`${tookMs}`.padStart(5)} ms  ${name}\n`);
    if (problems.length === 0) continue;
    failed++;
    process.stdout.write(`${problems.map((problem) => problem.replace(/^/gm, '      ')).join('\n')}\n      again: ${commandFor(name)}\n`);
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${names.length} scenarios, ${failed} wrong, ${seconds} s\n`);
  return failed === 0;
}

async function updateAll(names: readonly string[]): Promise<boolean> {
  let failed = 0;
  for (const name of names) {
    try {
      process.stdout.write(`${await updateGolden(name)}  ${name}\n`);
    } catch (error) {
      failed++;
      process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n      look: ${commandFor(name)}\n`);
    }
  }
  return failed === 0;
}
