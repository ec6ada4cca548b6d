import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forbiddenRemovals, surprisingRemovals } from '../../src/model/removals.ts';
import { emptySet } from '../builders.ts';

const forbidden = [
  'proxmox-ve',
  'pve-manager',
  'qemu-server',
  'pve-container',
  'pve-cluster',
  'pve-ha-manager',
  'corosync',
  'ceph-osd',
  'proxroll',
  'proxmox-kernel-6.14.8-2-pve-signed',
  'pve-kernel-6.14.8-2-pve',
];
for (const name of forbidden)
  test(`${name} must not be removed`, () =>
    assert.deepEqual(forbiddenRemovals({ ...emptySet, removals: ['libfoo1', name] }, '6.14.8-2-pve'), [name]));

for (const name of ['libfoo1', 'proxmox-kernel-6.8.12-1-pve-signed', 'python3-ceph-argparse'])
  test(`${name} may be removed`, () => assert.deepEqual(forbiddenRemovals({ ...emptySet, removals: [name] }, '6.14.8-2-pve'), []));

test('where the running kernel is unknown, the rest of the list still counts', () =>
  assert.deepEqual(forbiddenRemovals({ ...emptySet, removals: ['corosync', 'proxmox-kernel-6.14.8-2-pve-signed'] }, undefined), [
    'corosync',
  ]));

const surprising: readonly (readonly [name: string, allowed: readonly string[], surprises: boolean])[] = [
  ['libfoo1', [], true],
  ['libfoo1', ['libfoo*'], false],
  ['proxmox-kernel-6.8.12-1-pve-signed', [], false],
  ['proxmox-kernel-helper', [], true],
  ['pve-kernel-helper', [], true],
];
for (const [name, allowed, surprises] of surprising)
  test(`the removal of ${name} must ${surprises ? '' : 'not '}be asked about${allowed.length === 0 ? '' : ` where ${allowed.join()} is allowed`}`, () =>
    assert.deepEqual(surprisingRemovals({ ...emptySet, removals: [name] }, '6.14.8-2-pve', allowed), surprises ? [name] : []));
