/** A run as its journal tells it, for the tests of everything that reads one. Times are seconds after 04:00:00 UTC. */
import type { Entry, RunEvent } from '../../src/model/event.ts';
import type { PackageSet } from '../../src/model/packages.ts';
import type { GuestWay, Plan, Track } from '../../src/model/plan.ts';
import { stepId, type Step, type StepKind } from '../../src/model/step.ts';
import { fold, type RunState } from '../../src/run/state.ts';

process.env['TZ'] = 'UTC';

export const beganAtMs = Date.UTC(2026, 10, 22, 4, 0, 0);

export function at(seconds: number): number {
  return beganAtMs + seconds * 1000;
}

export type Told = readonly [seconds: number, event: RunEvent];

export function entriesOf(told: readonly Told[]): readonly Entry[] {
  return told.map(([seconds, event], seq) => ({ v: 1, seq, at: at(seconds), event }));
}

export function stateOf(told: readonly Told[]): RunState {
  const state = fold(entriesOf(told));
  if (state === undefined) throw new Error('a story begins with run.began');
  return state;
}

const kernelWhy = 'kernel 6.14.8-pve is installed, 6.14.5-pve is running';

export const packages: PackageSet = {
  changes: [
    { name: 'proxmox-kernel-6.14.8-pve', to: '6.14.8-1', origin: 'Proxmox:trixie' },
    { name: 'openssl', from: '3.5.1-1', to: '3.5.1-1+deb13u1', origin: 'Debian-Security:13/stable-security' },
  ],
  removals: [],
  keptBack: [],
};

export function step(node: string, kind: StepKind): Step {
  const base = { id: stepId(node, kind), node, why: whys[kind] ?? 'return what we borrowed' };
  if (kind === 'upgrade') return { ...base, kind, set: packages };
  if (kind === 'rejoin') return { ...base, kind, before: { bootId: 'b1', failedUnits: [], activeServices: [], storages: [] } };
  if (kind === 'clean-up') return { ...base, kind, what: 'autoremove' };
  if (kind === 'try-kernel') return { ...base, kind, trial: { by: 'grub', kernel: '6.14.8-pve', before: '6.14.5-pve' } };
  if (kind === 'guard-on') return { ...base, kind, peers: ['pve2', 'pve3'] };
  return kind === 'reboot' ? { ...base, kind, expectedKernel: '6.14.8-pve' } : { ...base, kind };
}

const whys: Partial<Record<StepKind, string>> = {
  refresh: 'the lists must be newer than the run',
  fetch: 'all is downloaded before the first node is touched',
  'maintenance-on': 'the HA manager moves its guests away and leaves the node alone',
  drain: 'kernel 6.14.8-pve will be installed, 6.14.5-pve is running',
  upgrade: '2 packages pending',
  reboot: kernelWhy,
  rejoin: 'it must be whole before anything else happens',
};

export const beforeKinds = ['maintenance-on', 'drain', 'upgrade'] as const;
export const afterKinds = ['reboot', 'rejoin', 'maintenance-off', 'return'] as const;

const gib = 1024 ** 3;
const moving: readonly GuestWay[] = [
  { vmid: 101, title: 'vm 101 (db)', way: 'live-migration', memoryBytes: 16 * gib },
  { vmid: 102, title: 'vm 102 (mail)', way: 'ha-manager', memoryBytes: 7.5 * gib },
  { vmid: 200, title: 'ct 200 (web)', way: 'restart-migration', memoryBytes: gib / 2 },
];

export function track(node: string, more: Partial<Track> = {}): Track {
  return {
    node,
    steps: [...beforeKinds, ...afterKinds].map((kind) => step(node, kind)),
    set: packages,
    rebootReasons: ['kernel 6.14.8-pve will be installed, 6.14.5-pve is running'],
    drained: true,
    guests: [],
    ...more,
  };
}

export const plan: Plan = {
  takenAtMs: beganAtMs,
  tracks: [track('pve2', { guests: moving }), track('pve1', { note: 'last: it carries this agent' })],
  left: [{ subject: 'pve3', why: 'nothing pending, no reboot due' }],
};

export const began: Told = [
  0,
  { type: 'run.began', run: '20261122-0400-3fa9', node: 'pve1', bootId: 'b1', version: '0.1.0', cluster: 'homelab', only: [] },
];

function whole(node: string, kind: StepKind, from: number, to: number): readonly Told[] {
  const { id, why } = step(node, kind);
  return [
    [from, { type: 'step.started', step: id, why, remembered: {} }],
    [to, { type: 'step.done', step: id, how: 'ran', tookMs: (to - from) * 1000 }],
  ];
}

/** Up to the moment at which pve2 is asked to reboot. */
export const untilReboot: readonly Told[] = [
  began,
  [1, { type: 'plan.made', plan }],
  [10, { type: 'steps.planned', wave: 'before:pve2', steps: beforeKinds.map((kind) => step('pve2', kind)) }],
  [10, { type: 'loan.taken', loan: { kind: 'ha-maintenance', node: 'pve2' } }],
  ...whole('pve2', 'maintenance-on', 10, 20),
  [20, { type: 'step.started', step: 'pve/pve2/drain', why: 'kernel 6.14.8-pve will be installed, 6.14.5-pve is running', remembered: {} }],
  [20, { type: 'loan.taken', loan: { kind: 'guest-moved', vmid: 101, guest: 'qemu', title: 'vm 101 (db)', home: 'pve2', to: 'pve3' } }],
  [21, { type: 'guest.leaving', vmid: 101, kind: 'qemu', title: 'vm 101 (db)', from: 'pve2', to: 'pve3', how: 'live-migration' }],
  [51, { type: 'guest.arrived', vmid: 101, title: 'vm 101 (db)', on: 'pve3', tookMs: 30_000 }],
  [51, { type: 'guest.leaving', vmid: 200, kind: 'lxc', title: 'ct 200 (web)', from: 'pve2', to: 'pve1', how: 'restart-migration' }],
  [60, { type: 'guest.arrived', vmid: 200, title: 'ct 200 (web)', on: 'pve1', tookMs: 9000 }],
  [80, { type: 'step.done', step: 'pve/pve2/drain', how: 'ran', tookMs: 60_000 }],
  ...whole('pve2', 'upgrade', 80, 200),
  [200, { type: 'steps.planned', wave: 'after:pve2', steps: afterKinds.map((kind) => step('pve2', kind)) }],
  [200, { type: 'step.started', step: 'pve/pve2/reboot', why: kernelWhy, remembered: { bootId: 'b2' } }],
];

export const untilPaused: readonly Told[] = [
  ...untilReboot,
  [320, { type: 'step.done', step: 'pve/pve2/reboot', how: 'ran', tookMs: 120_000 }],
  [320, { type: 'step.started', step: 'pve/pve2/rejoin', why: 'it must be whole before anything else happens', remembered: {} }],
  [
    1520,
    {
      type: 'run.paused',
      step: 'pve/pve2/rejoin',
      code: 'rejoin.deadline',
      what: 'pve2 has not rejoined the cluster',
      seen: '2 of 3 members present after 20 min',
      next: 'look at the console of pve2, then: proxroll resume',
    },
  ],
];

export const untilFinished: readonly Told[] = [
  ...untilReboot,
  [320, { type: 'step.done', step: 'pve/pve2/reboot', how: 'ran', tookMs: 120_000 }],
  ...whole('pve2', 'rejoin', 320, 350),
  ...whole('pve2', 'maintenance-off', 350, 360),
  [360, { type: 'loan.returned', loan: { kind: 'ha-maintenance', node: 'pve2' } }],
  ...whole('pve2', 'return', 360, 400),
  [400, { type: 'loan.returned', loan: { kind: 'guest-moved', vmid: 101, guest: 'qemu', title: 'vm 101 (db)', home: 'pve2', to: 'pve3' } }],
  [400, { type: 'node.done', node: 'pve2', packages: 2, rebooted: true, left: [] }],
  [401, { type: 'warned', subject: 'pve1', what: 'postfix.service has failed since the upgrade', next: 'journalctl -u postfix on pve1' }],
  [
    402,
    {
      type: 'node.done',
      node: 'pve1',
      packages: 2,
      rebooted: false,
      left: ['a reboot is due and was left, because reboot is set to never'],
    },
  ],
  [403, { type: 'run.finished', patched: ['pve2', 'pve1'], left: ['pve3: nothing pending, no reboot due'] }],
];
