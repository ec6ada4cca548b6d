import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandLog, connectedToJournal, serviceLog } from '../../src/adapters/journald.ts';
import type { LogOptions, Logger } from '../../src/adapters/journald.ts';
import { statusNotifier } from '../../src/adapters/notify-status.ts';
import { redactor } from '../../src/model/redact.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { descendants } from './sshd.ts';

const clock = { ...systemClock(), now: () => Date.UTC(2026, 0, 4, 4, 0, 1, 250) };

function log(options: Partial<LogOptions> = {}): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (line: string): unknown => lines.push(line);
  return { log: serviceLog({ clock, level: 'info', journal: true, write, redact: redactor([]), ...options }), lines };
}

test('each level carries the priority that journalctl selects by', () => {
  const { log: one, lines } = log({ level: 'debug' });
  one.fatal('f');
  one.error('e');
  one.warn('w');
  one.info('i');
  one.debug('d');
  assert.deepEqual(lines, ['<2>f\n', '<3>e\n', '<4>w\n', '<6>i\n', '<7>d\n']);
});

test('a line is the message and its few fields, those of child loggers first', () => {
  const { log: one, lines } = log();
  one
    .child({ run: 'r1' })
    .info({ host: 'pve2', tookMs: 12.345, text: 'two words', none: undefined, list: ['a', 1] }, 'guest 101 has moved');
  assert.deepEqual(lines, ['<6>guest 101 has moved (run=r1 host=pve2 tookMs=12 text="two words" list=["a",1])\n']);
});

test('an error is named by its message, with those of its causes, and without a stack', () => {
  const { log: one, lines } = log();
  one.error({ err: new Error('pve2 does not answer', { cause: new Error('ECONNRESET') }) }, 'the run has ended');
  assert.deepEqual(lines, ['<3>the run has ended: pve2 does not answer: ECONNRESET\n']);
});

test('foreign text stays in its line and cannot move the cursor', () => {
  const { log: one, lines } = log();
  one.warn({ seen: 'a\n<0>b' }, 'first\r\n<0>second \u001b[2J');
  assert.deepEqual(lines, ['<4>first / <0>second \\x1b[2J (seen="a\\n<0>b")\n']);
});

test('outside the journal a line begins with time and level instead', () => {
  const { log: one, lines } = log({ journal: false });
  one.warn('w');
  assert.deepEqual(lines, ['2026-01-04T04:00:01.250Z warning w\n']);
});

test('only debug shows every command, with duration and exit code', () => {
  const quiet = log();
  const loud = log({ level: 'debug' });
  for (const { log: one } of [quiet, loud]) {
    const note = commandLog(one);
    note({ host: 'pve2', argv: ['sh', '-c', 'echo it'], tookMs: 12.7, outcome: { kind: 'answered', exitCode: 3 } });
    note({ host: 'pve2', argv: ['true'], tookMs: 5, outcome: { kind: 'failed', why: 'no-answer' } });
  }
  assert.deepEqual(quiet.lines, []);
  assert.deepEqual(loud.lines, [
    "<7>command (host=pve2 argv=`sh -c 'echo it'` tookMs=13 exitCode=3)\n",
    '<7>command without an answer (host=pve2 argv=`true` tookMs=5 why=no-answer)\n',
  ]);
});

test('a secret appears in no line, however it got there', () => {
  const secrets = ['p"w\\d', "it's", 'a b&c', 'two\nlines', 'x', ''];
  const { log: one, lines } = log({ redact: redactor(secrets.slice(0, 4).concat('')) });
  one.info(
    { deep: { list: ['say p"w\\d'] }, argv: ['echo', "it's"], url: `https://host/?t=${encodeURIComponent('a b&c')}` },
    'two\nlines and a b&c',
  );
  one.error({ err: new Error('it\'s p"w\\d') }, 'failed');
  assert.deepEqual(lines, [
    '<6>[secret] and [secret] (deep={"list":["say [secret]"]} argv=`echo \'[secret]\'` url="https://host/?t=[secret]")\n',
    '<3>failed: [secret] [secret]\n',
  ]);
});

test('a secret that is part of another does not lay the rest open', () => {
  assert.equal(redactor(['abc', 'abcdef'])('abcdef abc'), '[secret] [secret]');
});

test('output is the journal only when the descriptor is the one systemd named', () => {
  const { dev, ino } = fstatSync(1, { bigint: true });
  assert.equal(connectedToJournal(`${dev}:${ino}`, 1), true);
  const other = openSync(new URL(import.meta.url), 'r');
  assert.equal(connectedToJournal(`${dev}:${ino}`, other), false);
  assert.equal(connectedToJournal(undefined, 1), false);
});

const folder = mkdtempSync(join(tmpdir(), 'proxroll-notify-'));
after(() => rmSync(folder, { recursive: true }));

test('without a socket nobody is told', () => {
  statusNotifier({ socket: undefined, onFailure: (error) => assert.fail(error) })('x');
});

const skip = existsSync('/usr/bin/systemd-notify') ? false : 'systemd-notify is not installed';

/** Waits for something in the world outside, as what happens there has no promise. */
async function until(what: () => boolean): Promise<void> {
  const end = clock.elapsed() + 10_000;
  while (!what()) {
    assert.ok(clock.elapsed() < end, `never came true: ${what.toString()}`);
    await clock.sleep(5);
  }
}

test('a status that cannot be told is reported once and never thrown', { skip }, async () => {
  const failures: Error[] = [];
  const before = descendants(process.pid).length;
  const tell = statusNotifier({ socket: join(folder, 'nobody-listens'), onFailure: (error) => failures.push(error) });
  tell('one');
  await until(() => failures.length === 1);
  tell('two');
  await until(() => descendants(process.pid).length === before);
  assert.equal(failures.length, 1);
});

test('systemd is told the status as one line, and of a burst at least the last', { skip }, async () => {
  const socket = join(folder, 'notify');
  const before = descendants(process.pid).length;
  // Node has no datagram sockets of this family; perl is on every Debian.
  const listener = `socket(S, PF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un($ARGV[0])) or die; $| = 1; while (1) { recv(S, $b, 4096, 0); print "$b\n"; }`;
  const perl = spawn('perl', ['-MSocket', '-e', listener, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  let heard = '';
  perl.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  await until(() => existsSync(socket));
  const tell = statusNotifier({ socket, onFailure: (error) => assert.fail(error) });
  tell('pve2: drain\nsecond line');
  for (let n = 0; n < 20; n += 1) tell(`step ${n}`);
  await until(() => heard.includes('step 19'));
  // systemd-notify follows its message by one that waits for the reader (sd_notify_barrier(3)): perl has to hear that too.
  await until(() => descendants(process.pid).length === before + 1);
  perl.kill();
  assert.ok(heard.startsWith('STATUS=pve2: drain / second line\n'), heard);
  assert.ok(heard.split('STATUS=').length <= 4, heard);
});
