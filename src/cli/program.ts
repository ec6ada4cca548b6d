/** The command line. Commands load what they need when they are called, so that `--version` and `--help` answer at once. */
import { Command, CommanderError } from 'commander';
import { addAbandon } from './abandon.ts';
import type { Entrance } from './actions.ts';
import { addBundle } from './bundle.ts';
import { addCheck } from './check.ts';
import { addConfig } from './config.ts';
import { addControl } from './control.ts';
import { addDemo } from './demo.ts';
import { Exit, type ExitCode } from './exit-codes.ts';
import { addHistory } from './history.ts';
import { addHold } from './hold.ts';
import { addLoans } from './loans.ts';
import { addMetrics } from './metrics.ts';
import { addNotify } from './notify.ts';
import { addPlan } from './plan.ts';
import { addRehearse } from './rehearse.ts';
import { addReport } from './report.ts';
import { addResume } from './resume.ts';
import { addRun } from './run.ts';
import { Session } from './session.ts';
import { addStatus } from './status.ts';
import { addWhyNot } from './why-not.ts';

/** @param argv without the names of node and of the script @returns the exit code; whatever went wrong has been told on stderr */
export async function runProgram(argv: readonly string[], entrance: Entrance): Promise<ExitCode> {
  const session = new Session(entrance);
  try {
    await buildProgram(session).parseAsync([...argv], { from: 'user' });
    return session.exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.ok : Exit.usage;
    const { troubleOf, troubleText } = await import('./errors.ts');
    const text = troubleText(error, { width: Math.max(40, entrance.err.columns()), debug: session.globals.debug });
    entrance.err.write(session.inService ? text.replaceAll(/^(?=.)/gm, '<3>') : text);
    return troubleOf(error).exit;
  }
}

export function buildProgram(session: Session): Command {
  const { out, err, version } = session.entrance;
  const program = new Command('proxroll')
    .description('Rolling patches for Proxmox VE clusters, from one node, without stopping what runs on them.')
    .option('-c, --config <file>', 'read another configuration file than /etc/proxroll/config.yaml')
    .option('-d, --debug', 'log every command, its duration and its exit code')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'proxroll: ')),
      getOutHelpWidth: () => Math.max(40, out.columns()),
      getErrHelpWidth: () => Math.max(40, err.columns()),
      getOutHasColors: () => out.colour,
      getErrHasColors: () => err.colour,
    })
    .exitOverride()
    .addHelpText('after', '\nExit codes: 0 ok, 1 bug, 2 usage, 3 blocked, 4 paused, 5 busy.\nMore: man proxroll');
  program.hook('preAction', () => {
    const { config, debug } = program.opts<{ config?: string; debug?: true }>();
    session.globals = { debug: debug === true, ...(config === undefined ? {} : { configFile: config }) };
  });
  for (const add of [
    addCheck,
    addPlan,
    addWhyNot,
    addRun,
    addStatus,
    addReport,
    addResume,
    addControl,
    addAbandon,
    addHold,
    addHistory,
    addBundle,
    addLoans,
    addConfig,
    addNotify,
    addMetrics,
    addRehearse,
    addDemo,
  ])
    add(program, session);
  tellWhereHelpIs(program, 'proxroll');
  return program;
}

/** Behind every complaint about a command line stands the command that shows the right one. */
function tellWhereHelpIs(command: Command, name: string): void {
  command.showHelpAfterError(`    next: ${name} --help`);
  for (const below of command.commands) tellWhereHelpIs(below, `${name} ${below.name()}`);
}
