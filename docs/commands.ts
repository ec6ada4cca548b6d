/** The commands as the program itself has them: the manual page and the completions are made from this. */
import type { Argument, Command } from 'commander';
import type { Entrance } from '../src/cli/actions.ts';
import { buildProgram } from '../src/cli/program.ts';
import { Session } from '../src/cli/session.ts';

export interface CommandFacts {
  /** `history show`; empty for the program. */
  readonly path: string;
  readonly description: string;
  readonly arguments: readonly { readonly name: string; readonly description: string; readonly required: boolean }[];
  readonly options: readonly OptionFacts[];
  readonly commands: readonly CommandFacts[];
}

export interface OptionFacts {
  /** `-o`, `--output`. */
  readonly names: readonly string[];
  /** `<file>` where it takes a value. */
  readonly value?: string;
  readonly description: string;
}

export function commandTree(): CommandFacts {
  const out = { colour: false, columns: () => 80, write: () => undefined };
  // What is built is only looked at: nothing else of the entrance is needed for that.
  const session = new Session({ version: '', out, err: out } as unknown as Entrance);
  return factsOf(buildProgram(session), '');
}

function factsOf(command: Command, path: string): CommandFacts {
  const within = (name: string) => (path === '' ? name : `${path} ${name}`);
  return {
    path,
    description: command.description(),
    arguments: command.registeredArguments.map((argument: Argument) => ({
      name: argument.name(),
      description: argument.description,
      required: argument.required,
    })),
    options: [
      ...command.options.filter((option) => !option.hidden).map(optionFacts),
      { names: ['-h', '--help'], description: 'show this help' },
    ],
    commands: command.commands.map((child) => factsOf(child, within(child.name()))),
  };
}

function optionFacts({ flags, description }: { readonly flags: string; readonly description: string }): OptionFacts {
  const value = /<[^>]+>/.exec(flags)?.[0];
  return { names: flags.match(/--?[a-z][a-z-]*/g) ?? [], ...(value === undefined ? {} : { value }), description };
}

/** The program and everything below it. */
export function allCommands(command: CommandFacts = commandTree()): readonly CommandFacts[] {
  return [command, ...command.commands.flatMap(allCommands)];
}
