import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fingerprint } from '../../src/adapters/host-keys.ts';
import type { SshShell, SshShellOptions } from '../../src/adapters/ssh-shell.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { ShellFailure } from '../../src/ports/shell.ts';
import type { Argv, Command, ShellFailureKind } from '../../src/ports/shell.ts';
import { descendants, freePort, Sshd, withoutSshd } from './sshd.ts';

const clock = systemClock();
const reads = (...argv: Argv): Command => ({ argv, deadlineMs: 20_000, effect: 'reads' });
const bounded = (deadlineMs: number, ...argv: Argv): Command => ({ argv, deadlineMs, effect: 'reads' });

/** The failure that a call must end with. */
async function failure(kind: ShellFailureKind, call: Promise<unknown>): Promise<ShellFailure> {
  const error = await call.then(
    (answer) => assert.fail(`answered ${JSON.stringify(answer)?.slice(0, 200)}`),
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof ShellFailure, String(error));
  assert.equal(error.kind, kind, error.message);
  return error;
}

/** Empty when it has just ended. */
function commandLine(pid: number): string {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Waits for something in the world outside, as what happens there has no promise. */
async function until(what: () => boolean): Promise<void> {
  const end = clock.elapsed() + 10_000;
  while (!what()) {
    assert.ok(clock.elapsed() < end, `never came true: ${what.toString()}`);
    await clock.sleep(10);
  }
}

describe('over ssh', { skip: withoutSshd }, () => {
  let sshd: Sshd;
  const servers: Sshd[] = [];
  /** A server of the test's own, to be stopped, cut and set otherwise. */
  const start = async (...settings: readonly string[]): Promise<Sshd> => {
    const server = await Sshd.start(...settings);
    servers.push(server);
    return server;
  };
  const shell = (options: Partial<SshShellOptions> = {}): SshShell => sshd.shell(options);
  before(async () => (sshd = await start()));
  after(async () => {
    for (const server of servers) await server.remove();
  });

  describe('one command', () => {
    for (const code of [0, 1, 127, 255])
      test(`exit code ${code} is an answer`, async () => {
        const answer = await shell().run(sshd.host, reads('sh', '-c', `echo out; echo err >&2; exit ${code}`));
        assert.deepEqual({ ...answer, tookMs: 0 }, { exitCode: code, stdout: 'out\n', stderr: 'err\n', tookMs: 0 });
      });
    test('a missing program answers 127', async () => {
      const answer = await shell().run(sshd.host, reads('proxroll-no-such-program', 'x'));
      assert.equal(answer.exitCode, 127);
      assert.match(answer.stderr, /proxroll-no-such-program.*not found/);
    });
    test('arguments arrive as they were, whatever a shell would make of them', async () => {
      const nasty = ['', ' a  b ', "it's", '"$HOME"', '`id`', '$(id)', '*', '-n', '\\', '\n', 'ü€𝄞', '!x', '# c', ';&|<>', 'a=b'];
      const answer = await shell().run(sshd.host, reads('printf', '%s\\0', ...nasty));
      assert.deepEqual(answer.stdout.split('\0').slice(0, -1), nasty);
    });
    test('a word that a shell would do itself is a program here', async () => {
      assert.equal((await shell().run(sshd.host, reads('exit', '5'))).exitCode, 127);
      assert.equal((await shell().run(sshd.host, reads('A=b', 'true'))).exitCode, 127);
    });
    test('stdin arrives whole', async () => {
      const stdin = 'secret ü\n'.repeat(100_000);
      const answer = await shell().run(sshd.host, { ...reads('cat'), stdin });
      assert.equal(answer.stdout, stdin);
    });
    test('stdin is empty unless given', async () => {
      assert.equal((await shell().run(sshd.host, reads('cat'))).stdout, '');
    });
    test('a command that does not read its stdin still answers', async () => {
      assert.equal((await shell().run(sshd.host, { ...reads('true'), stdin: 'x'.repeat(4_000_000) })).exitCode, 0);
    });
    test('output of 1 MiB arrives whole, on stdout and on stderr', async () => {
      const answer = await shell().run(
        sshd.host,
        reads('sh', '-c', 'head -c 1048576 /dev/zero | tr "\\0" a; head -c 1048576 /dev/zero | tr "\\0" b >&2'),
      );
      assert.equal(answer.stdout, 'a'.repeat(1_048_576));
      assert.equal(answer.stderr, 'b'.repeat(1_048_576));
    });
    test('characters cut by the network are put together again, and bytes that are none are marked', async () => {
      const euros = await shell().run(
        sshd.host,
        reads('sh', '-c', 'for i in 1 2 3; do printf "\\342"; sleep 0.02; printf "\\202\\254"; done'),
      );
      assert.equal(euros.stdout, '€€€');
      assert.equal((await shell().run(sshd.host, reads('printf', 'a\\377b'))).stdout, 'a\ufffdb');
    });
    test('the language is C, there is no terminal, and system programs are found', async () => {
      const { stdout } = await shell().run(sshd.host, reads('sh', '-c', 'echo $LC_ALL $TERM $PATH; pwd; tty'));
      assert.equal(stdout, 'C dumb /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n/\nnot a tty\n');
    });
    test('more output than allowed is no answer, and says so', async () => {
      const wild = await failure('no-answer', shell({ maxOutputBytes: 100_000 }).run(sshd.host, reads('yes')));
      assert.match(wild.message, /^pve2: yes: printed more than 100000 bytes$/);
    });
    test('a command that a signal ended gives no answer', async () => {
      assert.match((await failure('no-answer', shell().run(sshd.host, reads('sh', '-c', 'kill -KILL $$')))).message, /SIGKILL/);
    });
    test('a deadline that passes is no answer, and the next command gets a new connection', async () => {
      const one = shell();
      const before = (await one.run(sshd.host, reads('sh', '-c', 'echo $SSH_CONNECTION'))).stdout;
      const late = await failure('no-answer', one.run(sshd.host, bounded(200, 'sleep', '5')));
      assert.match(late.message, /^pve2: sleep 5: no answer within its deadline$/);
      assert.notEqual((await one.run(sshd.host, reads('sh', '-c', 'echo $SSH_CONNECTION'))).stdout, before);
    });
    test('a deadline takes no other command of that connection with it', async () => {
      const one = shell();
      await one.run(sshd.host, reads('true'));
      const slow = one.run(sshd.host, reads('sh', '-c', 'sleep 0.6; echo whole'));
      await failure('no-answer', one.run(sshd.host, bounded(200, 'sleep', '5')));
      assert.equal((await slow).stdout, 'whole\n');
    });
  });

  describe('several commands at once', () => {
    test('twenty share one connection and all answer', async () => {
      const one = shell();
      const answers = await Promise.all(
        [...Array(20).keys()].map((n) => one.run(sshd.host, reads('sh', '-c', `echo ${n} $SSH_CONNECTION`))),
      );
      const words = answers.map(({ stdout }) => stdout.trim().split(' '));
      assert.deepEqual(
        words.map(([n]) => n),
        [...Array(20).keys()].map(String),
      );
      assert.equal(new Set(words.map((all) => all.slice(1).join(' '))).size, 1);
    });
  });

  describe('a batch', () => {
    test('answers in order, and a failing or missing command does not stop the others', async () => {
      const answers = await shell().runAll(sshd.host, [
        reads('echo', 'one'),
        reads('false'),
        reads('proxroll-no-such-program'),
        reads('sh', '-c', 'printf "a\\nb"; printf "no newline" >&2; exit 255'),
        reads('cat'),
        reads('exit'),
        reads('sh', '-c', 'kill -KILL $$'),
        reads('echo', 'last'),
      ]);
      assert.deepEqual(
        answers.map(({ exitCode, stdout }) => [exitCode, stdout]),
        [
          [0, 'one\n'],
          [1, ''],
          [127, ''],
          [255, 'a\nb'],
          [0, ''],
          [127, ''],
          [137, ''],
          [0, 'last\n'],
        ],
      );
      assert.match(answers[2]?.stderr ?? '', /not found/);
      assert.equal(answers[3]?.stderr, 'no newline');
    });
    test('output that looks like a frame, or is no text, or is large, does not confuse it', async () => {
      const answers = await shell().runAll(sshd.host, [
        reads('sh', '-c', 'printf "proxroll-0123456789abcdef 0 1 1\\n\\000\\377"'),
        reads('head', '-c', '1048577', '/dev/zero'),
        reads('echo', 'ü€𝄞'),
      ]);
      assert.equal(answers[0]?.stdout, 'proxroll-0123456789abcdef 0 1 1\n\0\ufffd');
      assert.equal(answers[1]?.stdout.length, 1_048_577);
      assert.equal(answers[2]?.stdout, 'ü€𝄞\n');
    });
    test('gives each command its own deadline and names the one that was late', async () => {
      const one = shell();
      await one.run(sshd.host, reads('true'));
      const fine = await one.runAll(
        sshd.host,
        [...Array(4)].map(() => bounded(1_500, 'sleep', '0.4')),
      );
      assert.equal(fine.length, 4);
      const late = await failure('no-answer', shell().runAll(sshd.host, [reads('true'), bounded(200, 'sleep', '5'), reads('true')]));
      assert.deepEqual(late.argv, ['sleep', '5']);
    });
    test('leaves nothing behind, also when nobody waits for its end', async () => {
      const folders = (): readonly string[] => readdirSync('/dev/shm').filter((name) => name.startsWith('proxroll.'));
      const before = folders();
      const one = shell();
      await one.runAll(sshd.host, [reads('true'), reads('true')]);
      await failure('no-answer', one.runAll(sshd.host, [bounded(300, 'sleep', '1'), reads('true')]));
      await until(() => folders().every((name) => before.includes(name)));
    });
    test('a command that changes something is refused', async () => {
      await assert.rejects(shell().runAll(sshd.host, [{ argv: ['reboot'], deadlineMs: 1, effect: 'changes' }]), TypeError);
    });
    test('no commands are no answers', async () => {
      assert.deepEqual(await shell().runAll(sshd.host, []), []);
    });
  });

  describe('host keys', () => {
    const known = (...lines: readonly string[]): Partial<SshShellOptions> => {
      sshd.write('other_hosts', `${lines.join('\n')}\n`);
      return { hostKeyFiles: sshd.knownFrom('other_hosts') };
    };
    test('a host whose key is not written down is refused, and the message names the files and the way out', async () => {
      const refused = await failure('host-key', shell({ hostKeyFiles: sshd.knownFrom('nothing', 'empty') }).run(sshd.host, reads('true')));
      assert.match(
        refused.message,
        /no host key of pve2 is known; looked in .*nodes\/pve2\/ssh_known_hosts, .*nothing, .*empty\. Run `pvecm updatecerts` on pve2$/,
      );
    });
    test('the name of another node does not count', async () => {
      await failure('host-key', shell(known(`pve3,127.0.0.1 ${sshd.publicKey('host')}`)).run(sshd.host, reads('true')));
    });
    test('a host that shows another key is refused with both fingerprints', async () => {
      const refused = await failure('host-key', shell(known(`pve2 ${sshd.publicKey('host-new')}`)).run(sshd.host, reads('true')));
      const print = (name: string): string => fingerprint(Buffer.from(sshd.publicKey(name).split(' ')[1] ?? '', 'base64'));
      assert.ok(refused.message.includes(`shows the host key ${print('host')}`), refused.message);
      assert.ok(refused.message.includes(`has ssh-rsa ${print('host-new')}`), refused.message);
      assert.match(refused.message, /pvecm updatecerts/);
    });
    test('a revoked key is refused', async () => {
      const line = `pve2 ${sshd.publicKey('host')}`;
      assert.match((await failure('host-key', shell(known(line, `@revoked ${line}`)).run(sshd.host, reads('true')))).message, /revoked/);
    });
    test('a certificate authority is not a host key', async () => {
      await failure('host-key', shell(known(`@cert-authority pve2 ${sshd.publicKey('host')}`)).run(sshd.host, reads('true')));
    });
    test('hashed names are found, and ed25519 keys too', async () => {
      assert.equal((await shell(known(`pve2 ${sshd.publicKey('host-ed25519')}`)).run(sshd.host, reads('true'))).exitCode, 0);
      known(`pve2 ${sshd.publicKey('host')}`);
      execFileSync('ssh-keygen', ['-q', '-H', '-f', sshd.path('other_hosts')], { stdio: 'ignore' });
      assert.equal((await shell({ hostKeyFiles: sshd.knownFrom('other_hosts') }).run(sshd.host, reads('true'))).exitCode, 0);
    });
    test("a node's own file alone counts when it exists", async () => {
      mkdirSync(sshd.path('nodes/pve4'), { recursive: true });
      writeFileSync(sshd.path('nodes/pve4/ssh_known_hosts'), `pve4 ${sshd.publicKey('host-new')}\n`);
      sshd.write('four', `pve4 ${sshd.publicKey('host')}\n`);
      await failure('host-key', shell({ hostKeyFiles: sshd.knownFrom('four') }).run({ ...sshd.host, name: 'pve4' }, reads('true')));
      writeFileSync(sshd.path('nodes/pve4/ssh_known_hosts'), `pve4 ${sshd.publicKey('host')}\n`);
      assert.equal((await shell({ hostKeyFiles: sshd.knownFrom() }).run({ ...sshd.host, name: 'pve4' }, reads('true'))).exitCode, 0);
    });
    test('a host without a key of the known type is refused, not trusted by another key', async () => {
      const own = await start();
      await own.stop();
      await own.run(`HostKey ${own.path('host-ed25519')}`);
      const refused = await failure('host-key', own.shell().run(own.host, reads('true')));
      assert.match(refused.message, /no host key of a type that is known for it \(ssh-rsa in /);
    });
  });

  describe('login', () => {
    test('without any key file the message names where it looked', async () => {
      const refused = await failure('login', shell({ keyFiles: [sshd.path('none')] }).run(sshd.host, reads('true')));
      assert.match(refused.message, /no private key to log in with: .*none \(missing\)$/);
    });
    test('a file that holds no private key is named with its reason', async () => {
      const refused = await failure(
        'login',
        shell({ keyFiles: [sshd.path('user.pub'), sshd.path('sshd_config')] }).run(sshd.host, reads('true')),
      );
      assert.match(refused.message, /user\.pub \(not a private key\), .*sshd_config \(/);
    });
    test('a key that is not authorised is refused by name', async () => {
      const refused = await failure('login', shell({ keyFiles: [sshd.path('stranger')] }).run(sshd.host, reads('true')));
      assert.match(refused.message, /does not let root in with .*stranger/);
    });
    test('the next key is tried when one is refused or missing', async () => {
      const keyFiles = [sshd.path('none'), sshd.path('stranger'), sshd.path('user-ed25519')];
      assert.equal((await shell({ keyFiles }).run(sshd.host, reads('true'))).exitCode, 0);
    });
    test('a user whose login shell starts no commands is refused', async () => {
      const own = await start('ForceCommand echo this account is not available; exit 1');
      const refused = await failure('login', own.shell().run(own.host, reads('true')));
      assert.match(refused.message, /login shell of root did not start it: this account is not available/);
      await failure('login', own.shell().runAll(own.host, [reads('true')]));
    });
  });

  describe('trouble on the way', () => {
    test('a port where nobody listens is unreachable', async () => {
      const refused = await failure('unreachable', shell({ port: await freePort() }).run(sshd.host, reads('true')));
      assert.match(refused.message, /ECONNREFUSED/);
    });
    test('a name that does not resolve is unreachable', async () => {
      await failure('unreachable', shell().run({ name: 'pve2', address: 'no-such-host.invalid', own: false }, reads('true')));
    });
    test('a connection cut in mid command is no answer for each command on it, and the next command works', async () => {
      const one = shell();
      await one.run(sshd.host, reads('true'));
      const marker = sshd.path('started');
      const calls = [1, 2].map((n) => one.run(sshd.host, reads('sh', '-c', `echo x >> ${marker}${n}; sleep 5`)));
      const failures = calls.map((call) => failure('no-answer', call));
      await until(() => existsSync(`${marker}1`) && existsSync(`${marker}2`));
      const server = sshd.connections().filter((pid) => descendants(pid).some((child) => commandLine(child).includes(marker)));
      sshd.signal('SIGKILL', server);
      await Promise.all(failures);
      assert.equal((await one.run(sshd.host, reads('echo', 'again'))).stdout, 'again\n');
    });
    test('a batch cut in the middle is no answer', async () => {
      const own = await start();
      const one = own.shell();
      const call = failure('no-answer', one.runAll(own.host, [reads('true'), reads('touch', own.path('begun')), reads('sleep', '5')]));
      await until(() => existsSync(own.path('begun')));
      own.signal('SIGKILL', own.connections());
      await call;
    });
    test('a kept connection that died while idle is replaced without a word', async () => {
      const own = await start();
      const one = own.shell();
      await one.run(own.host, reads('true'));
      own.signal('SIGKILL', own.connections());
      assert.equal((await one.run(own.host, reads('true'))).exitCode, 0);
    });
    test('a hung sshd hits the deadline of the command on a kept connection, and the connect timeout on a new one', async () => {
      const own = await start();
      const one = own.shell({ connectTimeoutMs: 1_500 });
      await one.run(own.host, reads('true'));
      own.signal('SIGSTOP');
      assert.match((await failure('no-answer', one.run(own.host, bounded(300, 'true')))).message, /deadline/);
      assert.match((await failure('unreachable', one.run(own.host, reads('true')))).message, /no ssh login within 1500 ms/);
      assert.match(
        (await failure('unreachable', own.shell({ connectTimeoutMs: 60_000 }).run(own.host, bounded(300, 'true')))).message,
        /within the deadline/,
      );
      own.signal('SIGCONT');
      assert.equal((await one.run(own.host, reads('true'))).exitCode, 0);
    });
    test('unanswered keepalives end a connection before a long deadline does', async () => {
      const own = await start();
      const one = own.shell({ keepaliveMs: 300, keepaliveCount: 2 });
      const call = failure('no-answer', one.run(own.host, reads('sh', '-c', `touch ${own.path('begun')}; sleep 20`)));
      await until(() => existsSync(own.path('begun')));
      own.signal('SIGSTOP');
      assert.match((await call).message, /Keepalive timeout/);
    });
    test('disconnect ends what is under way, and the next command connects anew', async () => {
      const one = shell();
      const call = failure('no-answer', one.run(sshd.host, reads('sh', '-c', `touch ${sshd.path('begun')}; sleep 5`)));
      await until(() => existsSync(sshd.path('begun')));
      await one.disconnect(sshd.host);
      assert.match((await call).message, /closed by us/);
      assert.equal((await one.run(sshd.host, reads('true'))).exitCode, 0);
      await one.disconnect({ ...sshd.host, name: 'never-seen' });
    });
    test('login scripts that print do not reach the answers', async () => {
      const own = await start(`ForceCommand echo Welcome; echo careful >&2; eval "$SSH_ORIGINAL_COMMAND"`);
      const one = own.shell();
      const answer = await one.run(own.host, reads('sh', '-c', 'echo a; echo b >&2'));
      assert.deepEqual([answer.stdout, answer.stderr], ['a\n', 'b\n']);
      assert.equal((await one.runAll(own.host, [reads('echo', 'a')]))[0]?.stdout, 'a\n');
    });
  });

  describe('through sudo', { skip: existsSync('/usr/bin/sudo') ? false : 'sudo is not installed' }, () => {
    test('a sudo that refuses is no answer of the command, alone or in a batch, and the message says what to compare', async () => {
      const own = await start('ForceCommand exec sudo -n -u nobody /bin/sh -c "$SSH_ORIGINAL_COMMAND"');
      const one = own.shell({ elevation: 'sudo', user: 'root' });
      const refused = await failure('login', one.run(own.host, reads('stat', '/run/reboot-required')));
      assert.match(
        refused.message,
        /sudo does not let root run it \(sudo: a password is required\); compare .* `proxroll config sudoers` prints/,
      );
      assert.deepEqual((await failure('login', one.runAll(own.host, [reads('true'), reads('stat', '/')]))).argv, ['true']);
      assert.equal((await one.run(own.host, reads('proxroll-no-such-program'))).exitCode, 127);
    });
    test('every command is run by sudo on its own', async () => {
      const one = shell({ elevation: 'sudo' });
      const answer = await one.run(sshd.host, { ...reads('sh', '-c', 'echo $SUDO_COMMAND $LC_ALL $TERM; cat; exit 3'), stdin: 'given' });
      assert.deepEqual([answer.exitCode, answer.stdout], [3, '/usr/bin/sh -c echo $SUDO_COMMAND $LC_ALL $TERM; cat; exit 3 C dumb\ngiven']);
      const answers = await one.runAll(sshd.host, [
        reads('id', '-u'),
        reads('false'),
        reads('proxroll-no-such-program'),
        reads('echo', '$x'),
      ]);
      assert.deepEqual(
        answers.map(({ exitCode, stdout }) => [exitCode, stdout]),
        [
          [0, '0\n'],
          [1, ''],
          [127, ''],
          [0, '$x\n'],
        ],
      );
    });
  });
});
