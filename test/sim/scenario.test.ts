import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpecProblem } from '../../src/sim/located-yaml.ts';
import { rehearse } from '../../src/sim/rehearse.ts';
import { readScenario } from '../../src/sim/scenario.ts';
import { proxroll } from './rehearsed-agent.ts';

const end = 'expect: { run: finished }';

const mistakes: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  ['an unknown word', `intent: A run must end\nworld: three-nodes\nwrold: x\n${end}`, /^a\.yaml:3: unknown word: wrold$/m],
  [
    'an unknown word of a node',
    `intent: A run must end\nworld: three-nodes\nnodes:\n  pve1:\n    memori: 8GiB\n${end}`,
    /^a\.yaml:5: unknown word: nodes\.pve1\.memori$/m,
  ],
  [
    'an unknown word of a deed',
    `intent: A run must end\nworld: three-nodes\ndo:\n  - when: start\n    kill: agent\n    restart: 5s\n${end}`,
    /^a\.yaml:6: unknown word: do\.0\.restart$/m,
  ],
  [
    'a trigger that means nothing',
    `intent: A run must end\nworld: three-nodes\ndo:\n  - when: pve1 explodes\n    kill: agent\n${end}`,
    /^a\.yaml:4: .*'pve1 explodes' is nothing that happens$/m,
  ],
  ['an unknown world', `intent: A run must end\nworld: four-nodes\n${end}`, /^a\.yaml:2: world: must be one of three-nodes/m],
  ['an intent that demands nothing', `intent: A run\nworld: three-nodes\n${end}`, /^a\.yaml:1: intent: must say what must be$/m],
  [
    'a size without a unit',
    `intent: A run must end\nworld: three-nodes\nguests:\n  101: { memory: 8 gigs }\n${end}`,
    /^a\.yaml:4: guests\.101\.memory: /m,
  ],
  ['broken YAML', `intent: [\n${end}`, /^a\.yaml:\d+: /m],
];
for (const [what, text, says] of mistakes)
  test(`${what} must be named with its file and line`, () => {
    assert.throws(
      () => readScenario(text, 'a.yaml'),
      (error: unknown) => error instanceof SpecProblem && says.test(error.message),
    );
  });

test('a scenario must say only what differs from its world', () => {
  const { world } = readScenario(
    `intent: A run must end\nworld: three-nodes\nguests:\n  101: { memory: 32GiB }\n  140: { on: pve2 }\n${end}`,
    'a.yaml',
  );
  assert.deepEqual(world.guests?.[101], { kind: 'qemu', name: 'web', on: 'pve1', memoryBytes: 32 * 1024 ** 3 });
  assert.deepEqual(Object.keys(world.guests ?? {}), ['101', '102', '103', '140']);
});

test('a trigger that never fires must fail the scenario', async () => {
  const scenario = readScenario(
    `intent: A run must end\nworld: three-nodes\ndo:\n  - when: guest 999 stops\n    kill: agent\n${end}`,
    'a.yaml',
  );
  const { problems } = await rehearse(scenario, () => Promise.resolve({ kind: 'finished' }));
  assert.ok(problems.includes("'guest 999 stops' never happened, so its fault proves nothing"));
});

test('an agent that never ends must be told as stuck', async () => {
  const { ending } = await rehearse(
    readScenario(`intent: A run must end\nworld: three-nodes\n${end}`, 'a.yaml'),
    () => new Promise(() => undefined),
  );
  assert.equal(ending.kind, 'stuck');
});

const whole =
  'nodes: { each: { packages-pending: 0, reboots: 1, maintenance: false, up: true, member: true, whole: true } }, guests: { each: { running: true, interruptions: 0 } }';

const rehearsed: readonly string[] = [
  `intent: A settled cluster of three must be patched without a guest noticing\nworld: three-nodes\nexpect: { run: finished, ${whole} }`,
  `intent: Two nodes must not lose their quorum unasked\nworld: two-nodes\nexpect: { run: blocked, nodes: { each: { reboots: 0 } } }`,
  `intent: A node that never returns must pause the run\nworld: three-nodes\ndo:\n  - when: pve3 is asked to reboot\n    node: pve3\n    does: never-returns\nexpect: { run: paused, pause: reboot.deadline, guests: { each: { running: true } } }`,
  `intent: A run killed while a node reboots must not reboot it again\nworld: three-nodes\nguests: { 103: { on: pve1 } }\ndo:\n  - when: pve3 goes down\n    kill: agent\n    restart-after: 3m\nexpect: { run: finished, ${whole} }`,
];
for (const text of rehearsed) {
  const scenario = readScenario(text, 'inline.yaml');
  test(scenario.intent, async () => {
    const { problems, log } = await rehearse(scenario, proxroll);
    assert.deepEqual(problems, [], log.join('\n'));
  });
}
