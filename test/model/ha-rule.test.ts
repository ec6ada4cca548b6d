import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failsBack, managersWish, servicesOn, type HaRule } from '../../src/model/ha-rule.ts';
import type { HaServiceFacts, Snapshot } from '../../src/model/snapshot.ts';
import { known } from '../../src/model/reading.ts';
import { guest, ha, service, snapshot } from '../builders.ts';

const who = guest(101, { ha: { requested: 'started', crmState: 'started' } });
const here = (differs: Partial<HaServiceFacts> = {}) => service('vm:101', 'pve1', differs);

function site(rules: readonly HaRule[], services: readonly HaServiceFacts[] = [here()], state = 'online'): Snapshot {
  return snapshot({ ha: known({ ...ha(services, { pve1: {}, pve2: {}, pve3: { state } }), rules: known(rules) }) });
}

const rule = (more: Partial<Extract<HaRule, { kind: 'node-affinity' }>>): HaRule => ({
  kind: 'node-affinity',
  id: 'one',
  services: ['vm:101'],
  nodes: ['pve2'],
  strict: false,
  ...more,
});

const wishes: readonly (readonly [string, readonly HaRule[], Readonly<Record<string, number>>])[] = [
  ['without a rule every node is as good', [], { pve1: 0, pve2: 0, pve3: 0 }],
  ['what a rule names comes first, the others after it', [rule({})], { pve1: -1, pve2: 0, pve3: -1 }],
  ['a strict rule leaves no other', [rule({ strict: true })], { pve2: 0 }],
  ['priorities tell them apart', [rule({ nodes: ['pve2', 'pve3'], priorities: { pve2: 1, pve3: 2 } })], { pve1: -1, pve2: 1, pve3: 2 }],
  ['the rule of another service is none of its business', [rule({ services: ['vm:102'] })], { pve1: 0, pve2: 0, pve3: 0 }],
];
for (const [obligation, rules, wish] of wishes)
  test(`what the manager wants: ${obligation}`, () => assert.deepEqual(managersWish(who, site(rules)), wish));

test('what the manager wants: a node that is not online is no choice', () =>
  assert.deepEqual(managersWish(who, site([], [here()], 'maintenance')), { pve1: 0, pve2: 0 }));

test('services that count for a node run there or are on their way there', () => {
  const services = [
    here(),
    here({ sid: 'vm:102', node: 'pve2', target: 'pve1', state: 'migrate' }),
    here({ sid: 'vm:103', state: 'stopped', requested: 'stopped' }),
    here({ sid: 'vm:104', node: 'pve3' }),
  ];
  assert.deepEqual(servicesOn('pve1', site([], services)), ['vm:101', 'vm:102']);
});

test('a service comes back to its node unless it is told to stay', () =>
  assert.deepEqual([failsBack(who, site([])), failsBack(who, site([], [here({ failback: false })]))], [true, false]));
