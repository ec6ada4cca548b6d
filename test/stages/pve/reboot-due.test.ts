/** Which reasons to reboot needrestart can take away, and which it cannot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestartFacts } from '../../../src/model/node.ts';
import { known, unknown, type Reading } from '../../../src/model/reading.ts';
import { dueRebootReasons, foreseenRebootReasons, rebootReasonsAfter } from '../../../src/stages/pve/reboot-due.ts';
import { hostFacts } from '../../builders.ts';

const says = (services: readonly string[], microcode: RestartFacts['microcode'] = 'unknown') => known({ services, microcode });
const libc = 'libc6 was installed after the last boot';
const cases: readonly (readonly [
  obligation: string,
  changed: readonly string[],
  restarts: Reading<RestartFacts> | undefined,
  reasons: readonly string[],
])[] = [
  ['without needrestart what was installed after the boot is a reason', ['libc6'], undefined, [libc]],
  ['an answer that could not be had takes nothing away', ['libc6'], unknown('it hung'), [libc]],
  ['libraries that nothing uses in their old version any more are no reason', ['dbus', 'libc6', 'systemd'], says([]), []],
  [
    'libraries that are still in use are a reason, with who uses them',
    ['libc6'],
    says(['a.service', 'b.service', 'c.service', 'd.service']),
    [libc, 'replaced libraries are still in use by a.service, b.service, c.service and 1 more'],
  ],
  ['microcode that is loaded already is no reason', ['intel-microcode'], says([], 'current'), []],
  ['microcode that waits is a reason', ['amd64-microcode'], says([], 'pending'), ['amd64-microcode was installed after the last boot']],
  ['microcode of which nothing is known is a reason', ['intel-microcode'], says([]), ['intel-microcode was installed after the last boot']],
  [
    'firmware is a reason whatever needrestart says',
    ['pve-firmware'],
    says([], 'current'),
    ['pve-firmware was installed after the last boot'],
  ],
];
for (const [obligation, changed, restarts, reasons] of cases)
  test(obligation, () => {
    const facts = hostFacts({ changedSinceBoot: known(changed), ...(restarts === undefined ? {} : { restarts }) });
    assert.deepEqual(dueRebootReasons(facts), reasons);
  });

test('after an upgrade, too, libraries that nothing uses in their old version are no reason, and a kernel stays one', () => {
  const change = { name: 'libc6:amd64', from: '2.41-11', to: '2.41-12', origin: '' };
  const installed = { changes: [change], removals: [], keptBack: [] };
  const facts = hostFacts({ changedSinceBoot: known(['libc6']) });
  assert.deepEqual(rebootReasonsAfter(facts, installed), ['libc6:amd64 2.41-11 → 2.41-12']);
  assert.deepEqual(rebootReasonsAfter({ ...facts, restarts: says([]) }, installed), []);
});

const kernels: readonly (readonly [
  obligation: string,
  running: string,
  expected: string,
  pinned: boolean,
  comes: string,
  reasons: readonly string[],
])[] = [
  [
    'a newer kernel must be foreseen as a reason',
    '6.8.12-9-pve',
    '6.8.12-9-pve',
    false,
    '6.8.12-10-pve',
    ['kernel 6.8.12-10-pve will be installed, 6.8.12-9-pve is running'],
  ],
  [
    'a kernel of an older series beside the one that runs must be no reason: it does not boot',
    '6.14.8-2-pve',
    '6.14.8-2-pve',
    false,
    '6.8.12-15-pve',
    [],
  ],
  [
    'a kernel that waits for a boot must stay a reason beside one of an older series',
    '6.14.8-1-pve',
    '6.14.8-2-pve',
    false,
    '6.8.12-15-pve',
    ['kernel 6.14.8-2-pve is installed, 6.14.8-1-pve is running'],
  ],
  [
    'beside a pin that is not booted yet the pin must be the reason',
    '6.14.8-1-pve',
    '6.8.12-9-pve',
    true,
    '6.14.8-2-pve',
    ['kernel 6.8.12-9-pve is pinned, 6.14.8-1-pve is running'],
  ],
];
for (const [obligation, running, expected, pinned, comes, reasons] of kernels)
  test(obligation, () => {
    const facts = hostFacts({ kernel: known({ running, expected, pinned, installed: [expected] }) });
    const change = { name: `proxmox-kernel-${comes}-signed`, to: comes.replace(/-pve$/, ''), origin: '' };
    assert.deepEqual(foreseenRebootReasons(facts, { changes: [change], removals: [], keptBack: [] }), reasons);
  });
