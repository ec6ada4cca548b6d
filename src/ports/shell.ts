/**
 * The one way to run a command on a host. argv only: no caller ever builds a shell string. Clients in `src/clients` are
 * the only callers, because only they know foreign command lines.
 */
import { withoutSecrets } from '../model/redact.ts';

export interface Host {
  /** The node's own name; also the alias under which its host key is known (facts 7.2). */
  readonly name: string;
  /** Where ssh finds it; the name itself is tried when there is none. */
  readonly address?: string;
  /** True for the node this agent runs on: no ssh there. */
  readonly own: boolean;
}

export type Argv = readonly [program: string, ...rest: string[]];

export interface Command {
  readonly argv: Argv;
  /** Given to the command's stdin; without it stdin is empty. Never logged. */
  readonly stdin?: string;
  readonly deadlineMs: number;
  /** `changes` is what a dry run refuses. A command that only looks says `reads`. */
  readonly effect: 'reads' | 'changes';
}

export interface Answer {
  /** 127 when there is no such command, as a shell says. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface Shell {
  /**
   * Runs one command as root (directly, or through sudo for another ssh user), with `LC_ALL=C`, `TERM=dumb` and stdin
   * empty unless given. A non-zero exit code is an answer, not an error.
   * @throws ShellFailure when there is no answer
   */
  run(host: Host, command: Command): Promise<Answer>;
  /**
   * Runs several commands that only read, one after the other in one round trip, and answers in their order. A command
   * that fails or is missing does not stop the ones after it.
   * @throws ShellFailure when there is no answer; then nothing is known of any of them
   */
  runAll(host: Host, commands: readonly Command[]): Promise<readonly Answer[]>;
  /** Closes what is open to a host that is about to go down, so that nobody waits on a dead connection. */
  disconnect(host: Host): Promise<void>;
}

/**
 * `unreachable`: no connection, nothing was run. `host-key`, `login`: refused, nothing was run.
 * `no-answer`: the deadline passed or the connection broke; the command may have run, and may still be running.
 * `dry-run`: a changing command under `--dry-run`; nothing was run.
 */
export type ShellFailureKind = 'unreachable' | 'host-key' | 'login' | 'no-answer' | 'dry-run';

export class ShellFailure extends Error {
  override readonly name = 'ShellFailure';
  constructor(
    readonly kind: ShellFailureKind,
    readonly host: string,
    readonly argv: Argv,
    detail: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`${host}: ${argv.join(' ')}: ${withoutSecrets(detail)}`, options);
  }
}

/** Passes what reads and refuses what changes: the whole of `--dry-run`. */
export function dryRunShell(inner: Shell): Shell {
  return {
    run(host, command) {
      if (command.effect === 'changes')
        return Promise.reject(new ShellFailure('dry-run', host.name, command.argv, 'not run, because this is a dry run'));
      return inner.run(host, command);
    },
    runAll: (host, commands) => inner.runAll(host, commands),
    disconnect: (host) => inner.disconnect(host),
  };
}
