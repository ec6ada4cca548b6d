import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rehearse } from '../../src/sim/rehearse.ts';
import { readScenario } from '../../src/sim/scenario.ts';
import { proxroll } from '../sim/rehearsed-agent.ts';

const stubborn = (limits: string, expect: string) =>
  readScenario(
    `intent: A node that cannot be emptied must be given up only when that is allowed
world: three-nodes
config: { limits: ${limits} }
do:
  - { when: start, guest: 102, does: refuses-migration }
expect: ${expect}`,
    'give-up.yaml',
  );

test('without leave to give up a node the run must pause at the first that cannot be emptied', async () => {
  const { problems } = await rehearse(
    stubborn('{ failed_nodes: 0 }', '{ run: paused, pause: drain.refused, nodes: { pve2: { reboots: 0 } } }'),
    proxroll,
  );
  assert.deepEqual(problems, []);
});

test('with leave to give up one node the others must be patched, and that one must be as it was', async () => {
  const expect = `{ run: finished, nodes: { pve1: { reboots: 1 }, pve2: { reboots: 0, packages-pending: 11 }, pve3: { reboots: 1 } }, guests: { each: { running: true, interruptions: 0 } } }`;
  const { problems, log } = await rehearse(stubborn('{ failed_nodes: 1 }', expect), proxroll);
  assert.deepEqual(problems, []);
  assert.ok(log.some((line) => /pve2 is given up in this run/.test(String(line))));
});
