/** Facts of whole nodes, from files, against the kernel that comes up next and why it is due. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueRebootReasons } from '../../src/stages/pve/reboot-due.ts';
import { kernelLayout, kernelLayoutNames } from '../recorded-kernels.ts';
import { config, hostFacts, node, packageSet, snapshot } from '../builders.ts';
import { known } from '../../src/model/reading.ts';
import { said } from '../run/checks/findings.ts';

/** `due` is the kernel's reason to reboot; `lacking` the EFI partitions that do not have it. */
type Expected =
  | { readonly boots: string; readonly due: boolean; readonly pinned: boolean; readonly lacking?: readonly string[] }
  | { readonly unknown: RegExp };
const layouts: Readonly<Record<string, Expected>> = {
  'pve8-debian-kernel-left-over': { boots: '6.8.12-15-pve', due: false, pinned: false },
  'pve8-esp-legacy-grub': { boots: '6.8.12-15-pve', due: true, pinned: false },
  'pve8-esp-one-is-gone': { boots: '6.8.12-8-pve', due: true, pinned: false, lacking: ['EEC8-2CDA'] },
  'pve8-esp-one-is-not-mounted': { boots: '6.8.12-1-pve', due: true, pinned: false, lacking: ['1FDE-91BC'] },
  'pve8-esp-uefi-boots-grub': { boots: '6.8.8-2-pve', due: false, pinned: false },
  'pve8-grub-own-build': { boots: '6.2.11-1-pve-relaxablermrr', due: true, pinned: false },
  'pve8-grub-pinned-to-the-oldest': { boots: '6.5.13-6-pve', due: false, pinned: true },
  'pve8-grub-new-kernel': { boots: '6.8.12-15-pve', due: true, pinned: false },
  'pve8-grub-opt-in-kernel': { boots: '6.14.11-4-bpo12-pve', due: true, pinned: false },
  'pve8-pin-of-a-removed-kernel': { unknown: /6\.5\.13-6-pve is pinned, but/ },
  'pve9-esp-new-kernel': { boots: '6.17.2-1-pve', due: true, pinned: false },
  'pve9-esp-next-boot': { boots: '6.14.11-4-pve', due: true, pinned: true },
  'pve9-esp-one-is-stale': { boots: '6.17.2-1-pve', due: true, pinned: false, lacking: ['E5F6-A7B8'] },
  'pve9-esp-pinned': { boots: '6.14.11-4-pve', due: false, pinned: true },
  'pve9-esp-uefi-and-grub': { boots: '6.17.2-1-pve', due: false, pinned: false },
  'pve9-grub-current': { boots: '6.14.11-4-pve', due: false, pinned: false },
  'pve9-grub-many-kernels': { boots: '6.17.13-1-pve', due: true, pinned: false },
  'pve9-grub-new-kernel': { boots: '6.14.11-4-pve', due: true, pinned: false },
  'pve9-grub-next-boot': { boots: '6.17.2-1-pve', due: true, pinned: true },
  'pve9-grub-pinned': { boots: '6.14.8-2-pve', due: false, pinned: true },
  'pve9-grub-pinned-and-next-boot': { boots: '7.0.0-1-pve', due: true, pinned: true },
};

test('every layout that lies there is judged', () => assert.deepEqual(kernelLayoutNames(), Object.keys(layouts).sort()));

for (const [name, expected] of Object.entries(layouts))
  test(`${name}: ${'unknown' in expected ? 'nobody can say what boots' : `boots ${expected.boots}, ${expected.due ? 'a reboot is due' : 'no reboot is due'}`}`, () => {
    const { kernel } = kernelLayout(name);
    if ('unknown' in expected) {
      assert.equal(kernel.known, false);
      assert.match(kernel.known ? '' : kernel.why, expected.unknown);
      return;
    }
    if (!kernel.known) return assert.fail(kernel.why);
    assert.deepEqual([kernel.value.expected, kernel.value.pinned], [expected.boots, expected.pinned]);
    const reasons = dueRebootReasons(hostFacts({ kernel }));
    assert.equal(reasons.length, expected.due ? 1 : 0, reasons.join('; '));
    assert.equal(kernel.value.loader?.kind, name.includes('-esp-') ? 'managed' : 'grub');
    const pending = known(packageSet('libc6'));
    const found = said('boot-loader', {
      snapshot: snapshot({ nodes: [node('pve1'), node('pve2', { facts: { kernel, pending } }), node('pve3')] }),
      config: config(),
    });
    assert.equal(found.length, expected.lacking === undefined ? 0 : 1);
    for (const uuid of expected.lacking ?? []) assert.match(found[0]?.seen ?? '', new RegExp(uuid));
  });
