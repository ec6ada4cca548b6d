/**
 * What is swept: four settled worlds in which all goes well, and every scenario of `test/scenarios` on top of what goes
 * wrong in it already. A place in the sweep is named by scenario, fault and count, and one command repeats it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stream } from '../src/sim/random.ts';
import type { Ending } from '../src/sim/rehearse.ts';
import { readScenario } from '../src/sim/scenario.ts';
import type { Scenario } from '../src/sim/scenario.ts';
import { sweepCases, sweepOne } from '../src/sim/sweep.ts';
import type { SweepCase, SweepResult } from '../src/sim/sweep.ts';
import { scenarioNames, scenariosFolder } from './golden-log.ts';
import { proxroll } from './sim/rehearsed-agent.ts';

export interface Swept {
  readonly name: string;
  readonly scenario: Scenario;
}

const patched = 'packages-pending: 0, reboots: 1, maintenance: false, up: true, member: true, whole: true';
const untouched = 'guests: { each: { running: true, interruptions: 0, at-home: true } }';
const settled: Readonly<Record<string, string>> = {
  'settled-three-nodes': `intent: Three nodes must be patched\nworld: three-nodes\nexpect: { run: finished, nodes: { each: { ${patched} } }, ${untouched} }`,
  // pve5 has nothing pending, and a guest that must not be moved is stopped with its owner's leave; containers move by a restart.
  'settled-five-nodes': `intent: Five nodes with HA must be patched\nworld: five-nodes\nconfig: { guests: { by_vmid: { '111': shutdown } } }
expect: { run: finished, nodes: { each: { packages-pending: 0, maintenance: false, up: true, member: true, whole: true } }, guests: { each: { running: true, at-home: true } } }`,
  'settled-lone-node': `intent: A lone node must be patched\nworld: lone-node\nconfig: { guests: { default: shutdown } }
expect: { run: finished, nodes: { each: { packages-pending: 0, reboots: 1, up: true, whole: true } }, guests: { each: { running: true, interruptions: 1, at-home: true } } }`,
  'settled-two-nodes': `intent: Two nodes that need no majority must be patched\nworld: two-nodes\nquorum: { two-node: true }\nexpect: { run: finished, nodes: { each: { ${patched} } }, ${untouched} }`,
};

/** The settled worlds first. */
export function sweptNames(): readonly string[] {
  return [...Object.keys(settled), ...scenarioNames().filter((name) => existsSync(join(scenariosFolder, name, 'scenario.yaml')))];
}

/** @throws SpecProblem for a scenario that cannot be read */
export function readSwept(name: string): Swept {
  const inline = settled[name];
  const path = join(scenariosFolder, name, 'scenario.yaml');
  return { name, scenario: inline === undefined ? readScenario(readFileSync(path, 'utf8'), name) : readScenario(inline, name) };
}

export interface SweepPlace extends SweepCase {
  readonly name: string;
  readonly scenario: Scenario;
}

/** Every place of this one, or those where something has just changed. */
export async function placesOf({ name, scenario }: Swept, among: 'all' | 'turns' = 'all'): Promise<readonly SweepPlace[]> {
  return (await sweepCases(scenario, proxroll, among)).map((place) => ({ name, scenario, ...place }));
}

export function strikeAt(place: SweepPlace): Promise<SweepResult> {
  return sweepOne(place.scenario, proxroll, place);
}

/** As many of the places as asked for, spread over all of them; another seed takes others. */
export function sampleOf<T>(places: readonly T[], size: number, seed: number): readonly T[] {
  if (size >= places.length) return places;
  const stream = new Stream(`sweep/${seed}`, false);
  const width = places.length / size;
  return Array.from({ length: size }, (_, at) => places[Math.floor((at + stream.next()) * width)]).flatMap((place) => place ?? []);
}

/** What went wrong at a place, with the command that repeats it. */
export function failureText(place: SweepPlace, { rehearsal, wrong }: SweepResult): string {
  const before = rehearsal.setbacks.map(endingText);
  return [
    `${place.name}: ${place.fault.title} at ${place.fault.counts === 'calls' ? 'call' : 'write'} ${place.count}`,
    ...wrong.map((text) => `  ${text}`),
    ...(before.length === 0 ? [] : [`  before that: ${before.join(', ')}`]),
    `  again: ${commandFor(place)}`,
  ].join('\n');
}

/** `paused (rejoin.deadline)`. */
export function endingText(ending: Ending): string {
  const why = 'why' in ending ? ending.why : ending.code;
  return why === undefined ? ending.kind : `${ending.kind} (${why})`;
}

export function commandFor({ name, fault, count }: SweepPlace): string {
  return `npm run sweep -- ${name} --fault '${fault.title}' --at ${count}`;
}
