import assert from 'node:assert/strict';
import { test } from 'node:test';
import { membersQuery, vmlistQuery } from '../../src/clients/pmxcfs.ts';
import { answerOf, recording } from '../recorded.ts';
import { assertUnparsable, parsed } from './said.ts';

test('a cluster names the own node and every member with id, address and presence', () => {
  assert.deepEqual(membersQuery.parse(answerOf(recording('pve-9.2', 'q-pve3off-members')), 'pve1'), {
    kind: 'cluster',
    ownNode: 'pve1',
    name: 'testclu',
    configVersion: 3,
    quorate: true,
    nodes: [
      { name: 'pve1', nodeId: 1, online: true, address: '10.99.0.11' },
      { name: 'pve2', nodeId: 2, online: true, address: '10.99.0.12' },
      { name: 'pve3', nodeId: 3, online: false, address: '10.99.0.13' },
    ],
  });
});

test('a cluster without quorum says so', () => {
  const members = membersQuery.parse(answerOf(recording('pve-9.2', 'q-noquorum-members')), 'pve1');
  assert.ok(members.kind === 'cluster' && !members.quorate);
});

test('a node without a cluster is a lone node', () =>
  assert.deepEqual(parsed(membersQuery, '{"nodename":"pve1","version":4}'), { kind: 'lone', ownNode: 'pve1' }));

test('a member that was never seen has no address', () => {
  const members = parsed(
    membersQuery,
    '{"nodename":"a","cluster":{"name":"c","version":"7","quorate":"1"},"nodelist":{"a":{"id":"1","online":1}}}',
  );
  assert.ok(members.kind === 'cluster');
  assert.deepEqual([members.configVersion, members.quorate, members.nodes], [7, true, [{ name: 'a', nodeId: 1, online: true }]]);
});

test('a cluster whose node list is missing is not a lone node but unparsable', () => {
  const command = 'cat /etc/pve/.members';
  assertUnparsable(() => parsed(membersQuery, '{"nodename":"a","cluster":{"name":"c","version":7,"quorate":1}}'), {
    command,
    field: /^nodelist/,
  });
  assertUnparsable(() => parsed(membersQuery, '{"nodename":"a","nodelist":{"a":{"id":1,"online":1}}}'), { command, field: /^cluster$/ });
  assertUnparsable(
    () => parsed(membersQuery, '{"nodename":"a","cluster":{"name":"c","version":7,"quorate":1},"nodelist":{"b":{"id":1,"online":1}}}'),
    {
      command,
      field: /^nodelist\.a$/,
    },
  );
});

test('every guest is listed with kind and owner, by vmid', () =>
  assert.deepEqual(
    parsed(
      vmlistQuery,
      '{"version":9,"ids":{"200":{"node":"pve1","type":"lxc","version":2},"101":{"node":"pve2","type":"qemu","version":3}}}',
    ),
    [
      { vmid: 101, kind: 'qemu', node: 'pve2' },
      { vmid: 200, kind: 'lxc', node: 'pve1' },
    ],
  ));

test('a cluster without guests has an empty list', () => assert.deepEqual(parsed(vmlistQuery, '{"version":1,"ids":{}}'), []));

test('a guest of a kind nobody knows is not left out in silence', () =>
  assertUnparsable(() => parsed(vmlistQuery, '{"ids":{"101":{"node":"pve1","type":"jail"}}}'), {
    command: 'cat /etc/pve/.vmlist',
    field: /^ids\.101\.type$/,
  }));
