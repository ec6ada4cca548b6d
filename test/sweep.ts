/**
 * `npm run sweep`: every fault at every place of everything that is swept, on all cores. `npm run sweep -- NAME... [--fault TITLE] [--at N]`
 * takes only those; `--sample N [--seed S]` takes so many places of each, `--turns` those where the world or the journal has
 * just changed (one in twelve); with `--fault` and `--at` its whole log is printed.
 * `--share I/N` does every Nth place only, in this process.
 */
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { sweepFaults } from '../src/sim/sweep.ts';
import { inShares, isOfShare, readShare, sharesOf } from './in-shares.ts';
import { endingText, failureText, placesOf, readSwept, sampleOf, strikeAt, sweptNames } from './swept.ts';
import type { Share } from './in-shares.ts';
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
    share: { type: 'string' },
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
const share = readShare(values.share);

/** What came of one scenario's places, as far as they were somebody's share. */
interface Part {
  readonly name: string;
  readonly places: number;
  readonly wrong: number;
  readonly seconds: number;
  /** How often it paused, and why. */
  readonly setbacks: Readonly<Record<string, number>>;
}

if (unknown.length > 0) refuse(`there is no scenario ${unknown.join(', ')}\n`);
else if (strange.length > 0) refuse(`there is no fault '${strange.join("', '")}'\n${usage}`);
else if (share === undefined) refuse(`--share takes I/N, with I from 1 to N\n${usage}`);
else if (process.send !== undefined) await sweepAll(share, process.send.bind(process));
else process.exitCode = (await sweepAndSum(share)) ? 0 : 1;

function refuse(why: string): void {
  process.stderr.write(why);
  process.exitCode = 2;
}

async function sweepAndSum(whole: Share): Promise<boolean> {
  const startedMs = performance.now();
  const parts = new Map<string, Part[]>();
  // One place shows its whole log, and is one run.
  const shares = values.at === undefined ? sharesOf(values.share) : 1;
  const all: Part[] = [];
  const add = (part: Part): void => {
    const sofar = [...(parts.get(part.name) ?? []), part];
    parts.set(part.name, sofar);
    if (sofar.length < shares) return;
    const sum = sofar.reduce(together);
    all.push(sum);
    process.stdout.write(sumText(sum));
  };
  if (shares > 1) await inShares(import.meta.url, process.argv.slice(2), shares, add);
  else await sweepAll(whole, add);
  const runs = all.reduce((sum, { places }) => sum + places, 0);
  const failed = all.reduce((sum, { wrong }) => sum + wrong, 0);
  process.stdout.write(`${runs} runs, ${failed} wrong, ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
  return failed === 0;
}

function together(a: Part, b: Part): Part {
  const setbacks = { ...a.setbacks };
  for (const [text, count] of Object.entries(b.setbacks)) setbacks[text] = (setbacks[text] ?? 0) + count;
  return { ...a, places: a.places + b.places, wrong: a.wrong + b.wrong, seconds: Math.max(a.seconds, b.seconds), setbacks };
}

function sumText({ name, places, wrong, seconds, setbacks }: Part): string {
  const lines = Object.entries(setbacks).map(([text, count]) => `      ${count} times ${text}\n`);
  return `${wrong === 0 ? 'ok   ' : 'WRONG'} ${name}: ${places} places, ${wrong} wrong, ${seconds.toFixed(1)} s\n${lines.join('')}`;
}

/** Strikes at the places of this share, prints what went wrong, and tells what came of each scenario. */
async function sweepAll(mine: Share, tell: (part: Part) => unknown): Promise<void> {
  for (const name of positionals.length === 0 ? names : positionals) {
    const beganMs = performance.now();
    const places = wanted(await placesOf(readSwept(name), values.turns ? 'turns' : 'all'), mine);
    const setbacks: Record<string, number> = {};
    let wrong = 0;
    for (const place of places) {
      const result = await strikeAt(place);
      for (const text of result.rehearsal.setbacks.map(endingText)) setbacks[text] = (setbacks[text] ?? 0) + 1;
      if (values.at !== undefined && places.length === 1) process.stdout.write(`${result.rehearsal.log.join('\n')}\n`);
      if (result.wrong.length === 0) continue;
      wrong++;
      process.stdout.write(`${failureText(place, result)}\n`);
    }
    tell({ name, places: places.length, wrong, seconds: (performance.now() - beganMs) / 1000, setbacks });
  }
}

function wanted(places: readonly SweepPlace[], mine: Share): readonly SweepPlace[] {
  const struck = places.filter(
    ({ fault, count }) => (values.fault?.includes(fault.title) ?? true) && (values.at === undefined || `${count}` === values.at),
  );
  const sampled = values.sample === undefined ? struck : sampleOf(struck, Number(values.sample), Number(values.seed));
  return sampled.filter((_place, index) => isOfShare(index, mine));
}
