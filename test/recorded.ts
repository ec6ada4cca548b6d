/**
 * Recorded answers of real hosts. A file holds one command: line 1 the command, then `# node`, `# exit`, `# seconds`,
 * `# versions` and perhaps `# note`, then stdout and stderr, each after a line with its length in bytes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Answer, Argv, Shell } from '../src/ports/shell.ts';

export interface Recording {
  /** File name, for messages. */
  readonly name: string;
  /** As it was typed. */
  readonly command: string;
  readonly node: string;
  /** 124 when it was still at work after minutes. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = new URL('./recorded/', import.meta.url);

/** All recordings of one version, sorted by name: `recordings('pve-9.2')`. Files without a header are left to `recordedText`. */
export function recordings(version: string): readonly Recording[] {
  const folder = new URL(`${version}/`, root);
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const bytes = readFileSync(new URL(name, folder));
      return bytes.includes('\n# ---- stdout (') ? [parseRecording(name, bytes)] : [];
    });
}

/** Names of all recordings of one version. */
export function recordingNames(version: string): ReadonlySet<string> {
  return new Set(readdirSync(new URL(`${version}/`, root)).map((name) => name.replace(/\.txt$/, '')));
}

/** One recording: `recording('pve-9.2', 'cat-members')`. */
export function recording(version: string, name: string): Recording {
  return parseRecording(name, readFileSync(new URL(`${version}/${name}.txt`, root)));
}

/** A file that holds only what a command printed. */
export function recordedText(version: string, name: string): string {
  return readFileSync(new URL(`${version}/${name}.txt`, root), 'utf8');
}

/** @throws Error naming the file when it is not a recording: a test that reads half of it would prove nothing */
export function parseRecording(name: string, bytes: Buffer): Recording {
  const stdout = section(name, bytes, 'stdout', 0);
  const stderr = section(name, bytes, 'stderr', stdout.end);
  const [command = '', ...head] = bytes.subarray(0, stdout.start).toString('utf8').split('\n');
  const field = (key: string) => head.find((line) => line.startsWith(`# ${key}: `))?.slice(key.length + 4) ?? '';
  const exit = field('exit').replace('TIMEOUT', '124');
  if (!/^\d+$/.test(exit)) throw new Error(`${name}: exit code ${exit}`);
  return { name, command, node: field('node'), exitCode: Number(exit), stdout: stdout.text, stderr: stderr.text };
}

export function answerOf({ exitCode, stdout, stderr }: Recording): Answer {
  return { exitCode, stdout, stderr, tookMs: 0 };
}

/** Answers from recordings, whatever the host, and knows nothing else. Two recordings of one command: the first counts. */
export function recordedShell(from: readonly Recording[]): Shell {
  const answer = (argv: Argv): Answer => {
    const found = from.find((candidate) => candidate.command === argv.join(' '));
    if (found === undefined) throw new Error(`not recorded: ${argv.join(' ')}`);
    return answerOf(found);
  };
  return {
    run: async (_host, command) => answer(command.argv),
    runAll: async (_host, commands) => commands.map((command) => answer(command.argv)),
    disconnect: async () => undefined,
  };
}

interface Section {
  /** Where its heading begins, and where its text ends, in bytes. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function section(name: string, bytes: Buffer, which: 'stdout' | 'stderr', from: number): Section {
  const start = bytes.indexOf(`# ---- ${which} (`, from);
  const lineEnd = start === -1 ? -1 : bytes.indexOf('\n', start);
  if (lineEnd === -1) throw new Error(`${name}: no ${which}`);
  const length = Number(/\((\d+) bytes\)/.exec(bytes.subarray(start, lineEnd).toString('utf8'))?.[1]);
  const end = lineEnd + 1 + length;
  if (!(end <= bytes.length)) throw new Error(`${name}: ${which} is cut short`);
  return { start, end, text: bytes.subarray(lineEnd + 1, end).toString('utf8') };
}
