/**
 * A lock on a file that the kernel gives back when we end, however we end. Node has no flock, so the `flock` tool holds
 * it: it waits for a `cat` whose stdin is a pipe from us, and that pipe closes with our last breath.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Socket } from 'node:net';
import type { StoreLock } from '../ports/store.ts';
import { COMMAND_ENV } from './environment.ts';

const BUSY = 75;
const HELD = 'held\n';
// systemd sends SIGTERM to a whole service: the lock must outlive it for as long as we do.
const SCRIPT = `trap '' HUP INT TERM; exec flock --nonblock --conflict-exit-code ${BUSY} "$1" cat`;

/**
 * @param onLost called when the holder ends although nobody released: the lock is gone
 * @throws Error when flock cannot be run or cannot open the file
 */
export async function lockFile(file: string, onLost: () => void): Promise<StoreLock | 'busy'> {
  const holder = spawn('/bin/sh', ['-c', SCRIPT, 'sh', file], { cwd: '/', env: COMMAND_ENV, detached: true, stdio: 'pipe' });
  const ended = new Promise<number>((resolve, reject) => {
    holder.once('error', reject);
    holder.once('close', (code) => resolve(code ?? -1));
  });
  let complaint = '';
  holder.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  // A broken pipe when the holder ended at once: its exit code says why.
  holder.stdin.on('error', (error) => (complaint += error.message));
  const outcome = await Promise.race([echoed(holder), ended]);
  if (outcome === BUSY) return 'busy';
  if (outcome !== 'held') throw new Error(`cannot lock ${file}: flock ended with ${outcome}: ${complaint.trim()}`);
  keepAlive(holder, false);
  let released = false;
  void ended.then(() => {
    if (!released) onLost();
  });
  return {
    async release() {
      released = true;
      keepAlive(holder, true);
      holder.stdin.end();
      await ended;
    },
  };
}

/** Resolves when a word comes back through `cat`, which flock starts only once it has the lock. */
function echoed(holder: ChildProcessWithoutNullStreams): Promise<'held'> {
  return new Promise((resolve) => {
    let heard = '';
    holder.stdout.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard === HELD) resolve('held');
    });
    holder.stdin.write(HELD);
  });
}

/** Whether our process waits for the holder before it ends: not while the lock is merely held. */
function keepAlive(holder: ChildProcessWithoutNullStreams, wait: boolean): void {
  for (const handle of [holder, holder.stdin, holder.stdout, holder.stderr]) {
    if (wait) (handle as unknown as Socket).ref();
    else (handle as unknown as Socket).unref();
  }
}
