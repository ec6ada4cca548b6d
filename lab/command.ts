/** One way to run a program of this machine: argv only, its output in the error when it fails. */
import { execa } from 'execa';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

export interface Outcome {
  /** 124 when the time was up. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever its exit code. */
export async function attempt(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Outcome> {
  const [program, ...rest] = argv;
  const result = await execa(program, rest, {
    reject: false,
    stripFinalNewline: false,
    env: { LC_ALL: 'C', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  });
  const stderr = result.exitCode === undefined && result.stderr === '' ? (result.shortMessage ?? '') : result.stderr;
  return { exitCode: result.timedOut ? 124 : (result.exitCode ?? 127), stdout: result.stdout, stderr };
}

/** Runs a program that must succeed. @returns its stdout @throws Error with the end of what it printed */
export async function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const outcome = await attempt(argv, options);
  if (outcome.exitCode === 0) return outcome.stdout;
  const said = `${outcome.stdout}\n${outcome.stderr}`.trim().split('\n').slice(-15).join('\n');
  throw new Error(`${argv.join(' ')} failed with exit code ${outcome.exitCode}:\n${said}`);
}
