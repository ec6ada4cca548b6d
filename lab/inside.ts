/**
 * The lab runs inside mount, network and process namespaces of its own. Its network namespace is the switch the hosts hang on, so
 * nothing in it reaches beyond this machine, and when its first process ends the kernel ends all hosts, mounts and links.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LabRun } from './lab-run.ts';

const runVariable = 'PROXROLL_LAB_RUN';

/** The run this process is inside of, or `undefined` when it is still outside. */
export function enteredRun(): LabRun | undefined {
  const text = process.env[runVariable];
  if (text === undefined) return undefined;
  const [name, folder] = text.split('|');
  if (name === undefined || folder === undefined) throw new Error(`${runVariable} is not what inside.ts writes: ${text}`);
  return { name, folder, cgroup: `/sys/fs/cgroup/${name}` };
}

/**
 * Starts this same command again, inside.
 * @param output a file for what it writes, instead of our own
 * @returns its exit code; 130 when `stop` fired
 */
export function enter(run: LabRun, args: readonly string[], stop: AbortSignal, output?: number): Promise<number> {
  const unshare = ['unshare', '--mount', '--propagation', 'private', '--net', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
  const node = [process.execPath, ...process.execArgv, fileURLToPath(new URL('index.ts', import.meta.url)), ...args];
  const argv = ['--pdeathsig', 'KILL', ...unshare, 'sh', fileURLToPath(new URL('inside.sh', import.meta.url)), run.name, ...node];
  return new Promise((resolve, reject) => {
    // A group of its own: Ctrl-C reaches the outer process only, which then ends all of it at once.
    const child = spawn('setpriv', argv, {
      stdio: output === undefined ? 'inherit' : ['ignore', output, output],
      detached: true,
      env: { ...process.env, [runVariable]: `${run.name}|${run.folder}` },
    });
    const kill = () => child.kill('SIGKILL');
    stop.addEventListener('abort', kill, { once: true });
    if (stop.aborted) kill();
    child.once('error', reject);
    child.once('exit', (code) => resolve(stop.aborted ? 130 : (code ?? 1)));
  });
}
