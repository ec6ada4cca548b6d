import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunEvent } from '../../src/model/event.ts';
import { prioritised, transcriptLine, type Level } from '../../src/report/transcript.ts';
import { plan, stateOf, step, untilReboot } from './a-run.ts';

type Case<T extends RunEvent['type']> = readonly [event: Extract<RunEvent, { type: T }>, level: Level, text: string];

const moved = { kind: 'guest-moved', vmid: 101, guest: 'qemu', title: 'vm 101 (db)', home: 'pve2', to: 'pve3' } as const;

// One entry for each type, so that a new event does not compile before somebody has decided what it says.
const cases: { readonly [T in RunEvent['type']]: readonly Case<T>[] } = {
  'run.began': [
    [
      { type: 'run.began', run: '20261122-0400-3fa9', node: 'pve1', bootId: 'b', version: '0.1.0', cluster: 'homelab', only: [] },
      'info',
      'run 20261122-0400-3fa9 began on pve1 (cluster homelab, proxroll 0.1.0)',
    ],
    [
      {
        type: 'run.began',
        run: '20261122-0400-3fa9',
        node: 'pve1',
        bootId: 'b',
        version: '0.1.0',
        cluster: 'homelab',
        only: ['pve2', 'pve3'],
      },
      'info',
      'run 20261122-0400-3fa9 began on pve1 (cluster homelab, proxroll 0.1.0, only pve2, pve3)',
    ],
  ],
  'run.resumed': [
    [
      { type: 'run.resumed', node: 'pve1', bootId: 'b', version: '0.1.0' },
      'info',
      'run taken up again: 3 of 7 steps done, 1 in flight, on loan: pve2 maintenance, vm 101 (db) of pve2',
    ],
  ],
  'steps.planned': [
    [{ type: 'steps.planned', wave: 'fetch', steps: [step('pve1', 'fetch'), step('pve2', 'fetch')] }, 'info', 'fetch: pve1, pve2'],
    [
      { type: 'steps.planned', wave: 'before:pve2', steps: [step('pve2', 'drain'), step('pve2', 'upgrade')] },
      'info',
      'pve2, up to its upgrade: drain, upgrade',
    ],
    [{ type: 'steps.planned', wave: 'after:pve2', steps: [step('pve2', 'rejoin')] }, 'info', 'pve2, after its upgrade: rejoin'],
    [{ type: 'steps.planned', wave: 'balancer-off', steps: [] }, 'info', 'balancer-off: nothing to do'],
  ],
  'plan.made': [
    [{ type: 'plan.made', plan }, 'info', 'plan: pve2, then pve1; not planned: pve3 (nothing pending, no reboot due)'],
    [{ type: 'plan.made', plan: { ...plan, tracks: [], left: [] } }, 'info', 'plan: no node has anything to do'],
  ],
  'step.started': [
    [
      { type: 'step.started', step: 'pve/pve1/reboot', why: 'kernel 6.14.8 is installed, 6.14.5 is running', remembered: {} },
      'info',
      'pve/pve1/reboot: started (kernel 6.14.8 is installed, 6.14.5 is running)',
    ],
  ],
  'step.retried': [
    [
      { type: 'step.retried', step: 'pve/pve1/refresh', detail: 'apt is locked by process 4711' },
      'warning',
      'pve/pve1/refresh: trying again (apt is locked by process 4711)',
    ],
  ],
  'step.done': [
    [{ type: 'step.done', step: 'pve/pve1/rejoin', how: 'ran', tookMs: 10_000 }, 'info', 'pve/pve1/rejoin: done'],
    [{ type: 'step.done', step: 'pve/pve1/reboot', how: 'found-done', tookMs: 0 }, 'info', 'pve/pve1/reboot: found already done'],
    [
      { type: 'step.done', step: 'pve/pve1/upgrade', how: 'ran', tookMs: 10_000, detail: '12 packages' },
      'info',
      'pve/pve1/upgrade: done (12 packages)',
    ],
  ],
  'loan.taken': [[{ type: 'loan.taken', loan: moved }, 'info', 'on loan: vm 101 (db) of pve2']],
  'loan.returned': [
    [{ type: 'loan.returned', loan: { kind: 'noout', node: 'pve2' } }, 'info', 'returned: pve2 noout'],
    [
      { type: 'loan.returned', loan: moved, detail: 'somebody moved it home' },
      'info',
      'returned: vm 101 (db) of pve2 (somebody moved it home)',
    ],
  ],
  'guest.leaving': [
    [
      { type: 'guest.leaving', vmid: 101, kind: 'qemu', title: 'vm 101 (db)', from: 'pve2', to: 'pve3', how: 'live-migration' },
      'info',
      'vm 101 (db): leaves pve2 for pve3 (live migration)',
    ],
    [
      { type: 'guest.leaving', vmid: 200, kind: 'lxc', title: 'ct 200', from: 'pve2', to: 'pve3', how: 'restart-migration' },
      'info',
      'ct 200: leaves pve2 for pve3 (restart migration)',
    ],
    [
      { type: 'guest.leaving', vmid: 7, kind: 'qemu', title: 'vm 107', from: 'pve2', to: 'pve2', how: 'shutdown' },
      'info',
      'vm 107: is shut down on pve2',
    ],
    [
      { type: 'guest.leaving', vmid: 7, kind: 'qemu', title: 'vm 107', from: 'pve2', to: 'pve2', how: 'start' },
      'info',
      'vm 107: is started on pve2',
    ],
  ],
  'guest.arrived': [
    [
      { type: 'guest.arrived', vmid: 101, title: 'vm 101 (db)', on: 'pve3', tookMs: 72_000 },
      'info',
      'vm 101 (db): runs on pve3 after 1 min 12 s',
    ],
    [{ type: 'guest.arrived', vmid: 300, title: 'vm 300', on: 'pve2', tookMs: 5000 }, 'info', 'vm 300: is down on pve2 after 5 s'],
  ],
  'guest.stays': [
    [
      { type: 'guest.stays', vmid: 101, title: 'vm 101 (db)', on: 'pve2', detail: 'storage local-lvm is not shared' },
      'warning',
      'vm 101 (db): stays on pve2 (storage local-lvm is not shared)',
    ],
    [
      { type: 'guest.stays', vmid: 300, title: 'vm 300', on: 'pve2', detail: 'it ignores ACPI' },
      'warning',
      'vm 300: does not shut down on pve2 (it ignores ACPI)',
    ],
    [
      { type: 'guest.stays', vmid: 301, title: 'vm 301', on: 'pve2', detail: 'no disk' },
      'warning',
      'vm 301: does not start on pve2 (no disk)',
    ],
  ],
  'node.done': [
    [{ type: 'node.done', node: 'pve3', packages: 12, rebooted: true, left: [] }, 'info', 'pve3: whole again, 12 packages, rebooted'],
    [
      { type: 'node.done', node: 'pve2', packages: 12, rebooted: true, left: [] },
      'warning',
      'pve2: done, 12 packages, rebooted; not back: vm 101 (db)',
    ],
    [
      { type: 'node.done', node: 'pve3', packages: 1, rebooted: false, left: ['a reboot is due'] },
      'warning',
      'pve3: whole again, 1 package, not rebooted; left: a reboot is due',
    ],
    [
      { type: 'node.done', node: 'pve2', packages: 0, rebooted: false, left: ['held by /etc/proxroll/hold'] },
      'warning',
      'pve2: nothing done (held by /etc/proxroll/hold)',
    ],
  ],
  warned: [
    [
      { type: 'warned', subject: 'pve2', what: 'postfix has failed', next: 'journalctl -u postfix' },
      'warning',
      'pve2: postfix has failed; next: journalctl -u postfix',
    ],
    [{ type: 'warned', subject: 'pve2', what: 'postfix has failed', next: '' }, 'warning', 'pve2: postfix has failed'],
  ],
  'run.paused': [
    [
      {
        type: 'run.paused',
        step: 'pve/pve2/rejoin',
        code: 'rejoin.deadline',
        what: 'pve2 has not rejoined the cluster',
        seen: '2 of 3 members\nafter 20 min',
        next: 'look at its console, then: proxroll resume',
      },
      'err',
      'run paused at pve/pve2/rejoin [rejoin.deadline]: pve2 has not rejoined the cluster; seen: 2 of 3 members after 20 min; next: look at its console, then: proxroll resume',
    ],
    [
      { type: 'run.paused', code: 'asked', what: 'the run was asked to stop', seen: 'SIGTERM', next: 'proxroll resume' },
      'err',
      'run paused [asked]: the run was asked to stop; seen: SIGTERM; next: proxroll resume',
    ],
  ],
  'run.finished': [
    // Something is on loan still in this state.
    [{ type: 'run.finished', patched: ['pve2', 'pve1'], left: [] }, 'warning', 'run finished: patched pve2, pve1'],
    [
      { type: 'run.finished', patched: [], left: ['pve3: nothing pending'] },
      'warning',
      'run finished: nothing was patched; left: pve3: nothing pending',
    ],
  ],
  'run.abandoned': [
    [{ type: 'run.abandoned', outstanding: [] }, 'warning', 'run abandoned: nothing is on loan any more'],
    [
      { type: 'run.abandoned', outstanding: ['pve2 is in HA maintenance'] },
      'err',
      'run abandoned, to be put back by hand: pve2 is in HA maintenance',
    ],
  ],
};

const state = stateOf([
  ...untilReboot,
  [201, { type: 'guest.leaving', vmid: 300, kind: 'qemu', title: 'vm 300', from: 'pve2', to: 'pve2', how: 'shutdown' }],
  [201, { type: 'guest.leaving', vmid: 301, kind: 'qemu', title: 'vm 301', from: 'pve2', to: 'pve2', how: 'start' }],
]);
for (const [type, rows] of Object.entries(cases))
  for (const [event, level, text] of rows)
    test(`${type} must read: ${text}`, () => assert.deepEqual(transcriptLine(event, state), { level, text }));

const down = { vmid: 300, title: 'vm 300', on: 'pve3', planned: 'pve2', why: 'it does not run there; see: ha-manager status' };
const ends: readonly (readonly [level: Level, what: string, event: Extract<RunEvent, { type: 'run.finished' }>])[] = [
  ['info', 'only nodes are left', { type: 'run.finished', patched: [], left: ['pve3: nothing pending'] }],
  ['warning', 'a guest is down', { type: 'run.finished', patched: [], left: [], after: { elsewhere: [down], oldQemu: [] } }],
];
for (const [level, what, event] of ends)
  test(`the end of a run where ${what} must be of level ${level}`, () => {
    assert.equal(transcriptLine(event, stateOf(untilReboot.slice(0, 1))).level, level);
  });

test('what came from outside must not break the line or move the cursor', () => {
  const { text } = transcriptLine({ type: 'warned', subject: 'pve2', what: 'hold: \u001b[2Jgone\r\n<3>forged', next: '' }, state);
  assert.equal(text, 'pve2: hold:  [2Jgone <3>forged');
});

const priorities: readonly [Level, string][] = [
  ['err', '<3>text'],
  ['warning', '<4>text'],
  ['info', '<6>text'],
];
for (const [level, line] of priorities)
  test(`a line of level ${level} must carry the priority that systemd reads`, () =>
    assert.equal(prioritised({ level, text: 'text' }), line));
