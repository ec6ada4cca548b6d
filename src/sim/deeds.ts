/** The words of a scenario's `do:`: what goes wrong, and when. Each form of words is one fault of `faults.ts`. */
import { z } from 'zod';
import type { CallFault } from './call-faults.ts';
import { aptFaults, agentFaults, guestFaults, nodeFaults, personFaults } from './faults.ts';
import type { Fault } from './faults.ts';
import { size, span } from './located-yaml.ts';
import { readTrigger } from './trigger.ts';

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
      'joins-again',
    ]),
  }),
  z.strictObject({ ...timing, node: z.string(), 'returns-after': span }),
  z.strictObject({ ...timing, node: z.string(), 'returns-without-storage': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'returns-with-failed-unit': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'loses-storage': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'finds-storage': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'runs-full': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'is-cleared': z.string() }),
  z.strictObject({ ...timing, node: z.string(), link: z.enum(['cut', 'mended', 'flapping']) }),
  z.strictObject({ ...timing, qdevice: z.enum(['gone', 'back']) }),
]);

const aptDeed = z.union([
  z.strictObject({ ...timing, apt: z.literal('locked'), on: z.string(), for: span.optional() }),
  z.strictObject({
    ...timing,
    apt: z.enum(['half-configured', 'held-package', 'asks-about-conffile', 'failing-postinst', 'wants-to-remove']),
    on: z.string(),
    package: z.string(),
  }),
  z.strictObject({ ...timing, apt: z.literal('repository-broken'), on: z.string(), uri: z.string(), says: z.string().optional() }),
  z.strictObject({ ...timing, apt: z.literal('repository-mended'), on: z.string(), uri: z.string() }),
  z.strictObject({
    ...timing,
    apt: z.literal('repository-moves'),
    on: z.array(z.string()),
    packages: z.array(z.strictObject({ name: z.string(), to: z.string() })),
  }),
]);

const guestDeed = z.union([
  z.strictObject({ ...timing, guest: vmid, does: z.enum([
      'refuses-migration',
      'agrees-to-migrate',
      'ignores-shutdown',
      'is-deleted',
      'is-unlocked',
      'fails-in-ha',
      'recovers-in-ha',
    ]) }),
  z.strictObject({ ...timing, guest: vmid, 'is-moved-to': z.string() }),
  z.strictObject({ ...timing, guest: vmid, 'is-locked': z.string() }),
  z.strictObject({ ...timing, guest: vmid, 'appears-on': z.string(), memory: size.optional() }),
]);

const personDeed = z.union([
  z.strictObject({ ...timing, person: z.literal('starts-backup'), guest: vmid, takes: span }),
  z.strictObject({ ...timing, person: z.literal('stops-node'), node: z.string() }),
  z.strictObject({ ...timing, person: z.enum(['stops-guest', 'starts-guest']), guest: vmid }),
  z.strictObject({ ...timing, person: z.literal('holds'), node: z.string(), because: z.string() }),
  z.strictObject({ ...timing, person: z.enum(['lets-go', 'mends-dpkg', 'starts-another', 'puts-into-maintenance', 'refreshes-lists']), node: z.string() }),
  z.strictObject({ ...timing, person: z.literal('edits-config'), config: z.record(z.string(), z.unknown()) }),
  z.strictObject({ ...timing, person: z.enum(['pauses', 'stops', 'resumes', 'abandons', 'terminates']) }),
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
    complains: z.string().optional(),
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
    call: z.enum(['never', 'repeats']),
    host: z.string().optional(),
    command: z.string().optional(),
    times: z.number().int().min(1).optional(),
  }),
]);

export const deedWords = z.union([agentDeed, nodeDeed, aptDeed, guestDeed, personDeed, callDeed]);
export type DeedWords = z.infer<typeof deedWords>;

/** The fault that the words ask for. */
export function faultOf(words: DeedWords): Fault {
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
  if ('returns-with-failed-unit' in words) return nodeFaults.returnsWithFailedUnit(words.node, words['returns-with-failed-unit']);
  if ('loses-storage' in words) return nodeFaults.losesStorage(words.node, words['loses-storage']);
  if ('finds-storage' in words) return nodeFaults.findsStorage(words.node, words['finds-storage']);
  if ('runs-full' in words) return nodeFaults.runsFull(words.node, words['runs-full']);
  if ('is-cleared' in words) return nodeFaults.isCleared(words.node, words['is-cleared']);
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
    'joins-again': nodeFaults.joinsAgain,
  } as const;
  return faults[words.does](words.node);
}

function aptFault(words: Words<'apt'>): Fault {
  switch (words.apt) {
    case 'locked':
      return aptFaults.locked(words.on, words.for);
    case 'repository-broken':
      return aptFaults.brokenRepository(words.on, words.uri, words.says);
    case 'repository-mended':
      return aptFaults.mendedRepository(words.on, words.uri);
    case 'wants-to-remove':
      return aptFaults.wantsToRemove(words.on, words.package);
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
    'agrees-to-migrate': guestFaults.agreesToMigrate,
    'ignores-shutdown': guestFaults.ignoresShutdown,
    'is-deleted': guestFaults.isDeleted,
    'is-unlocked': guestFaults.isUnlocked,
    'fails-in-ha': guestFaults.failsInHa,
    'recovers-in-ha': guestFaults.recoversInHa,
  } as const;
  return faults[words.does](words.guest);
}

function personFault(words: Words<'person'>): Fault {
  switch (words.person) {
    case 'starts-backup':
      return personFaults.startsBackup(words.guest, words.takes);
    case 'stops-node':
      return personFaults.stopsNode(words.node);
    case 'stops-guest':
      return personFaults.stopsGuest(words.guest);
    case 'starts-guest':
      return personFaults.startsGuest(words.guest);
    case 'holds':
      return personFaults.holdsNode(words.node, words.because);
    case 'lets-go':
      return personFaults.releasesNode(words.node);
    case 'mends-dpkg':
      return aptFaults.mended(words.node);
    case 'refreshes-lists':
      return aptFaults.refreshed(words.node);
    case 'puts-into-maintenance':
      return personFaults.putsIntoMaintenance(words.node);
    case 'starts-another':
      return personFaults.acts({ kind: 'starts-another', node: words.node });
    case 'edits-config':
      return personFaults.acts({ kind: 'edits-config', config: words.config });
    case 'pauses':
    case 'stops':
    case 'resumes':
    case 'abandons':
    case 'terminates':
      return personFaults.acts({ kind: words.person });
    default: {
      const other: never = words;
      return other;
    }
  }
}

function callFault(words: Words<'call'>): Fault {
  const { host, command, times } = words;
  const where = {
    ...(host === undefined ? {} : { host }),
    ...(command === undefined ? {} : { command }),
    ...(times === undefined ? {} : { times }),
  };
  const how = { fails: 'fails', lies: 'lies', slow: 'is slow', never: 'never answers', repeats: 'repeats its last answer' }[words.call];
  const often = times === undefined || times === 1 ? '' : times > 1000 ? ', always' : `, ${times} times`;
  const title = `${command ?? 'the next call'}${host === undefined ? '' : ` on ${host}`} ${how}${often}`;
  const fault: CallFault = { title, ...where, does: callDoes(words) };
  return { title, strike: ({ calls }) => calls.arm(fault) };
}

function callDoes(words: Words<'call'>): CallFault['does'] {
  switch (words.call) {
    case 'fails':
      return { kind: 'fails', as: words.as, when: words['too-late'] === true ? 'after' : 'before' };
    case 'lies':
      return { kind: 'exits', exitCode: words.exit ?? 0, stdout: words.says, stderr: words.complains ?? '' };
    case 'slow':
      return { kind: 'slow', factor: words.factor };
    case 'never':
      return { kind: 'never' };
    case 'repeats':
      return { kind: 'repeats' };
    default: {
      const other: never = words;
      return other;
    }
  }
}
