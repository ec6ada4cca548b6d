/**
 * `npm run sweep`: every fault at every place of everything that is swept. `npm run sweep -- NAME... [--fault TITLE] [--at N]`
 * takes only those; `--sample N [--seed S]` takes so many places of each; with one place its whole log is printed.
 * `--share I/N` does every Nth place only, so that several processes can divide the work.
 */
import { parseArgs } from 'node:util';
import { sweepFaults } from '../src/sim/sweep.ts';
import { endingText, failureText, placesOf, readSwept, sampleOf, strikeAt, sweptNames } from './swept.ts';
import type { SweepPlace } from './swept.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fault: { type: 'string' },
    at: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    share: { type: 'string', default: '1/1' },
  },
});

const names = sweptNames();
const unknown = positionals.filter((name) => !names.includes(name));
const faultKnown = values.fault === undefined || sweepFaults.some(({ title }) => title === values.fault);

if (unknown.length > 0 || !faultKnown) {
  process.stderr.write(
    unknown.length > 0
      ? `there is no scenario ${unknown.join(', ')}\n`
      : `there is no fault '${values.fault ?? ''}'; there are: ${sweepFaults.map(({ title }) => title).join('; ')}\n`,
  );
  process.exitCode = 2;
} else process.exitCode = (await sweepAll()) ? 0 : 1;

async function sweepAll(): Promise<boolean> {
  const startedMs = performance.now();
  let runs = 0;
  let failed = 0;
  for (const name of positionals.length === 0 ? names : positionals) {
    const beganMs = performance.now();
    const places = wanted(await placesOf(readSwept(name)));
    const setbacks = new Map<string, number>();
    let wrong = 0;
    for (const place of places) {
      const result = await strikeAt(place);
      runs++;
      for (const text of result.rehearsal.setbacks.map(endingText)) setbacks.set(text, (setbacks.get(text) ?? 0) + 1);
      if (places.length === 1) process.stdout.write(`${result.rehearsal.log.join('\n')}\n`);
      if (result.wrong.length === 0) continue;
      wrong++;
      process.stdout.write(`${failureText(place, result)}\n`);
    }
    failed += wrong;
    const seconds = ((performance.now() - beganMs) / 1000).toFixed(1);
    process.stdout.write(`${wrong === 0 ? 'ok   ' : 'WRONG'} ${name}: ${places.length} places, ${wrong} wrong, ${seconds} s\n`);
    for (const [text, count] of setbacks) process.stdout.write(`      ${count} times ${text}\n`);
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${runs} runs, ${failed} wrong, ${seconds} s\n`);
  return failed === 0;
}

function wanted(places: readonly SweepPlace[]): readonly SweepPlace[] {
  const asked = places.filter(
    ({ fault, count }) =>
      (values.fault === undefined || fault.title === values.fault) && (values.at === undefined || `${count}` === values.at),
  );
  const sampled = values.sample === undefined ? asked : sampleOf(asked, Number(values.sample), Number(values.seed));
  const [mine = 1, of = 1] = values.share.split('/').map(Number);
  return sampled.filter((_place, index) => index % of === mine - 1);
}
