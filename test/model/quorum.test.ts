import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayLeave } from '../../src/model/quorum.ts';
import type { QdeviceFacts, QuorumFacts } from '../../src/model/snapshot.ts';
import { node, quorum } from '../builders.ts';

const device = (votes: number, trusted = true): QdeviceFacts => ({ kind: 'configured', votes, trusted, seen: 'flags A,V on every node' });
const nodes = (count: number) => Array.from({ length: count }, (_, index) => node(`pve${index + 1}`));

/** The table of facts 2.3, row by row: expected votes, threshold, and what happens when one node goes down. */
const table: readonly [
  cluster: string,
  count: number,
  qdevice: QdeviceFacts,
  differs: Partial<QuorumFacts>,
  expectedVotes: number,
  threshold: number,
  answer: 'yes' | 'yes, and one more' | 'no',
][] = [
  ['two nodes', 2, { kind: 'none' }, {}, 2, 2, 'no'],
  ['two nodes with two_node', 2, { kind: 'none' }, { threshold: 1, flags: ['2Node', 'Quorate', 'WaitForAll'] }, 2, 1, 'yes'],
  ['two nodes with a quorum device', 2, device(1), {}, 3, 2, 'yes'],
  ['three nodes', 3, { kind: 'none' }, {}, 3, 2, 'yes'],
  ['three nodes with a quorum device of two votes', 3, device(2), {}, 5, 3, 'yes'],
  ['four nodes', 4, { kind: 'none' }, {}, 4, 3, 'yes'],
  ['four nodes with a quorum device', 4, device(1), {}, 5, 3, 'yes, and one more'],
  ['five nodes', 5, { kind: 'none' }, {}, 5, 3, 'yes, and one more'],
];

for (const [cluster, count, qdevice, differs, expectedVotes, threshold, answer] of table)
  test(`${cluster}: ${expectedVotes} votes, ${threshold} needed; may one node go down: ${answer}`, () => {
    const facts = quorum(nodes(count), qdevice, differs);
    assert.equal(facts.expectedVotes, expectedVotes);
    assert.equal(facts.threshold, threshold);
    const verdict = mayLeave(facts, nodes(count), 'pve1');
    const said = verdict.kind === 'yes' ? (verdict.survivesOneMore ? 'yes, and one more' : 'yes') : 'no';
    assert.equal(said, answer);
  });

test('three nodes of which one is down already: no other may go', () => {
  const [first, second, third] = [node('pve1'), node('pve2'), node('pve3', { online: false })];
  assert.equal(mayLeave(quorum([first, second, third]), [first, second, third], 'pve1').kind, 'loses-quorum');
});

test('three nodes and a quorum device whose votes are gone: no node may go', () => {
  const facts = quorum(nodes(3), device(0), { expectedVotes: 5, threshold: 3 });
  assert.deepEqual(mayLeave(facts, nodes(3), 'pve1'), { kind: 'loses-quorum', votesLeft: 2, threshold: 3, pair: false });
});

test('a quorum device that is not trusted stops every node, however many votes are there', () => {
  const facts = quorum(nodes(5), device(1, false));
  assert.deepEqual(mayLeave(facts, nodes(5), 'pve1'), { kind: 'qdevice-untrusted', seen: 'flags A,V on every node' });
});

test('without quorum nothing may leave', () => {
  assert.equal(mayLeave(quorum(nodes(3), { kind: 'none' }, { quorate: false }), nodes(3), 'pve1').kind, 'not-quorate');
});

test('two nodes without anything to break the tie are told apart from larger clusters that lack votes', () => {
  const verdict = mayLeave(quorum(nodes(2)), nodes(2), 'pve2');
  assert.deepEqual(verdict, { kind: 'loses-quorum', votesLeft: 1, threshold: 2, pair: true });
});

test('a node with more votes than the others weighs what it weighs', () => {
  const heavy = [node('pve1', { votes: 2 }), node('pve2'), node('pve3')];
  assert.equal(mayLeave(quorum(heavy), heavy, 'pve1').kind, 'loses-quorum');
  assert.equal(mayLeave(quorum(heavy), heavy, 'pve2').kind, 'yes');
});

test('a node that is offline already takes no votes with it', () => {
  const five = [...nodes(4), node('pve5', { online: false })];
  assert.deepEqual(mayLeave(quorum(five), five, 'pve5'), { kind: 'yes', votesLeft: 4, threshold: 3, spareVotes: 1, survivesOneMore: true });
});

test('while corosync counts more votes than the nodes that are seen have, the smaller number counts', () => {
  const seen = [node('pve1'), node('pve2'), node('pve3', { online: false })];
  assert.equal(mayLeave(quorum(seen, { kind: 'none' }, { totalVotes: 3 }), seen, 'pve1').kind, 'loses-quorum');
});
