/** Which kernel is tried, and what is planned for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostFacts } from '../../../src/model/node.ts';
import { known, unknown } from '../../../src/model/reading.ts';
import { kernelOutlook } from '../../../src/stages/pve/kernel-trial.ts';
import { stepsAfter } from '../../../src/stages/pve/node-steps.ts';
import { planTrack } from '../../../src/stages/pve/plan.ts';
import { config, emptySet, hostFacts, node, packageSet, snapshot } from '../../builders.ts';

const once = known({ can: true, by: 'grub' } as const);
const kernel = (running: string, expected: string, pinned = false, installed: readonly string[] = [running, expected]) =>
  known({ running, expected, pinned, installed });
const due = { bootOnce: once, kernel: kernel('6.14.8-2-pve', '6.17.2-1-pve') };
const coming = packageSet('proxmox-kernel-6.17.4-1-pve-signed');

const outlooks: readonly [obligation: string, facts: Partial<HostFacts>, set: typeof coming, says: string | RegExp | undefined][] = [
  ['a newer kernel that is installed is tried', due, emptySet, '6.17.2-1-pve, else 6.14.8-2-pve'],
  ['one that comes with the upgrade too', { bootOnce: once }, coming, '6.17.4-1-pve, else 6.14.8-2-pve'],
  ['the newer of both', due, coming, '6.17.4-1-pve, else 6.14.8-2-pve'],
  ['the kernel that runs is not tried', { bootOnce: once }, emptySet, undefined],
  ['an older one that comes beside it is none', { bootOnce: once }, packageSet('proxmox-kernel-6.8.12-1-pve-signed'), undefined],
  ['a pinned kernel is not tried', { ...due, kernel: kernel('6.14.8-2-pve', '6.17.2-1-pve', true) }, emptySet, /it is pinned/],
  ['a loader that cannot is not used', { ...due, bootOnce: known({ can: false, why: 'LVM' }) }, emptySet, /LVM/],
  ['a loader that nobody could ask is not used', { ...due, bootOnce: unknown('od failed') }, emptySet, /od failed/],
  [
    'without the kernel that runs there is no way back',
    { ...due, kernel: kernel('6.14.8-2-pve', '6.17.2-1-pve', false, ['6.17.2-1-pve']) },
    emptySet,
    /6\.14\.8-2-pve, which runs, is not installed any more/,
  ],
];
for (const [obligation, facts, set, says] of outlooks)
  test(obligation, () => {
    const outlook = kernelOutlook(hostFacts(facts), set);
    if (says === undefined) return assert.equal(outlook, undefined);
    if (typeof says === 'string')
      return assert.equal(outlook?.kind === 'trial' ? `${outlook.trial.kernel}, else ${outlook.trial.before}` : outlook?.why, says);
    return assert.match(outlook?.kind === 'no-trial' ? outlook.why : 'it is tried', says);
  });

const site = (facts: Partial<HostFacts>) => snapshot({ nodes: [node('pve1'), node('pve2', { facts }), node('pve3')] });
const kinds = (keys: object, facts: Partial<HostFacts> = due, reasons: readonly string[] = ['a kernel']) =>
  stepsAfter('pve2', site(facts), reasons, true, config(keys)).map(({ kind }) => kind);

test('a trial is set right before the reboot, and ends when the node is whole', () =>
  assert.deepEqual(kinds({ new_kernel: 'try' }), ['try-kernel', 'reboot', 'rejoin', 'keep-kernel', 'return']));

test('nothing is tried unless the configuration says so', () => assert.deepEqual(kinds({}), ['reboot', 'rejoin', 'return']));

test('a node that does not reboot, or boots the same kernel, tries nothing', () => {
  assert.deepEqual(kinds({ new_kernel: 'try' }, due, []), ['rejoin', 'return']);
  assert.deepEqual(kinds({ new_kernel: 'try-or-block' }, { bootOnce: once }), ['reboot', 'rejoin', 'return']);
});

test('the plan shows the trial of a kernel that is not installed yet', () => {
  const planned = planTrack('pve2', site({ bootOnce: once, pending: known(coming) }), config({ new_kernel: 'try' }));
  const steps = planned.kind === 'track' ? planned.track.steps : [];
  const trial = steps.find((step) => step.kind === 'try-kernel');
  assert.equal(trial?.why, '6.17.4-1-pve boots once, and a power cycle brings back 6.14.8-2-pve');
});
