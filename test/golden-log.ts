/**
 * The golden logs: `test/scenarios/<name>/scenario.yaml` is rehearsed with the product as the agent, and what is printed must be
 * `expected.log` to the byte. Whatever is wrong is told by the scenario's name, with the command that repeats it.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SpecProblem } from '../src/sim/located-yaml.ts';
import { rehearse } from '../src/sim/rehearse.ts';
import { readScenario } from '../src/sim/scenario.ts';
import type { Scenario } from '../src/sim/scenario.ts';
import { unifiedDiff } from './unified-diff.ts';
import { proxroll } from './sim/rehearsed-agent.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
export const scenariosFolder = join(root, 'test', 'scenarios');

export interface Golden {
  readonly name: string;
  /** What is wrong, a paragraph each; empty when all is as it should be. */
  readonly problems: readonly string[];
  /** What expected.log would have to say. */
  readonly log: string;
}

/** Every folder below `folder` by name. @returns also those that hold no scenario, for `runGolden` to complain about */
export function scenarioNames(folder = scenariosFolder): readonly string[] {
  return readdirSync(folder).sort();
}

/** The title of its test. @returns the name where there is nothing to read */
export function intentOf(name: string, folder = scenariosFolder): string {
  const scenario = readQuietly(name, folder);
  return typeof scenario === 'string' ? name : scenario.intent;
}

/** Never writes anything. */
export async function runGolden(name: string, folder = scenariosFolder): Promise<Golden> {
  const scenario = readQuietly(name, folder);
  if (typeof scenario === 'string') return { name, problems: [scenario], log: '' };
  const rehearsal = await rehearse(scenario, proxroll);
  const log = rehearsal.log.map((line) => `${line}\n`).join('');
  return { name, problems: [...strangers(name, folder), ...rehearsal.problems, ...differences(name, log, folder)], log };
}

/** @throws when the rehearsal itself was not as the scenario expects: a wrong log is no golden one */
export async function updateGolden(name: string, folder = scenariosFolder): Promise<'written' | 'unchanged'> {
  const { problems, log } = await runGolden(name, folder);
  const path = join(folder, name, 'expected.log');
  const wrong = problems.filter((problem) => !problem.startsWith('expected.log '));
  if (wrong.length > 0) throw new Error(`${name}: not written, because\n${wrong.join('\n')}`);
  if (existsSync(path) && readFileSync(path, 'utf8') === log) return 'unchanged';
  writeFileSync(path, log);
  return 'written';
}

/** How a person repeats it. */
export function commandFor(name: string): string {
  return `npm run golden -- ${name}`;
}

/** The scenario, or why there is none. */
function readQuietly(name: string, folder: string): Scenario | string {
  const path = join(folder, name, 'scenario.yaml');
  if (!existsSync(path)) return `${relative(root, join(folder, name))} has no scenario.yaml: nothing owns what lies there`;
  try {
    return readScenario(readFileSync(path, 'utf8'), relative(root, path));
  } catch (error) {
    if (!(error instanceof SpecProblem)) throw error;
    return error.message;
  }
}

/** Files that belong to nothing. */
function strangers(name: string, folder: string): string[] {
  return readdirSync(join(folder, name))
    .filter((file) => file !== 'scenario.yaml' && file !== 'expected.log')
    .map((file) => `${file} belongs to no scenario`);
}

function differences(name: string, log: string, folder: string): string[] {
  const path = join(folder, name, 'expected.log');
  if (!existsSync(path)) return [`expected.log is missing; read what the run prints, then: npm run golden -- --update ${name}`];
  const expected = readFileSync(path, 'utf8');
  if (expected === log) return [];
  const differing = [unifiedDiff(expected, log, withoutTime), onlyTimes(expected, log)].filter((text) => text !== '');
  return [`expected.log differs from what was printed:\n${differing.join('\n')}`];
}

/** A second more at the beginning moves every line after it; what was meant to be read are the lines that say something else. */
function withoutTime(line: string): string {
  return line.replace(/^T\+\d+:\d+:\d+/, '');
}

function onlyTimes(expected: string, log: string): string {
  const was = expected.split('\n');
  const is = log.split('\n');
  const first = was.findIndex((line, at) => line !== is[at]);
  if (withoutTime(was[first] ?? '') !== withoutTime(is[first] ?? '')) return '';
  return `the first difference, line ${first + 1}, is one of time:\n-${was[first] ?? ''}\n+${is[first] ?? ''}`;
}
