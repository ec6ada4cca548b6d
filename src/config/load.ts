/**
 * Reads the config: text to `Config`, or every problem at once with its place in the file. Pure but for the reading of
 * the file, which the caller hands in.
 */
import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair } from 'yaml';
import type { z } from 'zod';
import { rememberPlaces } from './places.ts';
import { problemsOf } from './problems.ts';
import { configSchema, type Config } from './schema.ts';

export const defaultConfigFile = '/etc/proxroll/config.yaml';

/** One thing wrong with the config. `line` and `column` count from 1; they are missing when it is the whole file. */
export interface ConfigProblem {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly what: string;
}

export type LoadedConfig = { readonly config: Config } | { readonly problems: readonly ConfigProblem[] };

/**
 * Reads the file that was named with `-c`, or the default one, which may be missing: then all defaults hold.
 * @param readText rejects with a Node.js system error when it cannot read
 */
export async function loadConfigFile(named: string | undefined, readText: (file: string) => Promise<string>): Promise<LoadedConfig> {
  const file = named ?? defaultConfigFile;
  let text: string;
  try {
    text = await readText(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && named === undefined) return { config: configSchema.parse({}) };
    return { problems: [{ file, what: unreadable(code, (error as Error).message) }] };
  }
  return loadConfig(text, file);
}

function unreadable(code: string | undefined, message: string): string {
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user; try as root';
  return code === 'EISDIR' ? 'is a folder, not a file' : `cannot be read: ${message}`;
}

/** @param file only for the messages */
export function loadConfig(text: string, file: string): LoadedConfig {
  if (text.trim() === '') return { problems: [{ file, what: 'is empty: remove it to run with the defaults, or write at least one key' }] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): Pick<ConfigProblem, 'line' | 'column'> => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };

  const syntax = [...document.errors, ...document.warnings].map((error) => ({
    file,
    ...place(error.pos[0]),
    what: yamlText(error.code, error.message),
  }));
  // A tree that broke half way would only yield problems that nobody made.
  if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY')) return { problems: syntax };

  const strange = keysThatAreNoText(document.contents);
  if (strange.length > 0)
    return {
      problems: strange.map((key) => ({ file, ...place(startOf(key) ?? 0), what: 'a key must be a plain word, not a list or a mapping' })),
    };

  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 10 });
  } catch (error) {
    return { problems: [{ file, what: `is not usable YAML: ${withoutQuotes((error as Error).message)}` }] };
  }
  // A file of nothing but comments, as it is shipped.
  const parsed = configSchema.safeParse(value ?? {});
  if (parsed.success && syntax.length === 0) {
    rememberPlaces(parsed.data, (path) => `${file}:${place(offsetOf(document, path, 'key')).line ?? 1}`);
    return { config: parsed.data };
  }
  const issues = parsed.success ? [] : (parsed.error.issues as readonly z.core.$ZodIssue[]);
  const wrong = issues.flatMap((issue) =>
    problemsOf(issue, value).map(({ path, at, what }) => ({ file, ...place(offsetOf(document, path, at)), what })),
  );
  return { problems: [...syntax, ...wrong].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)) };
}

/** YAML allows `? [a, b]`; nothing of ours is called so, and the library would write a warning of its own to the screen. */
function keysThatAreNoText(node: unknown): readonly unknown[] {
  if (!isMap(node)) return isSeq(node) ? node.items.flatMap(keysThatAreNoText) : [];
  return node.items.flatMap(({ key, value }) => [...(isMap(key) || isSeq(key) ? [key] : []), ...keysThatAreNoText(value)]);
}

function yamlText(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'the same key stands here a second time';
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; one file is one config';
  if (code === 'TAB_AS_INDENT') return 'a tab cannot indent YAML: use spaces';
  return `is not valid YAML: ${withoutQuotes(message)}`;
}

/** The first line of what the parser says, without what stands there: that may be a secret in the wrong place. */
function withoutQuotes(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/(token in YAML stream|before the alias\)|Unresolved tag|extra characters): .*$/, '$1');
}

/** Where the key or the value at `path` stands; the nearest thing above it when it is not in the file. */
function offsetOf(document: Document, path: readonly string[], at: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, part] of path.entries()) {
    const pair = childOf(node, part);
    if (pair === undefined) return offset;
    const [key, value] = isPair(pair) ? [pair.key, pair.value] : [pair, pair];
    const wanted = at === 'key' && depth === path.length - 1 ? key : value;
    offset = startOf(wanted) ?? startOf(key) ?? offset;
    node = value;
  }
  return offset;
}

/** Line and column of the key at `path` in a config that can be read, or of the nearest thing above it. */
export function placeInConfig(text: string, path: readonly string[]): { readonly line: number; readonly column: number } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const { line, col } = lines.linePos(offsetOf(document, path, 'key'));
  return { line, column: col };
}

function childOf(node: unknown, part: string): Pair | Node | undefined {
  if (isMap(node)) return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === part);
  const items = isNode(node) && 'items' in node ? (node.items as readonly unknown[]) : [];
  const item = items[Number(part)];
  return isNode(item) ? item : undefined;
}

function startOf(node: unknown): number | undefined {
  // An empty value (`limits:`) has a place of no width behind its key; the key is what people look for.
  if (!isNode(node) || !node.range) return undefined;
  return isScalar(node) && node.value === null && node.range[0] === node.range[1] ? undefined : node.range[0];
}

/** One line a problem: `FILE:LINE:COLUMN: what`. */
export function configProblemText({ file, line, column, what }: ConfigProblem): string {
  if (line === undefined) return `${file} ${what}`;
  return `${file}:${line}${column === undefined ? '' : `:${column}`}: ${what}`;
}
