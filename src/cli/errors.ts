/** Any error as what, seen, next and an exit code. The one place that turns errors into words for people. */
import { CommandFailed, lastLines, Unparsable } from '../clients/at.ts';
import { configProblemText, defaultConfigFile, type ConfigProblem } from '../config/load.ts';
import { loanReturnText, loanText } from '../model/loan.ts';
import { Pause } from '../model/pause.ts';
import { ShellFailure, type ShellFailureKind } from '../ports/shell.ts';
import { StoreFull } from '../ports/store.ts';
import { count, hanging } from '../report/paragraph.ts';
import { JournalDamaged, NoRoomToBegin } from '../run/journal.ts';
import { Exit, type ExitCode } from './exit-codes.ts';
import { ConfigRejected, Refused } from './refused.ts';

export interface Trouble {
  readonly what: string;
  /** Empty when `what` says it all. */
  readonly seen: string;
  readonly next: string;
  readonly exit: ExitCode;
}

/** @returns what to tell; an error that nobody expected is a bug and says so */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof Refused) return { what: error.what, seen: error.seen, next: error.next, exit: error.exit };
  if (error instanceof ConfigRejected)
    return {
      what: `the configuration has ${count(error.problems.length, 'problem')}, nothing was touched`,
      seen: '',
      next: `correct the file, then: proxroll ${otherFile(error.problems)}config check`,
      exit: Exit.usage,
    };
  if (error instanceof Pause) return { ...error.reason, what: `${error.reason.what} [${error.code}]`, exit: Exit.paused };
  if (error instanceof ShellFailure) return silence(error);
  if (error instanceof Unparsable)
    return {
      what: `${error.host} answered something that proxroll does not understand`,
      seen: `\`${error.command}\`, ${error.field}: ${error.seen}`,
      next: 'run that command by hand on that node; if its answer looks right, report it as a bug',
      exit: Exit.blocked,
    };
  if (error instanceof CommandFailed)
    return {
      what: `\`${error.argv.join(' ')}\` failed on ${error.host}`,
      seen: `exit code ${error.answer.exitCode}: ${lastLines(error.answer)}`,
      next: 'run that command by hand on that node and set right what it complains about',
      exit: Exit.blocked,
    };
  if (error instanceof JournalDamaged)
    return {
      what: `the journal of run ${error.run} cannot be used`,
      seen: error.detail,
      next: [
        ...(error.before?.loans ?? []).map(
          (loan) => `${loanText(loan)}, as far as can be read: see whether it still is, and return it with: ${loanReturnText(loan)}`,
        ),
        `look at /var/lib/proxroll/runs/${error.run}; once nothing in it is needed any more, move that folder away`,
      ].join('; '),
      exit: Exit.blocked,
    };
  if (error instanceof StoreFull)
    return {
      what: 'the disk with /var/lib/proxroll is full',
      seen: error.message,
      next: `free space there, then: ${error instanceof NoRoomToBegin ? 'start it again; no run has begun' : 'proxroll resume'}`,
      exit: Exit.paused,
    };
  return systemTrouble(error) ?? bug(error);
}

/** The option that names the file again, when it is not the one that is read by itself. */
function otherFile(problems: readonly ConfigProblem[]): string {
  const file = problems[0]?.file ?? defaultConfigFile;
  return file === defaultConfigFile ? '' : `-c ${file} `;
}

const silences: Readonly<Record<ShellFailureKind, readonly [what: string, next: string]>> = {
  unreachable: ['cannot be reached over ssh', 'look whether it is up and whether this node reaches it: ssh, network, firewall'],
  'host-key': [
    'answers with a host key that the cluster does not know',
    'if the node was reinstalled: pvecm updatecerts there; if not, find out who answers',
  ],
  login: ['refuses the login over ssh', 'look at ssh_user and ssh_keys: proxroll config show'],
  'no-answer': ['stopped answering', 'the command may still be running there; look at the node before anything else'],
  'dry-run': ['was not changed', 'run without --dry-run to make the change'],
};

function silence(error: ShellFailure): Trouble {
  const [what, next] = silences[error.kind];
  return { what: `${error.host} ${what}`, seen: error.message, next, exit: Exit.blocked };
}

/** Errors of the operating system about our own files; a missing file among them would be our mistake. */
function systemTrouble(error: unknown): Trouble | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path, message } = error as NodeJS.ErrnoException;
  const about = path ?? 'a file';
  if (code === 'EACCES' || code === 'EPERM')
    return { what: `${about} may not be used by this user`, seen: message, next: 'run proxroll as root', exit: Exit.usage };
  if (code === 'ENOSPC')
    return { what: `the disk with ${about} is full`, seen: message, next: 'free space there, then try again', exit: Exit.paused };
  if (code === 'EROFS')
    return {
      what: `${about} is on a file system that is read-only`,
      seen: message,
      next: 'find out why (dmesg), then try again',
      exit: Exit.paused,
    };
  return undefined;
}

function bug(error: unknown): Trouble {
  return {
    what: 'this is a bug in proxroll',
    seen: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    next: 'see how far a run got with: proxroll status; then report this to the maintainer (dpkg -s proxroll) with what the same command says under --debug',
    exit: Exit.bug,
  };
}

export interface TroubleOptions {
  readonly width: number;
  /** Adds the stack of a bug. */
  readonly debug: boolean;
}

/** @returns text for stderr, ending in a line break */
export function troubleText(error: unknown, { width, debug }: TroubleOptions): string {
  const trouble = troubleOf(error);
  const problems = error instanceof ConfigRejected ? error.problems.map(configProblemText) : [];
  const stack = debug && trouble.exit === Exit.bug ? stackOf(error) : [];
  return [
    ...hanging('proxroll: ', trouble.what, width),
    ...problems.map((problem) => `  ${problem}`),
    ...(trouble.seen === '' ? [] : hanging('    seen: ', trouble.seen, width)),
    ...(trouble.next === '' ? [] : hanging('    next: ', trouble.next, width)),
    ...stack,
    '',
  ].join('\n');
}

/** With the causes below: the first error is often not the one that matters. */
function stackOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  return [...(error.stack ?? error.message).split('\n'), ...(error.cause === undefined ? [] : ['caused by:', ...stackOf(error.cause)])];
}
