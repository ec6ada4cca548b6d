import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterResourcesQuery, guestStatusOf } from '../../src/clients/cluster-resources.ts';
import { answerOf, recording } from '../recorded.ts';
import { assertUnparsable, parsed } from './said.ts';

const command = 'pvesh get /cluster/resources --output-format json';

function rowsOf(name: string): unknown[] {
  return JSON.parse(recording('pve-9.2', name).stdout) as unknown[];
}

test('guests, nodes and storages are told apart and sorted; what else there is does not disturb', () => {
  const { guests, nodes, storages } = clusterResourcesQuery.parse(answerOf(recording('pve-9.2', 'stale-10s-resources')), 'pve1');
  assert.deepEqual(
    guests.map((guest) => guest.vmid),
    [100, 101, 102, 103, 104, 105, 106],
  );
  assert.deepEqual(guests[0], {
    vmid: 100,
    kind: 'qemu',
    node: 'pve1',
    name: 'tiny100',
    status: 'running',
    maxMemoryBytes: 67108864,
    template: false,
    tags: ['bar', 'foo'],
    lock: 'migrate',
  });
  assert.deepEqual(
    nodes.map((node) => [node.name, node.status, node.memoryBytes === undefined]),
    [
      ['pve1', 'online', false],
      ['pve2', 'online', false],
      ['pve3', 'offline', true],
    ],
  );
  assert.deepEqual(storages[1], {
    node: 'pve1',
    storage: 'shared',
    plugin: 'dir',
    shared: true,
    available: true,
    content: ['backup', 'images', 'iso', 'rootdir', 'snippets', 'vztmpl'],
  });
});

for (const name of ['stale-10s-resources', 'pvesh-cluster-resources', 'partition-majority-resources'])
  test(`the order of the rows of ${name} does not matter`, () => {
    const rows = rowsOf(name);
    const expected = parsed(clusterResourcesQuery, JSON.stringify(rows));
    assert.deepEqual(parsed(clusterResourcesQuery, JSON.stringify([...rows].reverse())), expected);
    const middle = Math.floor(rows.length / 2);
    assert.deepEqual(parsed(clusterResourcesQuery, JSON.stringify([...rows.slice(middle), ...rows.slice(0, middle)])), expected);
  });

test('missing memory is unknown and not zero', () => {
  const { guests, nodes } = parsed(
    clusterResourcesQuery,
    '[{"type":"qemu","vmid":"7","node":"a"},{"type":"node","node":"a","maxmem":"10"}]',
  );
  assert.deepEqual(guests, [{ vmid: 7, kind: 'qemu', node: 'a', template: false, tags: [] }]);
  assert.deepEqual(nodes, [{ name: 'a', status: 'unknown', maxMemoryBytes: 10 }]);
});

for (const [written, template] of [
  ['1', true],
  ['"1"', true],
  ['true', true],
  ['0', false],
  ['"0"', false],
  ['""', false],
  ['false', false],
  ['null', false],
] as const)
  test(`a flag written as ${written} is ${template}`, () =>
    assert.equal(
      parsed(clusterResourcesQuery, `[{"type":"lxc","vmid":7,"node":"a","template":${written}}]`).guests[0]?.template,
      template,
    ));

test('a type that a later release adds is let through', () =>
  assert.deepEqual(parsed(clusterResourcesQuery, '[{"type":"hologram","id":1}]'), { guests: [], nodes: [], storages: [] }));

test('a row that does not fit is refused by its place and field', () => {
  assertUnparsable(() => parsed(clusterResourcesQuery, '[{"type":"node","node":"a"},{"type":"qemu","vmid":"many","node":"a"}]'), {
    command,
    field: /^\[1\]\.vmid$/,
  });
  assertUnparsable(() => parsed(clusterResourcesQuery, '[{"type":"qemu","vmid":1}]'), { command, field: /^\[0\]\.node$/ });
  assertUnparsable(() => parsed(clusterResourcesQuery, '[{"node":"a"}]'), { command, field: /^\[0\]\.type$/ });
  assertUnparsable(() => parsed(clusterResourcesQuery, '[{"type":"node","node":"a"'), { command, field: /^the JSON$/ });
});

test('the word of a guest whose node is silent tells nothing', () => {
  assert.equal(guestStatusOf('unknown').known, false);
  assert.equal(guestStatusOf(undefined).known, false);
  assert.deepEqual(guestStatusOf('paused'), { known: true, value: { kind: 'paused' } });
  assert.deepEqual(guestStatusOf('io-error'), { known: true, value: { kind: 'odd', word: 'io-error' } });
});
