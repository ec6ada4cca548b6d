import assert from 'node:assert/strict';
import { test } from 'node:test';
import { haFacts, haManagerStatusQuery, haResourcesQuery, maintenanceCommand } from '../../src/clients/ha-manager.ts';
import { answerOf, recording } from '../recorded.ts';
import { assertUnparsable, parsed } from './said.ts';

const statusOf = (name: string) => haManagerStatusQuery.parse(answerOf(recording('pve-9.2', name)), 'pve1');
const resourcesOf = (name: string) => haResourcesQuery.parse(answerOf(recording('pve-9.2', name)), 'pve1');

test('HA that nobody uses is unused, although its manager answers', () =>
  assert.deepEqual(haFacts(statusOf('pvesh-ha-manager_status'), resourcesOf('pvesh-ha-resources-empty'), 1795255740), { kind: 'unused' }));

test('a node in maintenance shows request, state and the service it will get back', () => {
  const facts = haFacts(statusOf('ha-maint-t30-manager_status'), resourcesOf('ha-resources-108'), 1795255740);
  assert.deepEqual(facts, {
    kind: 'used',
    master: 'pve2',
    masterAgeS: 5,
    nodes: {
      pve1: { state: 'maintenance', maintenanceRequested: true, lrmMode: 'maintenance', lrmState: 'maintenance', lrmAgeS: 5 },
      pve2: { state: 'online', maintenanceRequested: false, lrmMode: 'active', lrmState: 'active', lrmAgeS: 13 },
    },
    services: [{ sid: 'vm:108', node: 'pve2', state: 'started', requested: 'started', maintenanceNode: 'pve1' }],
  });
});

test('the request is seen before the node is in maintenance', () => {
  const facts = haFacts(statusOf('ha-maint-t11-manager_status'), resourcesOf('ha-resources-108'), 1795255740);
  assert.ok(facts.kind === 'used');
  assert.deepEqual([facts.nodes['pve1']?.maintenanceRequested, facts.nodes['pve1']?.state], [true, 'online']);
});

test('a node left in maintenance keeps HA in view after its last resource is gone', () =>
  assert.equal(haFacts(statusOf('ha-maint-t30-manager_status'), [], 1795255740).kind, 'used'));

test('ignored resources alone do not put HA in use', () =>
  assert.equal(haFacts({}, parsed(haResourcesQuery, '[{"sid":"vm:1","state":"ignored","type":"vm"}]'), 0).kind, 'unused'));

test('a resource that the manager has not taken up yet is not settled', () => {
  const facts = haFacts({}, parsed(haResourcesQuery, '[{"sid":"ct:200"}]'), 100);
  assert.ok(facts.kind === 'used');
  assert.deepEqual(facts.services, [{ sid: 'ct:200', node: '', state: 'queued', requested: 'started' }]);
  assert.equal(facts.masterAgeS, undefined);
});

test('a fenced node and its service are told in the manager’s own words', () => {
  const facts = haFacts(statusOf('fence-t120-manager_status'), resourcesOf('ha-resources-108'), 1795256081);
  assert.ok(facts.kind === 'used');
  assert.deepEqual([facts.nodes['pve3']?.state, facts.nodes['pve3']?.lrmAgeS], ['fence', 122]);
  assert.deepEqual(
    facts.services.map((service) => [service.sid, service.node, service.state]),
    [['vm:108', 'pve3', 'fence']],
  );
});

test('an error state survives, and a service in motion names its target', () => {
  const facts = haFacts(statusOf('ha-103-manager_status'), [], 1795256502);
  assert.equal(facts.kind, 'unused');
  const moving = '{"manager_status":{"service_status":{"vm:1":{"node":"a","target":"b","state":"migrate"}}},"quorum":{"quorate":""}}';
  const used = haFacts(parsed(haManagerStatusQuery, moving), [{ sid: 'vm:1', requested: 'started' }], 0);
  assert.deepEqual(used.kind === 'used' && used.services, [
    { sid: 'vm:1', node: 'a', target: 'b', state: 'migrate', requested: 'started' },
  ]);
});

test('a service without a state is refused by its name', () =>
  assertUnparsable(() => parsed(haManagerStatusQuery, '{"manager_status":{"service_status":{"vm:1":{"node":"a"}}}}'), {
    command: 'pvesh get /cluster/ha/status/manager_status --output-format json',
    field: /^manager_status\.service_status\.vm:1\.state$/,
  }));

test('asking for maintenance is a change', () => {
  const { argv, effect } = maintenanceCommand('pve2', 'enable');
  assert.deepEqual([argv.join(' '), effect], ['ha-manager crm-command node-maintenance enable pve2', 'changes']);
});
