import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterShell } from '../../src/adapters/cluster-shell.ts';
import type { CommandNote } from '../../src/adapters/cluster-shell.ts';
import { localShell } from '../../src/adapters/local-shell.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { ShellFailure } from '../../src/ports/shell.ts';
import type { Answer, Command, Host, Shell } from '../../src/ports/shell.ts';

const clock = systemClock();
const own: Host = { name: 'pve1', own: true };
const other: Host = { name: 'pve2', own: false };
const answer: Answer = { exitCode: 7, stdout: 'output secret', stderr: 'error secret', tookMs: 3 };
const command: Command = { argv: ['tee', '/x'], stdin: 'stdin secret', deadlineMs: 1000, effect: 'changes' };

/** The other side of the route: answers by its name, or fails for the host that is down. */
function remote(): Shell & { readonly ended: string[] } {
  const ended: string[] = [];
  const run = (host: Host, { argv }: Command): Promise<Answer> =>
    host.name === 'down' ? Promise.reject(new ShellFailure('unreachable', host.name, argv, 'no')) : Promise.resolve(answer);
  return {
    ended,
    run,
    runAll: (host, commands) => Promise.all(commands.map((one) => run(host, one))),
    disconnect(host) {
      ended.push(host.name);
      return Promise.resolve();
    },
  };
}

function shell(): { readonly cluster: Shell; readonly notes: CommandNote[]; readonly ssh: ReturnType<typeof remote> } {
  const notes: CommandNote[] = [];
  const ssh = remote();
  return { cluster: clusterShell({ local: localShell({ clock }), ssh, clock, onCommand: (note) => notes.push(note) }), notes, ssh };
}

test('the own node is reached without ssh, the others through it', async () => {
  const { cluster, ssh } = shell();
  assert.equal((await cluster.run(own, { argv: ['echo', 'here'], deadlineMs: 5000, effect: 'reads' })).stdout, 'here\n');
  assert.equal((await cluster.run(other, command)).exitCode, 7);
  await cluster.disconnect(own);
  await cluster.disconnect(other);
  assert.deepEqual(ssh.ended, ['pve2']);
});

test('every command is noted with host, argv, time and exit code, and with nothing that went in or came out', async () => {
  const { cluster, notes } = shell();
  await cluster.run(other, command);
  await cluster.runAll(other, [command, command]);
  const note: CommandNote = { host: 'pve2', argv: ['tee', '/x'], tookMs: 3, outcome: { kind: 'answered', exitCode: 7 } };
  assert.deepEqual(notes, [note, note, note]);
  assert.ok(!JSON.stringify(notes).includes('secret'));
});

test('a command without an answer is noted with the reason, and its failure passes through', async () => {
  const { cluster, notes } = shell();
  await assert.rejects(cluster.run({ ...other, name: 'down' }, command), ShellFailure);
  await assert.rejects(cluster.runAll({ ...other, name: 'down' }, [command]), ShellFailure);
  assert.deepEqual(
    notes.map(({ host, outcome }) => [host, outcome]),
    [
      ['down', { kind: 'failed', why: 'unreachable' }],
      ['down', { kind: 'failed', why: 'unreachable' }],
    ],
  );
});
