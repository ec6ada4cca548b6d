/** Where a client's command runs: a host, and the shell that reaches it. */
import { withoutSecrets } from '../model/redact.ts';
import type { Answer, Argv, Command, Host, Shell } from '../ports/shell.ts';

export interface At {
  readonly shell: Shell;
  readonly host: Host;
}

/** Output of a foreign command that is not what its facts promise. Counted as unknown by whoever asked. */
export class Unparsable extends Error {
  override readonly name = 'Unparsable';
  constructor(
    readonly host: string,
    readonly command: string,
    readonly field: string,
    readonly seen: string,
  ) {
    super(`${host}: \`${command}\`: cannot make sense of ${field}: ${seen}`);
  }
}

/** A command that answered and said that it failed. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  constructor(
    readonly host: string,
    readonly argv: Argv,
    readonly answer: Answer,
  ) {
    super(`${host}: \`${argv.join(' ')}\` failed with exit code ${answer.exitCode}: ${lastLines(answer)}`);
  }
}

/** The last three lines it printed, stderr first choice: where tools say why. Without what looks like a secret. */
export function lastLines(answer: Answer): string {
  const text = answer.stderr.trim() === '' ? answer.stdout : answer.stderr;
  return withoutSecrets(text).trim().split('\n').slice(-3).join(' / ');
}

/** Runs a command that must succeed. @returns its stdout @throws CommandFailed on another exit code than 0, ShellFailure without an answer */
export async function mustRun(at: At, command: Command): Promise<string> {
  const answer = await at.shell.run(at.host, command);
  if (answer.exitCode !== 0) throw new CommandFailed(at.host.name, command.argv, answer);
  return answer.stdout;
}

/** A command that only looks. */
export function reads(deadlineMs: number, ...argv: Argv): Command {
  return { argv, deadlineMs, effect: 'reads' };
}

/** A command that changes something. */
export function changes(deadlineMs: number, ...argv: Argv): Command {
  return { argv, deadlineMs, effect: 'changes' };
}
