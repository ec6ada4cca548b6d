/** A real sshd on a high port of 127.0.0.1, with keys of its own, for as long as a test file needs it. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { HostKeyFiles } from '../../src/adapters/host-keys.ts';
import type { SshShell, SshShellOptions } from '../../src/adapters/ssh-shell.ts';
import { sshShell } from '../../src/adapters/ssh-shell.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { systemRandom } from '../../src/adapters/system-random.ts';
import type { Host } from '../../src/ports/shell.ts';

const SSHD = '/usr/sbin/sshd';

/** Why no sshd can be started here, or false. */
export const withoutSshd: string | false = !existsSync(SSHD)
  ? 'sshd is not installed'
  : process.getuid?.() !== 0
    ? 'only root can start an sshd that lets root in'
    : false;

export class Sshd {
  readonly folder = mkdtempSync(join(tmpdir(), 'proxroll-sshd-'));
  readonly user = userInfo().username;
  readonly host: Host = { name: 'pve2', address: '127.0.0.1', own: false };
  port = 0;
  #process: ChildProcess | undefined;
  readonly #shells: SshShell[] = [];

  static async start(...settings: readonly string[]): Promise<Sshd> {
    const sshd = new Sshd();
    sshd.port = await freePort();
    cpSync(keys(), sshd.folder, { recursive: true });
    sshd.write('authorized_keys', `${sshd.read('user.pub')}${sshd.read('user-ed25519.pub')}`);
    sshd.write('known_hosts', `pve2 ${sshd.publicKey('host')}\n`);
    await sshd.run(...settings);
    return sshd;
  }

  /** Starts it (again), with both host keys unless `settings` names others. */
  async run(...settings: readonly string[]): Promise<void> {
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const hostKeys = settings.some((line) => line.startsWith('HostKey'))
      ? []
      : [`HostKey ${this.path('host')}`, `HostKey ${this.path('host-ed25519')}`];
    const config = [
      `ListenAddress 127.0.0.1:${this.port}`,
      `AuthorizedKeysFile ${this.path('authorized_keys')}`,
      `PidFile none`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin prohibit-password',
      ...hostKeys,
      ...settings,
    ];
    this.write('sshd_config', `${config.join('\n')}\n`);
    this.#process = spawn(SSHD, ['-D', '-e', '-f', this.path('sshd_config')], { stdio: ['ignore', 'ignore', 'ignore'] });
    while (!(await answers(this.port))) if (this.#process.exitCode !== null) throw new Error(`sshd ended with ${this.#process.exitCode}`);
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('sshd does not run');
    return pid;
  }

  /** The server processes of the connections now open; newer versions have two for each. */
  connections(): readonly number[] {
    return this.sessions().filter((pid) => ofProcess(pid, 'comm').startsWith('sshd'));
  }

  /** The server processes of connections now open, and all that they started. */
  sessions(): readonly number[] {
    return descendants(this.pid);
  }

  signal(signal: NodeJS.Signals, pids: readonly number[] = [this.pid, ...this.sessions()]): void {
    for (const pid of pids) tell(pid, signal);
  }

  async stop(): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    this.signal('SIGCONT');
    this.signal('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    for (const shell of this.#shells) shell.close();
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  write(name: string, content: string): string {
    writeFileSync(this.path(name), content, { mode: 0o600 });
    return this.path(name);
  }

  /** Type and base64 of a public key made by `start`. */
  publicKey(name: string): string {
    return this.read(`${name}.pub`).split(' ').slice(0, 2).join(' ');
  }

  /** Known hosts from these files of the folder instead of the cluster's. */
  knownFrom(...names: readonly string[]): HostKeyFiles {
    return { ofNode: (node) => this.path(`nodes/${node}/ssh_known_hosts`), shared: names.map((name) => this.path(name)) };
  }

  /** A shell whose connections end with this server. */
  shell(options: Partial<SshShellOptions> = {}): SshShell {
    const made = sshShell({
      clock: systemClock(),
      random: systemRandom(),
      user: this.user,
      keyFiles: [this.path('user')],
      hostKeyFiles: this.knownFrom('known_hosts'),
      port: this.port,
      ...options,
    });
    this.#shells.push(made);
    return made;
  }
}

let keyFolder: string | undefined;

/** RSA keys cost half a second: made once for all servers of a test file. */
function keys(): string {
  if (keyFolder !== undefined) return keyFolder;
  const folder = (keyFolder = mkdtempSync(join(tmpdir(), 'proxroll-keys-')));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  for (const name of ['host', 'host-new', 'user', 'stranger', 'host-ed25519', 'user-ed25519']) {
    const type = name.endsWith('ed25519') ? ['-t', 'ed25519'] : ['-t', 'rsa', '-b', '2048'];
    execFileSync('ssh-keygen', ['-q', ...type, '-N', '', '-C', 'test', '-f', join(folder, name)]);
  }
  return folder;
}

/** It may have ended by itself. */
function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function descendants(pid: number): readonly number[] {
  return children(pid).flatMap((child) => [child, ...descendants(child)]);
}

function children(pid: number): readonly number[] {
  return ofProcess(pid, `task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
}

/** A file of the process in /proc; nothing when it has ended, which it may do at any moment. */
export function ofProcess(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    if (/^(ENOENT|ESRCH)$/.test((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (up: boolean): void => {
      socket.destroy();
      resolve(up);
    };
    socket.once('data', () => done(true));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
  });
}
