import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import { parseQuorum, quorumFacts, quorumQuery } from '../../src/clients/quorum.ts';
import { answerOf, recording } from '../recorded.ts';
import { assertUnparsable, parsed, source } from './said.ts';

/** As facts 2.1 show it; the recordings have no quorum device. */
const withDevice = `Quorum information
------------------
Date:             Mon Sep 22 10:00:00 2025
Quorum provider:  corosync_votequorum
Nodes:            3
Node ID:          1
Ring ID:          1.2f
Quorate:          Yes

Votequorum information
----------------------
Expected votes:   5
Highest expected: 5
Total votes:      5
Quorum:           3
Flags:            Quorate Qdevice

Membership information
----------------------
    Nodeid      Votes    Qdevice Name
         3          1    A,V,NMW pve3
         1          1    A,V,NMW pve1 (local)
         2          1    A,V,NMW pve2
         0          2            Qdevice
`;

const twoNode = withDevice
  .replace('Nodes:            3', 'Nodes:            1')
  .replace(/Expected votes:.*/, 'Expected votes:   2')
  .replace(/Total votes:.*/, 'Total votes:      1')
  .replace(/Quorum: .*/, 'Quorum:           1')
  .replace(/Flags:.*/, 'Flags:            2Node Quorate WaitForAll')
  .replace(/ {4}Nodeid[^]*/, '    Nodeid      Votes Name\n         1          1 pve1 (local)\n');

const none = { kind: 'none' } as const;
const connected = { kind: 'configured', state: 'Connected' } as const;

test('a healthy cluster is read with votes, threshold and members', () =>
  assert.deepEqual(quorumQuery.parse(answerOf(recording('pve-9.2', 'corosync-quorumtool-s-3nodes')), 'pve2'), {
    quorate: true,
    expectedVotes: 3,
    totalVotes: 3,
    threshold: 2,
    flags: ['Quorate'],
    members: [
      { nodeId: 1, votes: 1, name: 'pve1', local: false },
      { nodeId: 2, votes: 1, name: 'pve2', local: true },
      { nodeId: 3, votes: 1, name: 'pve3', local: false },
    ],
  }));

test('exit code 2 is the full answer of a node without quorum', () => {
  const status = quorumQuery.parse(answerOf(recording('pve-9.2', 'q-noquorum-quorumtool-s')), 'pve1');
  assert.deepEqual([status.quorate, status.expectedVotes, status.totalVotes, status.threshold, status.flags], [false, 3, 1, 2, []]);
});

test('a node whose corosync does not run gives no answer', () =>
  assert.throws(() => quorumQuery.parse(answerOf(recording('pve-9.2', 'corostop-pve2-own-quorumtool')), 'pve2'), CommandFailed));

test('the hexadecimal form means the same', () => {
  const status = quorumQuery.parse(answerOf(recording('pve-9.2', 'pvecm-status-3nodes')), 'pve1');
  assert.deepEqual(
    status.members.map((member) => member.nodeId),
    [1, 2, 3],
  );
});

test('a two-node cluster shows its flags', () => {
  const status = parseQuorum(twoNode, source);
  assert.deepEqual([status.flags, status.threshold, status.members.length], [['2Node', 'Quorate', 'WaitForAll'], 1, 1]);
});

test('a quorum device that is connected and seen by all members is trusted', () => {
  const status = parseQuorum(withDevice, source);
  assert.equal(status.qdeviceVotes, 2);
  assert.deepEqual(quorumFacts(status, connected).qdevice, {
    kind: 'configured',
    votes: 2,
    trusted: true,
    seen: 'it says Connected; members see pve1 A,V,NMW, pve2 A,V,NMW, pve3 A,V,NMW',
  });
});

test('a quorum device is not trusted when one member does not see it, when it is not connected, and when it says nothing', () => {
  const trusted = (text: string, device: Parameters<typeof quorumFacts>[1]) => {
    const { qdevice } = quorumFacts(parseQuorum(text, source), device);
    return qdevice.kind === 'configured' && qdevice.trusted;
  };
  assert.equal(trusted(withDevice.replace('A,V,NMW pve2', 'NA,NV,NMW pve2'), connected), false);
  assert.equal(trusted(withDevice.replace('A,V,NMW pve2', '    NR pve2'), connected), false);
  assert.equal(trusted(withDevice, { kind: 'configured', state: 'Connect failed' }), false);
  assert.equal(trusted(withDevice, none), false);
});

test('a device that casts no vote has none, however many it could cast', () => {
  const status = parseQuorum(
    withDevice.replace('         0          2            Qdevice', '         0          0            Qdevice (votes 2)'),
    source,
  );
  assert.equal(status.qdeviceVotes, 0);
});

test('without a quorum device there is none', () =>
  assert.deepEqual(quorumFacts(parseQuorum(twoNode, source), none).qdevice, { kind: 'none' }));

test('the order of members does not matter', () => {
  const turned = withDevice.replace(/( +3 +1 .*\n)( +1 +1 .*\n)/, '$2$1');
  assert.notEqual(turned, withDevice);
  assert.deepEqual(parseQuorum(turned, source), parseQuorum(withDevice, source));
});

for (const field of ['Quorate', 'Nodes', 'Expected votes', 'Total votes', 'Quorum', 'Flags', 'Membership information'])
  test(`an answer without "${field}" is refused by that name`, () => {
    const text = withDevice.replace(new RegExp(`^${field}(?=:|$)`, 'm'), 'Something else');
    assertUnparsable(() => parsed(quorumQuery, text), { command: 'corosync-quorumtool -s', field: new RegExp(`^${field}$`) });
  });

test('an answer with fewer rows than members is refused', () =>
  assertUnparsable(() => parsed(quorumQuery, withDevice.replace(/^ +2 .*\n/m, '')), {
    command: 'corosync-quorumtool -s',
    field: /^Membership information$/,
  }));
