import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanUpOf, isExactly } from '../../src/model/clean-up.ts';
import { emptySet } from '../../src/model/packages.ts';

const unused = (...removals: readonly string[]) => ({ ...emptySet, removals });
const kernels = ['6.17.4-2-pve', '6.14.11-4-pve'];

const cases: readonly (readonly [obligation: string, unused: readonly string[], removes: readonly string[]])[] = [
  ['what nobody needs goes', ['liblzo2-2', 'libfoo:i386'], ['liblzo2-2', 'libfoo:i386']],
  ['the kernel that runs stays', ['proxmox-kernel-6.17.4-2-pve-signed', 'liblzo2-2'], ['liblzo2-2']],
  ['the kernel before stays, and its headers with it', ['proxmox-kernel-6.14.11-4-pve', 'proxmox-headers-6.14.11-4-pve'], []],
  [
    'a kernel that is neither goes',
    ['pve-kernel-5.15.158-2-pve', 'proxmox-kernel-6.14.5-1-pve-signed'],
    ['pve-kernel-5.15.158-2-pve', 'proxmox-kernel-6.14.5-1-pve-signed'],
  ],
  ['what a node cannot be without stays, whatever apt says', ['proxmox-ve', 'pve-manager', 'ceph-osd', 'corosync', 'proxroll'], []],
];
for (const [obligation, names, removes] of cases)
  test(obligation, () => {
    const found = cleanUpOf(unused(...names), kernels);
    assert.deepEqual(found.removes, removes);
    assert.deepEqual([...found.removes, ...found.keeps].sort(), [...names].sort());
  });

test('a removal that takes more along, or installs something, is not exactly what was meant', () => {
  assert.equal(isExactly(unused('a', 'b'), ['b', 'a']), true);
  assert.equal(isExactly(unused('a', 'b'), ['a']), false);
  assert.equal(isExactly(unused('a'), ['a', 'b']), false);
  assert.equal(isExactly({ ...unused('a'), changes: [{ name: 'c', to: '1', origin: '' }] }, ['a']), false);
});
