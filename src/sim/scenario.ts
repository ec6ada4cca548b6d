/**
 * A scenario: a settled world with differences, what goes wrong in it and when, and what must be true in the end (house
 * style 3.2). An unknown word fails by its name with file and line.
 */
import { z } from 'zod';
import { aptFaults, agentFaults, guestFaults, nodeFaults, personFaults } from './faults.ts';
import type { CallFault, Fault } from './faults.ts';
import { SpecProblem, readYaml, size, span } from './located-yaml.ts';
import { withDifferences, worldParts } from './spec-file.ts';
import type { WorldSpec } from './spec.ts';
import { readTrigger } from './trigger.ts';
import type { Trigger } from './trigger.ts';
import { worlds } from './worlds.ts';

export interface Scenario {
  readonly file: string;
  /** One, phrased with *must*: the title of its test. */
  readonly intent: string;
  readonly world: WorldSpec;
  readonly ownNode: string;
  readonly seed: number;
  /** proxroll's configuration, as its file would say it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly do: readonly Deed[];
  readonly expect: Expectations;
}

export interface Deed {
  readonly when: Trigger;
  /** Strikes the how-manieth time, from 1. */
  readonly nth: number;
  readonly fault: Fault;
}

export type Expectations = z.infer<typeof expectations>;

const when = z.string().transform((text, context) => {
  const trigger = readTrigger(text);
  if (trigger !== undefined) return trigger;
  context.addIssue({ code: 'custom', message: `'${text}' is nothing that happens` });
  return z.NEVER;
});

const timing = {
  when,
  only: z
    .string()
    .regex(/^\d+(st|nd|rd|th)$/, 'must be a count such as 2nd')
    .optional(),
};
const vmid = z.number().int().min(100);
const failure = z.enum(['unreachable', 'host-key', 'login', 'no-answer']);

const agentDeed = z.union([
  z.strictObject({ ...timing, kill: z.literal('agent'), 'restart-after': span.optional() }),
  z.strictObject({ ...timing, disk: z.enum(['full', 'roomy']) }),
  z.strictObject({ ...timing, clock: z.literal('jumps'), by: span }),
]);

const nodeDeed = z.union([
  z.strictObject({
    ...timing,
    node: z.string(),
    does: z.enum([
      'down',
      'power-cycles',
      'switched-on',
      'hangs',
      'thaws',
      'never-returns',
      'boots-old-kernel',
      'returns-without-cluster',
      'refuses-login',
      'accepts-login',
    ]),
  }),
  z.strictObject({ ...timing, node: z.string(), 'returns-after': span }),
  z.strictObject({ ...timing, node: z.string(), 'returns-without-storage': z.string() }),
  z.strictObject({ ...timing, node: z.string(), link: z.enum(['cut', 'mended', 'flapping']) }),
  z.strictObject({ ...timing, qdevice: z.enum(['gone', 'back']) }),
]);

const aptDeed = z.union([
  z.strictObject({ ...timing, apt: z.literal('locked'), on: z.string(), for: span.optional() }),
  z.strictObject({
    ...timing,
    apt: z.enum(['half-configured', 'held-package', 'asks-about-conffile', 'failing-postinst']),
    on: z.string(),
    package: z.string(),
  }),
  z.strictObject({ ...timing, apt: z.literal('repository-broken'), on: z.string(), uri: z.string() }),
  z.strictObject({
    ...timing,
    apt: z.literal('repository-moves'),
    on: z.array(z.string()),
    packages: z.array(z.strictObject({ name: z.string(), to: z.string() })),
  }),
]);

const guestDeed = z.union([
  z.strictObject({ ...timing, guest: vmid, does: z.enum(['refuses-migration', 'ignores-shutdown', 'is-deleted', 'is-unlocked']) }),
  z.strictObject({ ...timing, guest: vmid, 'is-moved-to': z.string() }),
  z.strictObject({ ...timing, guest: vmid, 'is-locked': z.string() }),
  z.strictObject({ ...timing, guest: vmid, 'appears-on': z.string(), memory: size.optional() }),
]);

const personDeed = z.union([
  z.strictObject({ ...timing, person: z.literal('starts-backup'), guest: vmid, takes: span }),
  z.strictObject({ ...timing, person: z.literal('stops-node'), node: z.string() }),
  z.strictObject({ ...timing, person: z.enum(['pauses', 'resumes']) }),
]);

const callDeed = z.union([
  z.strictObject({
    ...timing,
    call: z.literal('fails'),
    as: failure,
    'too-late': z.boolean().optional(),
    host: z.string().optional(),
    command: z.string().optional(),
    times: z.number().int().min(1).optional(),
  }),
  z.strictObject({
    ...timing,
    call: z.literal('lies'),
    says: z.string(),
    exit: z.number().int().optional(),
    host: z.string().optional(),
    command: z.string().optional(),
    times: z.number().int().min(1).optional(),
  }),
  z.strictObject({
    ...timing,
    call: z.literal('slow'),
    factor: z.number().min(1),
    host: z.string().optional(),
    command: z.string().optional(),
    times: z.number().int().min(1).optional(),
  }),
  z.strictObject({
    ...timing,
    call: z.literal('never'),
    host: z.string().optional(),
    command: z.string().optional(),
    times: z.number().int().min(1).optional(),
  }),
]);

const nodeState = z.strictObject({
  'packages-pending': z.number().int().optional(),
  reboots: z.number().int().optional(),
  maintenance: z.boolean().optional(),
  up: z.boolean().optional(),
  member: z.boolean().optional(),
  kernel: z.string().optional(),
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
  run: z.enum(['finished', 'paused', 'blocked', 'busy']),
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
  seed: z.number().int().min(0).default(0),
  config: z.record(z.string(), z.unknown()).default({}),
  do: z.array(z.union([agentDeed, nodeDeed, aptDeed, guestDeed, personDeed, callDeed])).default([]),
  expect: expectations,
});

type DeedWords = z.infer<typeof schema>['do'][number];

/** @throws SpecProblem naming file, line and word */
export function readScenario(text: string, file: string): Scenario {
  const { intent, world, seed, config, expect, do: deeds, 'own-node': own, ...diff } = readYaml(text, file, schema);
  const spec = withDifferences(worlds[world] ?? { nodes: {} }, diff);
  const ownNode = own ?? Object.keys(spec.nodes)[0] ?? '';
  if (spec.nodes[ownNode] === undefined) throw new SpecProblem(`${file}: own-node: ${world} has no node ${ownNode}`);
  const strikes = deeds.map((words): Deed => ({ when: words.when, nth: Number.parseInt(words.only ?? '1', 10), fault: faultOf(words) }));
  return { file, intent, world: spec, ownNode, seed, config, do: strikes, expect };
}

function faultOf(words: DeedWords): Fault {
  if ('kill' in words) return agentFaults.kill(words['restart-after']);
  if ('disk' in words) return words.disk === 'full' ? agentFaults.diskFull() : agentFaults.diskRoomy();
  if ('clock' in words) return agentFaults.clockJumps(words.by);
  if ('qdevice' in words) return nodeFaults.qdevice(words.qdevice === 'back');
  if ('call' in words) return callFault(words);
  if ('person' in words) return personFault(words);
  if ('apt' in words) return aptFault(words);
  if ('guest' in words) return guestFault(words);
  return nodeFault(words);
}

type Words<Key extends string> = Extract<DeedWords, Record<Key, unknown>>;

function nodeFault(words: Exclude<Words<'node'>, { person: unknown }>): Fault {
  if ('returns-after' in words) return nodeFaults.returnsAfter(words.node, words['returns-after']);
  if ('returns-without-storage' in words) return nodeFaults.returnsWithoutStorage(words.node, words['returns-without-storage']);
  if ('link' in words) {
    if (words.link === 'flapping') return nodeFaults.flaps(words.node, 15_000, 4);
    return words.link === 'cut' ? nodeFaults.losesLink(words.node) : nodeFaults.getsLink(words.node);
  }
  const faults = {
    down: nodeFaults.goesDown,
    'power-cycles': nodeFaults.powerCycles,
    'switched-on': nodeFaults.isSwitchedOn,
    hangs: nodeFaults.hangs,
    thaws: nodeFaults.thaws,
    'never-returns': nodeFaults.neverReturns,
    'boots-old-kernel': nodeFaults.bootsOldKernel,
    'returns-without-cluster': nodeFaults.returnsWithoutCluster,
    'refuses-login': nodeFaults.refusesLogin,
    'accepts-login': nodeFaults.acceptsLogin,
  } as const;
  return faults[words.does](words.node);
}

function aptFault(words: Words<'apt'>): Fault {
  switch (words.apt) {
    case 'locked':
      return aptFaults.locked(words.on, words.for);
    case 'repository-broken':
      return aptFaults.brokenRepository(words.on, words.uri);
    case 'repository-moves':
      return aptFaults.published(words.on, words.packages);
    case 'half-configured':
      return aptFaults.halfConfigured(words.on, words.package);
    case 'held-package':
      return aptFaults.held(words.on, words.package);
    case 'asks-about-conffile':
      return aptFaults.asksAboutConffile(words.on, words.package);
    case 'failing-postinst':
      return aptFaults.failingPostinst(words.on, words.package);
    default: {
      const other: never = words;
      return other;
    }
  }
}

function guestFault(words: Exclude<Words<'guest'>, { person: unknown }>): Fault {
  if ('is-moved-to' in words) return guestFaults.isMoved(words.guest, words['is-moved-to']);
  if ('is-locked' in words) return guestFaults.isLocked(words.guest, words['is-locked']);
  if ('appears-on' in words)
    return guestFaults.appears(words.guest, {
      on: words['appears-on'],
      ...(words.memory === undefined ? {} : { memoryBytes: words.memory }),
    });
  const faults = {
    'refuses-migration': (id: number) => guestFaults.refusesMigration(id),
    'ignores-shutdown': guestFaults.ignoresShutdown,
    'is-deleted': guestFaults.isDeleted,
    'is-unlocked': guestFaults.isUnlocked,
  } as const;
  return faults[words.does](words.guest);
}

function personFault(words: Words<'person'>): Fault {
  if (words.person === 'starts-backup') return personFaults.startsBackup(words.guest, words.takes);
  if (words.person === 'stops-node') return personFaults.stopsNode(words.node);
  return personFaults.acts(words.person === 'pauses' ? 'pause' : 'resume');
}

function callFault(words: Words<'call'>): Fault {
  const { host, command, times } = words;
  const where = {
    ...(host === undefined ? {} : { host }),
    ...(command === undefined ? {} : { command }),
    ...(times === undefined ? {} : { times }),
  };
  const fault: CallFault = { ...where, does: callDoes(words) };
  const title = `${command ?? 'the next call'}${host === undefined ? '' : ` to ${host}`} ${words.call === 'lies' ? 'lies' : words.call === 'never' ? 'never answers' : words.call}`;
  return { title, strike: ({ calls }) => calls.arm(fault) };
}

function callDoes(words: Words<'call'>): CallFault['does'] {
  switch (words.call) {
    case 'fails':
      return { kind: 'fails', as: words.as, when: words['too-late'] === true ? 'after' : 'before' };
    case 'lies':
      return { kind: 'exits', exitCode: words.exit ?? 0, stdout: words.says, stderr: '' };
    case 'slow':
      return { kind: 'slow', factor: words.factor };
    case 'never':
      return { kind: 'never' };
    default: {
      const other: never = words;
      return other;
    }
  }
}
