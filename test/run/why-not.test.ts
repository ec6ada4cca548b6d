import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gib } from '../../src/model/bytes.ts';
import { known } from '../../src/model/reading.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { check } from '../../src/run/preflight.ts';
import { whyNot, type WhyNot } from '../../src/run/why-not.ts';
import { makePlan } from '../../src/stages/pve/plan.ts';
import { config, guest, node, packageSet, snapshot } from '../builders.ts';
import { three } from './checks/findings.ts';

function asked(on: string | undefined, seen: Snapshot, keys: unknown = {}): readonly WhyNot[] | undefined {
  const policy = config(keys);
  return whyNot(on, { snapshot: seen, findings: check(seen, policy, { when: 'start' }), plan: makePlan(seen, policy, []) }, policy);
}

const crowded = snapshot({
  nodes: three(),
  guests: [guest(101, { memoryBytes: known(48 * gib) }), guest(102, { node: 'pve2', memoryBytes: known(4 * gib) })],
});

test('where memory is missing, the smallest change that helps must be named: how much on which node, or which guest', () => {
  const [reason, ...more] = asked('pve1', crowded) ?? [];
  assert.deepEqual(more, []);
  assert.equal(reason?.subject, 'pve1');
  assert.match(reason.why, /guests of pve1 do not fit/);
  assert.equal(reason.lift, 'free 3 GiB on pve2, or allow vm 101 to be stopped (guests.by_vmid.101: shutdown)');
  assert.deepEqual(asked('101', crowded), [reason]);
});

test('what is named must indeed be enough', () => {
  assert.equal(makePlan(crowded, config({ guests: { by_vmid: { 101: 'shutdown' } } }), []).moves?.kind, 'planned');
});

test('a guest that is tied to its node must be told why, and what would free it', () => {
  const tied = snapshot({ nodes: three(), guests: [guest(101, { configFacts: { pinnedBy: ['hostpci0'] } })] });
  const [reason] = asked('101', tied) ?? [];
  assert.match(reason?.why ?? '', /vm 101 cannot leave pve1 \(.*hostpci0/);
  assert.match(reason?.lift ?? '', /guests\.by_vmid\.101: shutdown/);
});

test('a guest whose policy keeps it must be told so', () => {
  const [reason] = asked('101', snapshot({ nodes: three() }), { guests: { by_vmid: { 101: 'shutdown' } } }) ?? [];
  assert.deepEqual(reason, { subject: 'vm 101', why: 'its policy is shutdown', lift: 'guests.by_vmid.101: migrate' });
});

test('a node that is left out must be told why, and a node with nothing to do needs no lift', () => {
  const some = snapshot({ nodes: [node('pve1', { facts: { pending: known(packageSet('libc6')) } }), node('pve2'), node('pve3')] });
  assert.deepEqual(asked('pve1', some, { excluded_nodes: ['pve1'] }), [
    { subject: 'pve1', why: 'excluded by excluded_nodes', lift: 'take pve1 out of excluded_nodes' },
  ]);
  assert.deepEqual(asked('pve2', some), [{ subject: 'pve2', why: 'nothing pending, no reboot due', lift: '' }]);
  assert.deepEqual(asked('102', some), [
    { subject: 'vm 102', why: 'it stays, because nothing is done to pve2: nothing pending, no reboot due', lift: '' },
  ]);
});

test('what does not exist must not be answered', () => {
  assert.equal(asked('pve9', crowded), undefined);
  assert.equal(asked('999', crowded), undefined);
});
