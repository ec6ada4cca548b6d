/**
 * A scenario: a settled world with differences, what goes wrong in it and when, and what must be true in the end (house
 * style 3.2). An unknown word fails by its name with file and line.
 */
import { z } from 'zod';
import { deedWords } from './deed-words.ts';
import type { DeedWords } from './deed-words.ts';
import { faultOf } from './deeds.ts';
import type { Fault } from './faults/fault.ts';
import { SpecProblem, readYaml } from './located-yaml.ts';
import { withDifferences, worldParts } from './spec-file.ts';
import type { NodeSpec, WorldSpec } from './spec.ts';
import type { Trigger } from './trigger.ts';
import { swarmSpec } from './swarm.ts';
import type { Swarm } from './swarm.ts';
import { worlds } from './worlds.ts';

export interface Scenario {
  readonly file: string;
  /** One, phrased with *must*: the title of its test. */
  readonly intent: string;
  readonly world: WorldSpec;
  readonly ownNode: string;
  /** The nodes a person asked for (`proxroll run --node`); empty means all. */
  readonly only: readonly string[];
  /** `shown`: the plan of the beginning was shown and approved (`proxroll run --plan DIGEST`). */
  readonly approved?: 'shown';
  readonly seed: number;
  /** proxroll's configuration, as its file would say it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly do: readonly Deed[];
  /** Faults by chance besides, in two acts; drawn from `seed`. */
  readonly chance?: Swarm;
  readonly expect: Expectations;
}

export interface Deed {
  readonly when: Trigger;
  /** Strikes the how-manieth time, from 1. */
  readonly nth: number;
  readonly fault: Fault;
}

export type Expectations = z.infer<typeof expectations>;

const nodeState = z.strictObject({
  'packages-pending': z.number().int().optional(),
  reboots: z.number().int().optional(),
  maintenance: z.boolean().optional(),
  up: z.boolean().optional(),
  member: z.boolean().optional(),
  kernel: z.string().optional(),
  /** What it boots from now on, and whether anything is left for one boot only. */
  'default-kernel': z.string().optional(),
  'boots-once': z.string().optional(),
  whole: z.boolean().optional(),
});

const guestState = z.strictObject({
  running: z.boolean().optional(),
  interruptions: z.number().int().optional(),
  on: z.string().optional(),
  'at-home': z.boolean().optional(),
  lock: z.string().optional(),
});

const expectations = z.strictObject({
  /** `away`: its node does not come back, so nobody carries the run. */
  run: z.enum(['finished', 'paused', 'blocked', 'busy', 'abandoned', 'failed', 'away']),
  pause: z.string().optional(),
  nodes: z.record(z.string(), nodeState).optional(),
  guests: z.record(z.string(), guestState).optional(),
  noout: z.boolean().optional(),
});

const schema = z.strictObject({
  ...worldParts,
  intent: z.string().regex(/\bmust\b/, 'must say what must be'),
  world: z.string().refine((name) => worlds[name] !== undefined, { error: `must be one of ${Object.keys(worlds).join(', ')}` }),
  'own-node': z.string().optional(),
  /** Where something is pending; the others have nothing to do. All of the world's when missing. */
  due: z.array(z.string()).optional(),
  only: z.array(z.string()).default([]),
  approved: z.literal('shown').optional(),
  seed: z.number().int().min(0).default(0),
  config: z.record(z.string(), z.unknown()).default({}),
  do: z.array(deedWords).default([]),
  chance: swarmSpec.optional(),
  expect: expectations,
});

/** @throws SpecProblem naming file, line and word */
export function readScenario(text: string, file: string): Scenario {
  const {
    intent,
    world,
    seed,
    only,
    approved,
    config,
    expect,
    do: deeds,
    chance,
    due,
    'own-node': own,
    ...diff
  } = readYaml(text, file, schema);
  const spec = withDifferences(onlyDue(worlds[world] ?? { nodes: {} }, due), diff);
  const ownNode = own ?? Object.keys(spec.nodes)[0] ?? '';
  if (spec.nodes[ownNode] === undefined) throw new SpecProblem(`${file}: own-node: ${world} has no node ${ownNode}`);
  const problems = unknownNames(spec, [...only, ...(due ?? [])], deeds, expect);
  if (problems.length > 0) throw new SpecProblem(problems.map((problem) => `${file}: ${problem}`).join('\n'));
  const strikes = deeds.map((words): Deed => ({ when: words.when, nth: Number.parseInt(words.only ?? '1', 10), fault: faultOf(words) }));
  return {
    file,
    intent,
    world: spec,
    ownNode,
    only,
    seed,
    config,
    do: strikes,
    ...(chance === undefined ? {} : { chance }),
    ...(approved === undefined ? {} : { approved }),
    expect,
  };
}

function onlyDue(world: WorldSpec, due: readonly string[] | undefined): WorldSpec {
  if (due === undefined) return world;
  const nodes = Object.entries(world.nodes).map(([name, node]): [string, NodeSpec] => {
    const { pending: _pending, newKernel: _newKernel, ...settled } = node;
    return [name, due.includes(name) ? node : settled];
  });
  return { ...world, nodes: Object.fromEntries(nodes) };
}

/** Nodes and guests that are spoken of and are not there: an expectation about nobody would always hold. */
function unknownNames(
  spec: WorldSpec,
  named: readonly string[],
  deeds: readonly DeedWords[],
  { nodes = {}, guests = {} }: Expectations,
): string[] {
  const knownNodes = new Set(['each', ...Object.keys(spec.nodes)]);
  const appearing = deeds.flatMap((deed) => ('appears-on' in deed ? [`${deed.guest}`] : []));
  const knownGuests = new Set(['each', ...Object.keys(spec.guests ?? {}), ...appearing]);
  const spokenNodes = [...named, ...Object.keys(nodes), ...deeds.flatMap(nodesIn), ...Object.values(spec.guests ?? {}).map(({ on }) => on)];
  const spokenGuests = [...Object.keys(guests), ...deeds.flatMap((deed) => ('guest' in deed ? [`${deed.guest}`] : []))];
  return [
    ...[...new Set(spokenNodes)].filter((name) => !knownNodes.has(name)).map((name) => `this world has no node ${name}`),
    ...[...new Set(spokenGuests)].filter((vmid) => !knownGuests.has(vmid)).map((vmid) => `this world has no guest ${vmid}`),
  ];
}

function nodesIn(deed: DeedWords): readonly string[] {
  const words = deed as Readonly<Record<string, unknown>>;
  return ['node', 'on', 'host', 'is-moved-to', 'appears-on'].flatMap((word) => {
    const said = words[word];
    return typeof said === 'string' ? [said] : Array.isArray(said) ? said.map(String) : [];
  });
}
