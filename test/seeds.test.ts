import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeed, savedSeed } from '../src/sim/seeds.ts';
import { rehearse } from '../src/sim/rehearse.ts';
import { readScenario } from '../src/sim/scenario.ts';
import { orderReboot } from './planted-bugs.ts';
import { withHandlers } from './plant.ts';
import { seedText } from './seed-text.ts';
import { proxroll } from './sim/rehearsed-agent.ts';

test('a seed must give the same log every time', async () => {
  const [once, again] = [await runSeed(7, proxroll), await runSeed(7, proxroll)];
  assert.ok(once.rehearsal.log.length > 50);
  assert.deepEqual(again.rehearsal.log, once.rehearsal.log);
  assert.deepEqual(once.wrong, []);
});

test('a seed must tell its world, its policy and its faults first', async () => {
  const lines = seedText(await runSeed(7, proxroll)).split('\n');
  assert.equal(lines[0], 'seed 7');
  for (const [index, word] of ['nodes: pve1', 'guests: ', 'quorum: ', 'config: ', 'swarm: '].entries())
    assert.ok(lines[index + 1]?.startsWith(`  ${word}`), lines[index + 1]);
});

test('a seed that finds a bug must say which and end with one command that repeats it', async () => {
  const result = await withHandlers(
    (real) => ({
      drain: { ...real.drain, run: () => Promise.resolve(), satisfied: () => Promise.resolve({ yes: true }) },
      reboot: { ...real.reboot, run: ({ node }, _remembered, context) => orderReboot(node, context) },
    }),
    () => runSeed(7, proxroll),
  );
  assert.match(seedText(result), /^ {2}WRONG invariant 2 \(no guest stops unless the plan said so\): /m);
  assert.ok(seedText(result).endsWith('  again: npm run seeds -- --only 7'));
});

test('a seed that was saved as a scenario must be replayed to the same log', async () => {
  const { rehearsal } = await runSeed(7, proxroll);
  const replayed = await rehearse(readScenario(savedSeed(7), 'seed-7.yaml'), proxroll);
  assert.deepEqual(replayed.log, rehearsal.log);
});
