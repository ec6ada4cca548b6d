/**
 * Commands on the own node. Each child leads a process group and session of its own: a ^C in our terminal does not reach
 * it, and when a deadline passes all that it started goes with it.
 */
import { constants } from 'node:os';
import { execa } from 'execa';
import type { Clock } from '../ports/clock.ts';
import { ShellFailure } from '../ports/shell.ts';
import type { Answer, Command, Host, Shell } from '../ports/shell.ts';
import { mustOnlyRead } from './batch.ts';
import { deadline } from './deadline.ts';
import { COMMAND_ENV, MAX_OUTPUT_BYTES } from './environment.ts';

export interface LocalShellOptions {
  readonly clock: Clock;
  /** Of stdout and of stderr each; 64 MiB unless given. */
  readonly maxOutputBytes?: number;
  /** Time between asking a child to end (SIGTERM) and ending it (SIGKILL); 2 s unless given. */
  readonly politeMs?: number;
}

/** Answers for whatever host it is given: `clusterShell` sends it only the own node. Adds to the port's contract that output over the cap is a ShellFailure. */
export function localShell(options: LocalShellOptions): Shell {
  return {
    run: (host, command) => run(options, host, command, 'fails'),
    async runAll(host, commands) {
      mustOnlyRead(commands);
      const answers: Answer[] = [];
      for (const command of commands) answers.push(await run(options, host, command, 'answers'));
      return answers;
    },
    disconnect: () => Promise.resolve(),
  };
}

/** @param killed what a command ended by a signal does: fail, or answer 128 + signal as a shell says, so that a batch goes on */
async function run(options: LocalShellOptions, host: Host, command: Command, killed: 'fails' | 'answers'): Promise<Answer> {
  const { clock, politeMs = 2_000, maxOutputBytes = MAX_OUTPUT_BYTES } = options;
  const { argv, stdin, deadlineMs } = command;
  const [program, ...args] = argv;
  const started = clock.elapsed();
  const child = execa(program, args, {
    // `/`: the folder we were started in may be gone, and then nothing would start at all.
    cwd: '/',
    env: COMMAND_ENV,
    extendEnv: false,
    detached: true,
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: maxOutputBytes,
    ...(stdin === undefined ? { stdin: 'ignore' as const } : { input: stdin }),
  });
  const due = deadline(clock, deadlineMs);
  const passed = new Promise<'passed'>((resolve) => due.signal.addEventListener('abort', () => resolve('passed')));
  const result = await Promise.race([child, passed]).finally(() => due.stop());
  if (result === 'passed') {
    await killGroup(clock, child.pid, politeMs);
    // A daemon that left the group may hold the other end for ever, and we would never exit.
    child.stdout?.destroy();
    child.stderr?.destroy();
    throw new ShellFailure('no-answer', host.name, argv, `no answer within ${deadlineMs} ms; it was ended`);
  }
  if (result.isMaxBuffer) {
    await killGroup(clock, child.pid, politeMs);
    throw new ShellFailure('no-answer', host.name, argv, `printed more than ${maxOutputBytes} bytes; it was ended`, { cause: result });
  }
  const answer = (exitCode: number, stderr = text(result.stderr)): Answer => ({
    exitCode,
    stdout: text(result.stdout),
    stderr,
    tookMs: clock.elapsed() - started,
  });
  if (result.code === 'ENOENT' && result.exitCode === undefined) return answer(127, `${program}: not found\n`);
  if (result.code === 'EACCES' && result.exitCode === undefined) return answer(126, `${program}: cannot be executed\n`);
  if (result.signal !== undefined) {
    if (killed === 'answers') return answer(128 + constants.signals[result.signal]);
    throw new ShellFailure('no-answer', host.name, argv, `was ended by ${result.signal}`, { cause: result });
  }
  if (result.exitCode !== undefined) return answer(result.exitCode);
  throw new ShellFailure('unreachable', host.name, argv, `could not be started: ${result.shortMessage ?? result.code}`, { cause: result });
}

/** Resolves when no process of the group is left, or after SIGKILL when one stays: what hangs in the kernel dies when it can. */
async function killGroup(clock: Clock, leader: number | undefined, politeMs: number): Promise<void> {
  if (leader === undefined || !signalGroup(leader, 'SIGTERM')) return;
  const until = clock.elapsed() + politeMs;
  while (clock.elapsed() < until) {
    await clock.sleep(20);
    if (!signalGroup(leader, 0)) return;
  }
  signalGroup(leader, 'SIGKILL');
}

/** @returns false when the group is gone */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function text(output: Uint8Array | undefined): string {
  return output === undefined ? '' : Buffer.from(output.buffer, output.byteOffset, output.byteLength).toString('utf8');
}
