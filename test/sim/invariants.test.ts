import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorldEvent } from '../../src/sim/facts.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { History, Journaled } from '../../src/sim/invariants/history.ts';
import { brokenInvariants } from '../../src/sim/invariants.ts';
import type { WorldSpec } from '../../src/sim/spec.ts';
import { fiveNodes, threeNodes } from '../../src/sim/worlds.ts';
import { aWorld } from './a-world.ts';
import type { TestWorld } from './a-world.ts';

type JournalEvent = History['journal'][number]['event'];

const started = (step: string): JournalEvent => ({ type: 'step.started', step, why: '', remembered: {} });
const reboot = (node: string, more: { votesLeft?: number; guests?: number[] } = {}): WorldEvent => ({
  type: 'node.asked-to-reboot',
  node,
  fallback: '6.14.11-4-pve',
  votesLeft: 2,
  needed: 2,
  guests: [],
  ...more,
});
const said: readonly JournalEvent[] = ['pve1', 'pve2', 'pve3'].flatMap((node) =>
  ['reboot', 'upgrade', 'maintenance-on'].map((what) => started(`pve/${node}/${what}`)),
);
const finished: JournalEvent = { type: 'run.finished', patched: ['pve1'], left: [] };

const planned = (kind: 'upgrade'): JournalEvent => ({
  type: 'steps.planned',
  wave: 'before:pve1',
  steps: [{ id: `pve/pve1/${kind}`, kind, node: 'pve1', why: '', set: { changes: [], removals: [], keptBack: [] } }],
});
const paused: JournalEvent = { type: 'run.paused', code: 'upgrade.deadline', what: '', seen: '', next: '' };
const began: JournalEvent = { type: 'run.began', run: 'r', node: 'pve1', bootId: 'b', version: '0', cluster: 'prod', only: [] };

interface Planted {
  readonly bug: string;
  readonly invariant: number;
  readonly events?: readonly WorldEvent[];
  readonly journal?: readonly JournalEvent[];
  readonly spec?: WorldSpec;
  readonly world?: (test: TestWorld) => void;
  readonly printed?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Who holds the lock at the first event. */
  readonly holder?: string;
  /** When an entry of the journal was written, in hours, by its index; 0 for the others. */
  readonly hours?: Readonly<Record<number, number>>;
  /** The entry that the disk never got. */
  readonly unwritten?: number;
  /** Nobody ended it before that. */
  readonly endHours?: number;
}

const planted: readonly Planted[] = [
  { bug: 'rebooting although the votes do not suffice', invariant: 1, events: [reboot('pve1', { votesLeft: 1 })] },
  { bug: 'rebooting a node with a guest on it', invariant: 2, events: [reboot('pve1', { guests: [101] })] },
  {
    bug: 'stopping a guest nobody allowed to stop',
    invariant: 2,
    events: [{ type: 'guest.stopped', vmid: 101, title: 'vm 101', node: 'pve1', why: 'it was asked to shut down' }],
  },
  { bug: 'rebooting the next node before the last is back', invariant: 3, events: [reboot('pve1'), reboot('pve2')] },
  {
    bug: 'putting a kernel on a node with guests',
    invariant: 4,
    events: [
      { type: 'apt.started', node: 'pve1', what: 'upgrade', guests: [101] },
      { type: 'package.changed', node: 'pve1', name: 'proxmox-kernel-6.17.4-2-pve-signed', to: '6.17.4-2' },
    ],
  },
  {
    bug: 'upgrading the HA manager under a guest of a cluster that uses it',
    invariant: 4,
    spec: fiveNodes,
    events: [
      { type: 'apt.started', node: 'pve1', what: 'upgrade', guests: [101] },
      { type: 'package.changed', node: 'pve1', name: 'pve-ha-manager', to: '5.0.8' },
    ],
  },
  { bug: 'rebooting before the journal says so', invariant: 5, events: [reboot('pve1')], journal: [] },
  { bug: 'telling what the disk never got', invariant: 5, unwritten: 0 },
  {
    bug: 'calling a node rebooted that never went down',
    invariant: 5,
    journal: [...said, { type: 'node.done', node: 'pve1', packages: 0, rebooted: true, left: [] }],
  },
  { bug: 'rebooting twice', invariant: 6, events: [reboot('pve1'), { type: 'node.rejoined', node: 'pve1' }, reboot('pve1')] },
  { bug: 'leaving a node in maintenance', invariant: 7, world: ({ world }) => (world.ha.node('pve2').requested = true) },
  { bug: 'leaving a guest stopped', invariant: 7, world: ({ world }) => (world.guest(101).status = 'stopped') },
  {
    bug: 'forgetting a loan',
    invariant: 7,
    journal: [
      ...said,
      { type: 'loan.taken', loan: { kind: 'ha-maintenance', node: 'pve1' } as Extract<JournalEvent, { type: 'loan.taken' }>['loan'] },
    ],
  },
  { bug: 'calling a node patched that is not', invariant: 8, journal: [...said, finished] },
  { bug: 'rebooting a node while another run holds the lock', invariant: 3, events: [reboot('pve1')], holder: 'pve2' },
  {
    bug: 'waiting for an upgrade for ever',
    invariant: 9,
    journal: [planned('upgrade'), started('pve/pve1/upgrade'), paused],
    hours: { 2: 3 },
  },
  {
    bug: 'waiting for an upgrade until nobody looks any more',
    invariant: 9,
    journal: [planned('upgrade'), started('pve/pve1/upgrade')],
    endHours: 24,
  },
  {
    bug: 'beginning a node after the window',
    invariant: 9,
    journal: [planned('upgrade')],
    config: { windows: ['mon 04:00-05:00'], time_zone: 'UTC' },
  },
  { bug: "beginning a node after the run's deadline", invariant: 9, journal: [began, planned('upgrade')], hours: { 1: 25 } },
  { bug: 'printing the subscription key', invariant: 10, printed: 'the key is pve2c-0123456789' },
  { bug: "printing a line of a guest's config", invariant: 10, printed: 'cannot make sense of cipassword: planted-cipassword-5e1d' },
  { bug: "printing a guest's notes", invariant: 10, printed: '#root password%3A planted-note-7f3a' },
];

function history(one: Omit<Planted, 'bug' | 'invariant'>): History {
  const {
    events = [],
    journal = said,
    spec = threeNodes,
    world: change,
    printed = '',
    config = {},
    holder = 'pve1',
    hours = {},
    unwritten,
    endHours = 0,
  } = one;
  const test = aWorld(spec);
  change?.(test);
  for (const event of events) test.world.log.tell(event);
  const startMs = test.clock.now();
  return {
    facts: test.world.log.entries,
    journal: journal.map((event, index): Journaled => {
      const atMs = startMs + (hours[index] ?? 0) * 3_600_000;
      return { at: 0, atMs, wallMs: atMs, by: 'pve1', event };
    }),
    holders: new Map(events.map((_event, index) => [index, holder])),
    world: test.world,
    atStart: { maintenance: [], noout: [] },
    finished: true,
    config: configSchema.parse(config),
    printed,
    endMs: startMs + endHours * 3_600_000,
    stuck: endHours > 0,
    startsMs: [startMs],
    onDisk: {
      by: 'pve1',
      text: journal
        .filter((_event, index) => index !== unwritten)
        .map((event) => JSON.stringify(event))
        .join('\n'),
    },
  };
}

for (const one of planted)
  test(`${one.bug} must break invariant ${one.invariant}`, () => {
    const broken = brokenInvariants(history(one));
    assert.equal(broken.length, 1, broken.join('\n'));
    assert.match(broken[0] ?? '', new RegExp(`^invariant ${one.invariant} `));
  });

test('a run in which all is well must break none', () => {
  const well: readonly WorldEvent[] = [
    reboot('pve1'),
    { type: 'node.rejoined', node: 'pve1' },
    reboot('pve2'),
    { type: 'node.rejoined', node: 'pve2' },
  ];
  assert.deepEqual(brokenInvariants(history({ events: well })), []);
});
