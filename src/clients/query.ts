/**
 * A question to a host as data: the command, and how its answer is read. One observation of a node is a list of these,
 * asked in one round trip.
 */
import type { Answer, Argv, Command } from '../ports/shell.ts';
import type { Reading } from '../model/reading.ts';
import { withoutSecrets } from '../model/redact.ts';
import { known, unknown } from '../model/reading.ts';
import { ShellFailure } from '../ports/shell.ts';
import type { At } from './at.ts';
import { CommandFailed, Unparsable } from './at.ts';

export interface Query<T> {
  readonly command: Command;
  /** @throws CommandFailed when the command says that it failed, Unparsable when its output is not what it promises */
  parse(answer: Answer, host: string): T;
}

/** Where a text came from, for whoever has to say that it makes no sense. */
export interface Source {
  readonly host: string;
  readonly command: string;
}

/** The readings of a tuple or record of queries, in the same places. */
export type Readings<Q> = { readonly [K in keyof Q]: Q[K] extends Query<infer T> ? Reading<T> : never };

/**
 * Asks one question.
 * @throws ShellFailure without an answer, CommandFailed, Unparsable
 */
export async function ask<T>(at: At, query: Query<T>): Promise<T> {
  return parsed(query, await at.shell.run(at.host, query.command), at.host.name);
}

/**
 * Asks several questions in one round trip. An answer that failed or makes no sense is unknown, with the reason; it does
 * not touch the others.
 * @param queries a tuple; the readings come in its order
 * @throws ShellFailure when there is no answer at all
 */
export async function askAll<const Q extends readonly Query<unknown>[]>(at: At, queries: Q): Promise<Readings<Q>> {
  const answers = await at.shell.runAll(
    at.host,
    queries.map((query) => query.command),
  );
  const readings = queries.map((query, index) => read(query, answers[index], at.host.name));
  return readings as unknown as Readings<Q>;
}

/** The same with names: `askNamed(at, { bootId: bootIdQuery })` gives `{ bootId: Reading<string> }`. @throws ShellFailure */
export async function askNamed<const Q extends Readonly<Record<string, Query<unknown>>>>(at: At, queries: Q): Promise<Readings<Q>> {
  const names = Object.keys(queries);
  const readings = await askAll(at, Object.values(queries));
  return Object.fromEntries(names.map((name, index) => [name, readings[index]])) as Readings<Q>;
}

/** One answer as a reading: what was said, or why it says nothing. */
export function read<T>(query: Query<T>, answer: Answer | undefined, host: string): Reading<T> {
  if (answer === undefined) return unknown(`${host}: \`${query.command.argv.join(' ')}\`: the batch gave no answer to it`);
  try {
    return known(parsed(query, answer, host));
  } catch (error) {
    return reasonOf(error);
  }
}

/** The last answer to a query from each host, and what was read in it. */
const lastRead = new WeakMap<Query<unknown>, Map<string, { readonly answer: Answer; readonly value: unknown }>>();

/** Longer answers are not kept: the site of thousands of guests would stay in memory twice. */
const keptLength = 100_000;

/** Shorter ones are read as fast as they are looked up, and most of them are answers to questions that are made for one guest or unit. */
const worthKeeping = 200;

/** Hosts say the same again and again; the same words are not read twice. Parsing is pure and what it returns is never changed. */
function parsed<T>(query: Query<T>, answer: Answer, host: string): T {
  const { length } = answer.stdout;
  if (length < worthKeeping || length > keptLength) return query.parse(answer, host);
  let hosts = lastRead.get(query);
  const last = hosts?.get(host);
  if (last !== undefined && saysTheSame(last.answer, answer)) return last.value as T;
  const value = query.parse(answer, host);
  if (hosts === undefined) lastRead.set(query, (hosts = new Map<string, { readonly answer: Answer; readonly value: unknown }>()));
  hosts.set(host, { answer, value });
  return value;
}

function saysTheSame(a: Answer, b: Answer): boolean {
  return a.exitCode === b.exitCode && a.stdout === b.stdout && a.stderr === b.stderr;
}

/** A failure of the world as an unknown reading. @throws the error itself when it is a mistake of ours */
export function reasonOf(error: unknown): { readonly known: false; readonly why: string } {
  if (error instanceof Unparsable || error instanceof CommandFailed || error instanceof ShellFailure) return unknown(error.message);
  throw error;
}

/** A query whose command must exit with 0 and whose stdout is the answer. */
export function textQuery<T>(command: Command, parse: (stdout: string, source: Source) => T): Query<T> {
  return {
    command,
    parse(answer, host) {
      if (answer.exitCode !== 0) throw new CommandFailed(host, command.argv, answer);
      return parse(answer.stdout, sourceOf(command.argv, host));
    },
  };
}

/** A query that reads the exit code too. */
export function answerQuery<T>(command: Command, parse: (answer: Answer, source: Source, fail: () => CommandFailed) => T): Query<T> {
  return {
    command,
    parse: (answer, host) => parse(answer, sourceOf(command.argv, host), () => new CommandFailed(host, command.argv, answer)),
  };
}

/** An error that names host, command, field and the beginning of what was there, without what looks like a secret. */
export function unparsable(source: Source, field: string, seen: string | undefined): Unparsable {
  const text = withoutSecrets(seen ?? '').trim();
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return new Unparsable(source.host, source.command, field, short === '' ? 'nothing' : short);
}

/** The lines of a text that hold anything. */
export function filledLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Whether a coreutils command failed because the file is not there (`LC_ALL=C`), as opposed to not being readable. */
export function saysMissing(answer: Answer): boolean {
  return answer.exitCode !== 0 && /No such file or directory/.test(answer.stderr);
}

/** What the program itself says on stderr: others may write there too, such as sudo that cannot resolve its host's name. */
export function complaintsOf(answer: Answer, program: string): readonly string[] {
  return filledLines(answer.stderr).filter((line) => line.startsWith(`${program}: `));
}

function sourceOf(argv: Argv, host: string): Source {
  return { host, command: argv.join(' ') };
}
