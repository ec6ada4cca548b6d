/** Runs troubles one after the other or a few at once, each in a lab of its own, and adds up what held. */
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enter } from '../inside.ts';
import { createRun, removeRun } from '../lab-run.ts';
import { heading, section, seconds, table } from '../proof-text.ts';
import { exists } from '../tools.ts';
import { verdict } from '../verdict.ts';
import { proofNamed, proofs } from './proofs.ts';
import type { LabRun } from '../lab-run.ts';
import type { Verdict } from '../verdict.ts';

export interface TroubleRequest {
  readonly deb: string;
  /** Names of proofs; empty means all. */
  readonly only: readonly string[];
  readonly seed: number;
  /** How many labs at the same time. */
  readonly atOnce: number;
}

interface Proved {
  readonly name: string;
  readonly tookMs: number;
  readonly verdicts: readonly Verdict[];
}

/** Where the process inside leaves its verdicts for the one outside. */
const leftBehind = 'verdicts.json';

/** @returns names that no proof has */
export function unknownNames(only: readonly string[]): readonly string[] {
  return only.filter((name) => proofNamed(name) === undefined);
}

/** @returns the exit code */
export async function allTroubles(request: TroubleRequest, stop: AbortSignal): Promise<number> {
  const names = proofs.map(({ name }) => name).filter((name) => request.only.length === 0 || request.only.includes(name));
  const waiting = [...names];
  const proved: Proved[] = [];
  const beganMs = Date.now();
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined && !stop.aborted; name = waiting.shift())
      proved.push(await oneTrouble(name, request, stop, names.length > 1 && request.atOnce > 1));
  };
  await Promise.all(Array.from({ length: request.atOnce }, work));
  if (stop.aborted) return 130;
  report(
    names.flatMap((name) => proved.filter((each) => each.name === name)),
    Date.now() - beganMs,
  );
  return proved.every(({ verdicts }) => verdicts.every(({ held }) => held)) ? 0 : 1;
}

/** Inside the lab: carries out one proof and leaves its verdicts. @throws Error when it could not be carried out */
export async function proveHere(name: string, labRun: LabRun, deb: string, seed: number): Promise<readonly Verdict[]> {
  const proof = proofNamed(name);
  if (proof === undefined) throw new Error(`the lab has no trouble called ${name}`);
  heading(`trouble ${name}: ${proof.title}`);
  const prove = await proof.prove();
  const verdicts = await prove({ labRun, deb, seed });
  section(`obligations of ${name}`, lines(verdicts));
  await writeFile(join(labRun.folder, leftBehind), JSON.stringify(verdicts));
  return verdicts;
}

/** @param aside its output is shown when it is over, as others go on at the same time */
async function oneTrouble(name: string, { deb, seed }: TroubleRequest, stop: AbortSignal, aside: boolean): Promise<Proved> {
  const labRun = await createRun();
  const beganMs = Date.now();
  const screen = aside ? await open(join(labRun.folder, 'output'), 'w+') : undefined;
  try {
    const exitCode = await enter(labRun, ['trouble', deb, '--only', name, '--seed', String(seed)], stop, screen?.fd);
    if (screen !== undefined) process.stdout.write(await readFile(join(labRun.folder, 'output'), 'utf8'));
    return { name, tookMs: Date.now() - beganMs, verdicts: await verdictsOf(labRun, exitCode) };
  } finally {
    await screen?.close();
    await removeRun(labRun);
  }
}

async function verdictsOf(labRun: LabRun, exitCode: number): Promise<readonly Verdict[]> {
  const path = join(labRun.folder, leftBehind);
  if (await exists(path)) return JSON.parse(await readFile(path, 'utf8')) as Verdict[];
  return [verdict('it could be carried out', [`it broke off with exit code ${exitCode}`])];
}

/** Ends with the counts that build.sh adds up. */
function report(proved: readonly Proved[], tookMs: number): void {
  heading(`troubles, ${seconds(tookMs)} in all`);
  const held = (verdicts: readonly Verdict[]) => verdicts.filter((each) => each.held).length;
  console.log(
    table(
      ['trouble', 'time', 'obligations', 'held'],
      proved.map(({ name, tookMs: own, verdicts }) => [name, seconds(own), String(verdicts.length), String(held(verdicts))]),
    ),
  );
  const broken = proved.flatMap(({ name, verdicts }) =>
    verdicts.filter((each) => !each.held).map((each) => ({ ...each, obligation: `${name}: ${each.obligation}` })),
  );
  if (broken.length > 0) section('what did not hold', lines(broken));
  const all = proved.flatMap(({ verdicts }) => verdicts);
  console.log(`\n# pass ${held(all)}\n# fail ${all.length - held(all)}`);
}

function lines(verdicts: readonly Verdict[]): string {
  return verdicts.map(({ obligation, held, seen }) => `  ${held ? 'ok' : 'not ok'}  ${obligation}${held ? '' : `: ${seen}`}`).join('\n');
}
