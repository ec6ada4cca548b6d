import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShellFailure } from '../../src/ports/shell.ts';
import type { Answer, Argv, Command, Host } from '../../src/ports/shell.ts';
import { CallFaults } from '../../src/sim/call-faults.ts';
import { simShell } from '../../src/sim/shell.ts';
import { threeNodes } from '../../src/sim/worlds.ts';
import { aWorld } from './a-world.ts';

const host = (name: string): Host => ({ name, own: name === 'pve1' });
const command = (text: string, deadlineMs = 30_000): Command => ({ argv: text.split(' ') as unknown as Argv, deadlineMs, effect: 'reads' });

function kindOf(error: unknown): string {
  return error instanceof ShellFailure ? error.kind : String(error);
}

test('a call must cost what it costs on real hosts', async () => {
  const { world, clock } = aWorld(threeNodes);
  const shell = simShell(world, { ownNode: 'pve1' });
  await clock.drive(shell.run(host('pve1'), command('pvesh get /version --output-format json')));
  assert.equal(clock.elapsed(), 800);
  await clock.drive(shell.runAll(host('pve2'), [command('uname -r'), command('nosuch'), command('date +%s')]));
  assert.equal(clock.elapsed(), 800 + 60 + 3 * 10, 'one round trip for all of them');
});

test('a command that is missing must answer 127 and leave the others alone', async () => {
  const { world, clock } = aWorld(threeNodes);
  const answers = await clock.drive(simShell(world, { ownNode: 'pve1' }).runAll(host('pve2'), [command('nosuch'), command('uname -r')]));
  assert.deepEqual(
    answers.map(({ exitCode }) => exitCode),
    [127, 0],
  );
});

const silences: readonly (readonly [
  what: string,
  prepare: (world: ReturnType<typeof aWorld>['world']) => void,
  kind: string,
  afterMs: number,
])[] = [
  ['is off', (world) => world.boot.cutPower(world.node('pve2'), 'power', false), 'unreachable', 3_000],
  ['is cut off', (world) => world.cut('pve2', true), 'unreachable', 3_000],
  ['hangs', (world) => world.hang('pve2', true), 'no-answer', 30_000],
  ['refuses the login', (world) => (world.node('pve2').login = 'refused'), 'login', 60],
  ['has another host key', (world) => (world.node('pve2').login = 'host-key'), 'host-key', 60],
  ['has no cluster file system', (world) => world.node('pve2').sickUnits.set('pve-cluster', 'inactive'), 'login', 60],
];
for (const [what, prepare, kind, afterMs] of silences)
  test(`a host that ${what} must fail as ${kind}`, async () => {
    const { world, clock } = aWorld(threeNodes);
    prepare(world);
    const failed = await clock.drive(simShell(world, { ownNode: 'pve1' }).run(host('pve2'), command('uname -r')).catch(kindOf));
    assert.deepEqual([failed, clock.elapsed()], [kind, afterMs]);
  });

test('a host that goes down in mid-call must break the connection', async () => {
  const { world, clock } = aWorld(threeNodes);
  const call = simShell(world, { ownNode: 'pve1' }).run(host('pve2'), command('apt-get -q update', 600_000));
  clock.after(2_000, () => world.boot.cutPower(world.node('pve2'), 'power', false));
  assert.equal(await clock.drive(call.catch(kindOf)), 'no-answer');
});

test('a killed agent must never learn how its call ended, and the world must go on', async () => {
  const { world, clock, run } = aWorld(threeNodes);
  const shell = simShell(world, { ownNode: 'pve1' });
  let settled = false;
  const note = (): void => void (settled = true);
  shell.run(host('pve2'), command('systemd-run --unit=u --remain-after-exit --quiet -- qm migrate 102 pve3 --online 1')).then(note, note);
  await clock.pass(40);
  shell.kill();
  await clock.pass(120_000);
  assert.equal(settled, false);
  assert.match((await run('pve2', 'systemctl show u --property=SubState')).stdout, /exited/);
  assert.equal(world.guest(102).node, 'pve3');
});

const faults: readonly (readonly [
  what: string,
  arm: Parameters<CallFaults['arm']>[0]['does'],
  seen: (answer: Answer | string, world: ReturnType<typeof aWorld>['world']) => void,
])[] = [
  [
    'refused before it took effect',
    { kind: 'fails', as: 'unreachable', when: 'before' },
    (answer, world) => assert.deepEqual([answer, world.node('pve2').units.size], ['unreachable', 0]),
  ],
  [
    'lost after it took effect',
    { kind: 'fails', as: 'no-answer', when: 'after' },
    (answer, world) => assert.deepEqual([answer, world.node('pve2').units.size], ['no-answer', 1]),
  ],
  [
    'answered with a lie',
    { kind: 'exits', exitCode: 0, stdout: 'fine\n', stderr: '' },
    (answer, world) =>
      assert.deepEqual([typeof answer === 'string' ? answer : answer.stdout, world.node('pve2').units.size], ['fine\n', 0]),
  ],
  ['never answered', { kind: 'never' }, (answer) => assert.equal(answer, 'no-answer')],
];
for (const [what, does, seen] of faults)
  test(`a call must be able to be ${what}`, async () => {
    const { world, clock } = aWorld(threeNodes);
    const calls = new CallFaults();
    calls.arm({ host: 'pve2', command: 'systemd-run', does });
    const shell = simShell(world, { ownNode: 'pve1', hooks: [calls] });
    const call = shell.run(host('pve2'), command('systemd-run --unit=u --remain-after-exit --quiet -- apt-get update'));
    seen(await clock.drive(call.catch(kindOf)), world);
    assert.equal((await clock.drive(shell.run(host('pve2'), command('true')))).exitCode, 0, 'the next call is not touched');
  });
