/**
 * The shell text that another node runs for us. All output before the mark is dropped: a login script may print what it
 * likes (facts 7.2). `exec` keeps builtins and functions of that shell from answering in a program's place.
 */
import type { Argv, Command } from '../ports/shell.ts';
import { COMMAND_ENV } from './environment.ts';
import { posixQuote, posixQuoteAll } from './posix-quote.ts';

/** How a command becomes root's: the ssh user is root, or every command goes through sudo on its own. */
export type Elevation = 'none' | 'sudo';

/** Exit code of a batch that could not work at all: no private folder, disk full, nobody reads. */
export const BATCH_BROKEN = 74;

const EXPORTS = `export ${posixQuoteAll(Object.entries(COMMAND_ENV).map(([name, value]) => `${name}=${value}`))}; cd /`;

/** One command. Prints the mark as a line of its own on stdout and stderr, then what the command prints; ends with its exit status or signal. */
export function singleScript(command: Command, elevation: Elevation, mark: string): string {
  const input = command.stdin === undefined ? ' </dev/null' : '';
  return inPosixShell(`echo ${mark}; echo ${mark} >&2; ${EXPORTS}; ${program(command.argv, elevation)}${input}`);
}

/**
 * Several commands, one after the other. For each a frame on stdout, as soon as it has ended: a line
 * `<mark> <exit code> <bytes of stdout> <bytes of stderr>`, then those bytes. Output goes through a folder of our own in
 * memory, which leaves with the script.
 */
export function batchScript(commands: readonly Command[], elevation: Elevation, mark: string): string {
  return inPosixShell(
    [
      EXPORTS,
      `d=$(mktemp -d /dev/shm/proxroll.XXXXXXXX 2>/dev/null || mktemp -d /tmp/proxroll.XXXXXXXX) || exit ${BATCH_BROKEN}`,
      `trap 'rm -rf -- "$d"' EXIT`,
      `trap 'exit ${BATCH_BROKEN}' HUP INT TERM PIPE`,
      // The new one-byte file tells whether the disk was full: a program may cut its output short there and still exit with 0.
      `f() { printf . >"$d/$1" && set -- "$2" $(stat -c %s "$d/o" "$d/e") && [ $# = 3 ] && printf '%s %s %s %s\\n' ${mark} "$@" && cat "$d/o" "$d/e" || exit ${BATCH_BROKEN}; }`,
      `echo ${mark}`,
      ...commands.map(({ argv }, index) => `(${program(argv, elevation)}) </dev/null >"$d/o" 2>"$d/e"; f ${index} $?`),
    ].join('\n'),
  );
}

/** sudo answers a missing program and a forbidden one alike when sudoers names the path (exit code 1), so whether it exists is asked before. */
function program(argv: Argv, elevation: Elevation): string {
  if (elevation === 'none') return `exec ${posixQuoteAll(argv)}`;
  const name = posixQuote(argv[0]);
  return (
    `command -v sudo >/dev/null || { echo 'sudo: required, but not installed' >&2; exit 1; }; ` +
    `command -v ${name} >/dev/null || { printf '%s: not found\\n' ${name} >&2; exit 127; }; ` +
    `exec sudo -n -- ${posixQuoteAll(argv)}`
  );
}

// The login shell of the ssh user may be any; it only has to start this one.
function inPosixShell(script: string): string {
  return `exec /bin/sh -c ${posixQuote(script)}`;
}

/**
 * The line in which sudo refused a command, which then was not run; `undefined` when the command itself answered. Without
 * this an "exit code 1" of sudo would be read as the command's own "no".
 */
export function sudoRefusal(exitCode: number, stderr: string): string | undefined {
  if (exitCode !== 1) return undefined;
  return stderr.split('\n').find((line) => SUDO_REFUSALS.some((pattern) => pattern.test(line)));
}

// Fixed English texts, as LC_ALL=C is exported before: sudo 1.9 (plugins/sudoers) and sudo-rs.
const SUDO_REFUSALS = [
  /^sudo(-rs)?: .*\brequired\b/i,
  /^sudo(-rs)?: sorry\b/i,
  /^sudo(-rs)?: .*\bsudoers\b/,
  /^Sorry, user \S+ (is not allowed to execute|may not run sudo)/,
  /^\S+ is not (in the sudoers file|allowed to run sudo)/,
];
