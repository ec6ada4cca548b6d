import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { localShell } from '../../src/adapters/local-shell.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { ShellFailure } from '../../src/ports/shell.ts';
import type { Argv, Command, Host } from '../../src/ports/shell.ts';
import { ofProcess } from './sshd.ts';

const clock = systemClock();
const shell = localShell({ clock });
const host: Host = { name: 'pve1', own: true };
const folder = mkdtempSync(join(tmpdir(), 'proxroll-local-'));
after(() => rmSync(folder, { recursive: true }));
const reads = (...argv: Argv): Command => ({ argv, deadlineMs: 20_000, effect: 'reads' });

async function noAnswer(call: Promise<unknown>): Promise<ShellFailure> {
  const error = await call.then(
    () => assert.fail('it answered'),
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof ShellFailure, String(error));
  assert.equal(error.kind, 'no-answer');
  return error;
}

function isAlive(pid: number): boolean {
  // A zombie is dead; it waits for a parent that is not us.
  const stat = ofProcess(pid, 'stat');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

for (const code of [0, 1, 127, 255])
  test(`exit code ${code} is an answer`, async () => {
    const answer = await shell.run(host, reads('sh', '-c', `echo out; echo err >&2; exit ${code}`));
    assert.deepEqual({ ...answer, tookMs: 0 }, { exitCode: code, stdout: 'out\n', stderr: 'err\n', tookMs: 0 });
  });

test('a missing program answers 127', async () => {
  const answer = await shell.run(host, reads('proxroll-no-such-program'));
  assert.deepEqual([answer.exitCode, answer.stderr], [127, 'proxroll-no-such-program: not found\n']);
});

test('a file that cannot be executed answers 126', async () => {
  const file = join(folder, 'plain');
  writeFileSync(file, 'text', { mode: 0o600 });
  assert.equal((await shell.run(host, reads(file))).exitCode, 126);
});

test('arguments arrive as they were', async () => {
  const nasty = ['', ' a ', "it's", '$HOME', '*', '\n', 'ü€𝄞'];
  assert.deepEqual((await shell.run(host, reads('printf', '%s\\0', ...nasty))).stdout.split('\0').slice(0, -1), nasty);
});

test('stdin arrives whole, and is empty unless given', async () => {
  const stdin = 'secret ü\n'.repeat(200_000);
  assert.equal((await shell.run(host, { ...reads('cat'), stdin })).stdout, stdin);
  assert.equal((await shell.run(host, reads('cat'))).stdout, '');
  assert.equal((await shell.run(host, { ...reads('cat'), stdin: '' })).stdout, '');
});

test('a command that does not read its stdin still answers', async () => {
  assert.equal((await shell.run(host, { ...reads('true'), stdin: 'x'.repeat(4_000_000) })).exitCode, 0);
});

test('output of 1 MiB arrives whole, and bytes that are no text are marked', async () => {
  assert.equal((await shell.run(host, reads('head', '-c', '1048577', '/dev/zero'))).stdout.length, 1_048_577);
  assert.equal((await shell.run(host, reads('printf', 'a\\377€\\n'))).stdout, 'a\ufffd€\n');
});

test('the environment is ours alone: language C, no terminal, system programs', async () => {
  const { stdout } = await shell.run(host, reads('env'));
  assert.deepEqual(stdout.trim().split('\n').sort(), [
    'LC_ALL=C',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'TERM=dumb',
  ]);
});

test('a child leads a session of its own, so that a ^C in our terminal does not reach it', async () => {
  const { stdout } = await shell.run(host, reads('ps', '-o', 'pid=,pgid=,sid=', '-C', 'ps'));
  assert.match(stdout, /^ *(\d+) +\1 +\1$/m);
});

test('more output than allowed is no answer, says so, and ends the command', async () => {
  const error = await noAnswer(localShell({ clock, maxOutputBytes: 100_000 }).run(host, reads('yes')));
  assert.match(error.message, /printed more than 100000 bytes/);
});

test('output of exactly the allowed length is an answer', async () => {
  const small = localShell({ clock, maxOutputBytes: 1000 });
  assert.equal((await small.run(host, reads('head', '-c', '1000', '/dev/zero'))).stdout.length, 1000);
});

test('a command that a signal ended gives no answer', async () => {
  assert.match((await noAnswer(shell.run(host, reads('sh', '-c', 'kill -KILL $$')))).message, /ended by SIGKILL/);
});

test('a deadline ends the command and all it started, also what does not end when asked', async () => {
  const pids = join(folder, 'pids');
  const script = `trap '' TERM; sleep 60 & echo $$ $! >${pids}; wait; while :; do sleep 60; done`;
  const error = await noAnswer(localShell({ clock, politeMs: 200 }).run(host, { ...reads('sh', '-c', script), deadlineMs: 1_000 }));
  assert.match(error.message, /no answer within 1000 ms/);
  const started = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
  assert.equal(started.length, 2);
  const end = clock.elapsed() + 5000;
  while (started.some(isAlive) && clock.elapsed() < end) await clock.sleep(10);
  assert.deepEqual(started.filter(isAlive), []);
});

test('a command that ends when asked is not killed', async () => {
  const said = join(folder, 'said');
  await noAnswer(shell.run(host, { ...reads('sh', '-c', `trap 'echo bye >${said}; exit' TERM; sleep 60 & wait`), deadlineMs: 1_000 }));
  assert.equal(readFileSync(said, 'utf8'), 'bye\n');
});

test('a daemon that keeps the output open does not keep us waiting past the deadline', async () => {
  const pid = join(folder, 'daemon');
  await noAnswer(shell.run(host, { ...reads('setsid', 'sh', '-c', `echo $$ >${pid}; exec sleep 30`), deadlineMs: 1_000 }));
  const daemon = Number(readFileSync(pid, 'utf8'));
  if (isAlive(daemon)) process.kill(daemon, 'SIGKILL');
});

test('a batch answers in order, and a failing, missing or killed command does not stop the others', async () => {
  const answers = await shell.runAll(host, [
    reads('echo', 'one'),
    reads('false'),
    reads('proxroll-no-such-program'),
    reads('sh', '-c', 'kill -KILL $$'),
    reads('echo', 'last'),
  ]);
  assert.deepEqual(
    answers.map(({ exitCode, stdout }) => [exitCode, stdout]),
    [
      [0, 'one\n'],
      [1, ''],
      [127, ''],
      [137, ''],
      [0, 'last\n'],
    ],
  );
});

test('a command that changes something, or wants stdin, is refused in a batch', async () => {
  await assert.rejects(shell.runAll(host, [{ argv: ['true'], deadlineMs: 1000, effect: 'changes' }]), TypeError);
  await assert.rejects(shell.runAll(host, [{ ...reads('cat'), stdin: 'x' }]), TypeError);
});

test('it works although the folder we were started in is gone', () => {
  const gone = mkdtempSync(join(tmpdir(), 'proxroll-gone-'));
  const modules = (name: string): string => new URL(`../../src/adapters/${name}.ts`, import.meta.url).pathname;
  const program = `
    import { rmdirSync } from 'node:fs';
    import { localShell } from '${modules('local-shell')}';
    import { systemClock } from '${modules('system-clock')}';
    rmdirSync('${gone}');
    const answer = await localShell({ clock: systemClock() }).run({ name: 'pve1', own: true }, { argv: ['pwd'], deadlineMs: 5000, effect: 'reads' });
    process.stdout.write(answer.stdout);
  `;
  const file = join(folder, 'gone.mts');
  writeFileSync(file, program);
  const tsx = import.meta.resolve?.('tsx') ?? 'tsx';
  assert.equal(execFileSync(process.execPath, ['--import', tsx, file], { cwd: gone, encoding: 'utf8' }), '/\n');
});
