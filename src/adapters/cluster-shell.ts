/** The shell of the whole cluster: the own node without ssh, the others through it; and a note of every command for the log. */
import { ShellFailure } from '../ports/shell.ts';
import type { Answer, Argv, Command, Host, Shell, ShellFailureKind } from '../ports/shell.ts';
import type { Clock } from '../ports/clock.ts';

/** One command that came to an end. What went in and what came out is not here: either may hold secrets. */
export interface CommandNote {
  readonly host: string;
  readonly argv: Argv;
  readonly tookMs: number;
  readonly outcome:
    { readonly kind: 'answered'; readonly exitCode: number } | { readonly kind: 'failed'; readonly why: ShellFailureKind | 'bug' };
}

export interface ClusterShellOptions {
  readonly local: Shell;
  readonly ssh: Shell;
  readonly clock: Clock;
  readonly onCommand: (note: CommandNote) => void;
}

export function clusterShell({ local, ssh, clock, onCommand }: ClusterShellOptions): Shell {
  const shellOf = (host: Host): Shell => (host.own ? local : ssh);
  const answered = (host: Host, { argv }: Command, answer: Answer): void =>
    onCommand({ host: host.name, argv, tookMs: answer.tookMs, outcome: { kind: 'answered', exitCode: answer.exitCode } });
  const failed = (host: Host, argv: Argv, started: number, error: unknown): void =>
    onCommand({
      host: host.name,
      argv,
      tookMs: clock.elapsed() - started,
      outcome: { kind: 'failed', why: error instanceof ShellFailure ? error.kind : 'bug' },
    });
  return {
    async run(host, command) {
      const started = clock.elapsed();
      try {
        const answer = await shellOf(host).run(host, command);
        answered(host, command, answer);
        return answer;
      } catch (error) {
        failed(host, command.argv, started, error);
        throw error;
      }
    },
    async runAll(host, commands) {
      const started = clock.elapsed();
      try {
        const answers = await shellOf(host).runAll(host, commands);
        commands.forEach((command, index) => {
          const answer = answers[index];
          if (answer !== undefined) answered(host, command, answer);
        });
        return answers;
      } catch (error) {
        const argv = error instanceof ShellFailure ? error.argv : commands[0]?.argv;
        if (argv !== undefined) failed(host, argv, started, error);
        throw error;
      }
    },
    disconnect: (host) => shellOf(host).disconnect(host),
  };
}
