/**
 * `npm run sweep`: every fault at every place of everything that is swept. `npm run sweep -- NAME... [--fault TITLE] [--at N]`
 * takes only those; `--sample N [--seed S]` takes so many places of each, `--turns` those where the world or the journal has
 * just changed (one in twelve); with one place its whole log is printed.
 * `--share I/N` does every Nth place only, so that several processes can divide the work.
 */
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { sweepFaults } from '../src/sim/sweep.ts';
import { endingText, failureText, placesOf, readSwept, sampleOf, strikeAt, sweptNames } from './swept.ts';
import type { SweepPlace } from './swept.ts';

const usage = `usage: npm run sweep -- [NAME...] [--fault TITLE]... [--at N] [--turns] [--sample N [--seed S]] [--share I/N]
faults: ${sweepFaults.map(({ title }) => title).join('; ')}
`;
const asked = {
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    fault: { type: 'string', multiple: true },
    turns: { type: 'boolean', default: false },
    at: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    share: { type: 'string', default: '1/1' },
  },
} as const satisfies ParseArgsConfig;

function readArguments() {
  try {
    return parseArgs(asked);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return process.exit(2);
  }
}

const { values, positionals } = readArguments();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}

const names = sweptNames();
const unknown = positionals.filter((name) => !names.includes(name));
const strange = (values.fault ?? []).filter((one) => sweepFaults.every(({ title }) => title !== one));

if (unknown.length > 0 || strange.length > 0) {
  process.stderr.write(
    unknown.length > 0 ? `there is no scenario ${unknown.join(', ')}\n` : `there is no fault '${strange.join("', '")}'\n${usage}`,
  );
  process.exitCode = 2;
} else process.exitCode = (await sweepAll()) ? 0 : 1;

async function sweepAll(): Promise<boolean> {
  const startedMs = performance.now();
  let runs = 0;
  let failed = 0;
  for (const name of positionals.length === 0 ? names : positionals) {
    const beganMs = performance.now();
    const places = wanted(await placesOf(readSwept(name), values.turns ? 'turns' : 'all'));
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
  const struck = places.filter(
    ({ fault, count }) => (values.fault?.includes(fault.title) ?? true) && (values.at === undefined || `${count}` === values.at),
  );
  const sampled = values.sample === undefined ? struck : sampleOf(struck, Number(values.sample), Number(values.seed));
  const [mine = 1, of = 1] = values.share.split('/').map(Number);
  return sampled.filter((_place, index) => index % of === mine - 1);
}
