/** The words of a scenario's `do:`: what goes wrong, and when. `deeds.ts` turns each form of words into its fault. */
import { z } from 'zod';
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
  z.strictObject({ ...timing, kill: z.literal('agent'), torn: z.boolean().optional(), 'restart-after': span.optional() }),
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
      'blocks-its-reboot',
      'lets-itself-reboot',
      'never-returns',
      'boots-old-kernel',
      'hangs-in-its-new-kernel',
      'boots-its-newest-kernel',
      'boots-the-kernel-before-and-keeps-it',
      'returns-without-cluster',
      'returns-without-its-osds',
      'returns-with-a-silent-lrm',
      'returns-with-a-degraded-pool',
      'returns-with-a-wrong-clock',
      'returns-without-its-guests',
      'refuses-login',
      'accepts-login',
      'joins-again',
    ]),
  }),
  z.strictObject({ ...timing, node: z.string(), 'returns-after': span }),
  z.strictObject({ ...timing, node: z.string(), 'returns-without-storage': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'returns-with-failed-unit': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'returns-without-link': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'returns-with-kernel-error': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'returns-without-corosync-link': z.number().int().min(0) }),
  z.strictObject({ ...timing, node: z.string(), 'loses-storage': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'finds-storage': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'runs-full': z.string() }),
  z.strictObject({ ...timing, node: z.string(), 'is-cleared': z.string() }),
  z.strictObject({ ...timing, node: z.string(), link: z.enum(['cut', 'mended', 'flapping']) }),
  z.strictObject({ ...timing, qdevice: z.enum(['gone', 'back']) }),
]);

const aptDeed = z.union([
  z.strictObject({ ...timing, apt: z.literal('locked'), on: z.string(), for: span.optional(), package: z.string().optional() }),
  z.strictObject({ ...timing, apt: z.enum(['lists-locked', 'archives-locked']), on: z.string(), for: span.optional() }),
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
  z.strictObject({
    ...timing,
    guest: vmid,
    does: z.enum([
      'refuses-migration',
      'agrees-to-migrate',
      'stays-paused-after-moving',
      'goes-on',
      'ignores-shutdown',
      'is-deleted',
      'is-unlocked',
      'fails-in-ha',
      'recovers-in-ha',
    ]),
  }),
  z.strictObject({ ...timing, guest: vmid, 'is-moved-to': z.string() }),
  z.strictObject({ ...timing, guest: vmid, 'is-locked': z.string() }),
  z.strictObject({ ...timing, guest: vmid, 'appears-on': z.string(), memory: size.optional() }),
]);

const personDeed = z.union([
  z.strictObject({ ...timing, person: z.literal('starts-backup'), guest: vmid, takes: span }),
  z.strictObject({ ...timing, person: z.literal('starts-server-task'), node: z.string(), task: z.string(), takes: span }),
  z.strictObject({ ...timing, person: z.literal('stops-node'), node: z.string() }),
  z.strictObject({ ...timing, person: z.enum(['stops-guest', 'starts-guest']), guest: vmid }),
  z.strictObject({ ...timing, person: z.literal('sets-crs'), to: z.string() }),
  z.strictObject({ ...timing, person: z.literal('holds'), node: z.string(), because: z.string() }),
  z.strictObject({
    ...timing,
    person: z.enum(['lets-go', 'mends-dpkg', 'starts-another', 'puts-into-maintenance', 'refreshes-lists']),
    node: z.string(),
  }),
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
