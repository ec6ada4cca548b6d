/** Programs of Debian that the tests of monitoring need; `build.sh` installs them. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

/** Where a program is, or why a test that needs it is left out. */
export function missing(...names: readonly string[]): string | undefined {
  const absent = names.filter((name) => !['/usr/bin', '/usr/sbin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/${name}`)));
  return absent.length === 0 ? undefined : `not on this machine: ${absent.join(', ')}`;
}

export function ran(program: string, args: readonly string[], input?: string): { readonly exit: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', ...(input === undefined ? {} : { input }) });
  return { exit: status, out: `${stdout}${stderr}` };
}

/** A port of this machine that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Daemon {
  /** Ends it by its process id and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts a program in the foreground, and waits until `ready` resolves without an error. @throws with what it said, when it does not get there */
export async function started(program: string, args: readonly string[], ready: () => Promise<unknown>): Promise<Daemon> {
  let said = '';
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await gone;
  };
  for (let attempt = 0; attempt < 150; attempt++) {
    try {
      await ready();
      return { stop };
    } catch {
      // Not yet.
      if (child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  await stop();
  throw new Error(`${program} did not get ready: ${said.slice(-2000)}`);
}

export async function got(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.text();
}
