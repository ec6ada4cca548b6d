/** What zod found, in the words of whoever wrote the config: what stands there, and what may stand there. */
import type { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { configKeys } from './keys.ts';
import { receiverKeys } from './receivers.ts';

export interface PlacedProblem {
  readonly path: readonly string[];
  /** Whether the key is wrong or what it is set to. */
  readonly at: 'key' | 'value';
  readonly what: string;
}

/** @param value the whole config as it was read */
export function problemsOf(issue: z.core.$ZodIssue, value: unknown): readonly PlacedProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], at: 'key', what: unknownKeyText([...path, key], value) }));
  if (issue.code === 'invalid_key')
    return [{ path, at: 'key', what: `${path.join('.')}: the key ${issue.issues.map((inner) => inner.message).join(', ')}` }];
  const name = path.length === 0 ? 'the config' : path.join('.');
  if (path.length > 0 && issue.code === 'invalid_type' && !issue.message.startsWith('must ') && valueAt(value, path) === undefined)
    return [{ path, at: 'value', what: `${name} is missing: it must be ${typeWords[issue.expected] ?? issue.expected}` }];
  return [{ path, at: 'value', what: `${name} ${secretText(issue, path) ?? valueText(issue, valueAt(value, path))}` }];
}

/** Keys of receivers that nobody puts a secret in by mistake. Of all others the value is not repeated on the screen. */
const neverSecret = /^receivers\.[^.]+\.(severity|about|method|(smtp\.)?(port|tls))(\.|$)/;

function secretText(issue: z.core.$ZodIssue, path: readonly string[]): string | undefined {
  if (path[0] !== 'receivers') return undefined;
  if (issue.code === 'custom' || issue.code === 'invalid_union') return issue.message;
  if (neverSecret.test(path.join('.')) || issue.code === 'too_small') return undefined;
  return issue.code === 'invalid_type' && !issue.message.startsWith('must ')
    ? `must be ${typeWords[issue.expected] ?? issue.expected}`
    : issue.message;
}

function unknownKeyText(path: readonly string[], value: unknown): string {
  const group = path.slice(0, -1);
  const key = path[path.length - 1] ?? '';
  if (path[0] === 'receivers') return unknownReceiverKeyText(path, valueAt(value, path.slice(0, 2)));
  const keys = configKeys();
  const here = keys.filter((known) => known.path.slice(0, -1).join('.') === group.join('.')).map((known) => known.path[group.length] ?? '');
  const meant = didYouMean(key, here);
  if (meant !== undefined) return `unknown key ${path.join('.')}: did you mean ${[...group, meant].join('.')}?`;
  const elsewhere = keys.find((known) => known.path[known.path.length - 1] === key);
  if (elsewhere !== undefined) return `unknown key ${path.join('.')}: it is called ${elsewhere.path.join('.')}`;
  return `unknown key ${path.join('.')}: known are ${here.join(', ')}`;
}

function unknownReceiverKeyText(path: readonly string[], receiver: unknown): string {
  const below = path.slice(2, -1).join('.');
  const kind = String((receiver as { kind?: unknown } | null)?.kind);
  const start = below === '' ? '' : `${below}.`;
  const known = receiverKeys(kind).flatMap(({ name }) => (name.startsWith(start) ? [name.slice(start.length)] : []));
  const here = known.filter((name) => !name.includes('.'));
  // Below a key that wants to know where a secret is.
  const names = here.length === 0 ? ['credential', 'file', 'env'] : here;
  const meant = didYouMean(path[path.length - 1] ?? '', names);
  const name = path.join('.');
  return meant === undefined ? `unknown key ${name}: known are ${names.join(', ')}` : `unknown key ${name}: did you mean ${meant}?`;
}

function valueText(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === null) return 'has no value: give it one, or remove the line';
  if (issue.code === 'invalid_type') return `must be ${typeWords[issue.expected] ?? issue.expected}${unitText(issue)}, not ${shown(value)}`;
  if (issue.code === 'invalid_value') return choiceText(issue.values.map(String), value);
  if (issue.code === 'too_small' && issue.origin === 'array') return 'needs at least one entry';
  if (issue.code === 'too_small') return `must be ${String(issue.minimum)} or more, not ${shown(value)}`;
  if (issue.code === 'too_big') return `must be ${String(issue.maximum)} or less, not ${shown(value)}`;
  if (issue.code === 'custom' && issue.params?.['together'] === true) return issue.message;
  // What is left are our own messages from the schema ("must be a user name").
  return `${issue.message}, not ${shown(value)}`;
}

/** ` of minutes`: `40m` is what people write who do not know the unit. */
function unitText({ path, code }: z.core.$ZodIssue): string {
  if (code !== 'invalid_type') return '';
  const key = configKeys().find((known) => known.path.join('.') === path.join('.'));
  const [, unit] = /, in (minutes|milliseconds|MiB|GiB|percent|days)\b/.exec(key?.description ?? '') ?? [];
  return unit === undefined ? '' : `, in ${unit}`;
}

function choiceText(allowed: readonly string[], value: unknown): string {
  const meant = typeof value === 'string' ? didYouMean(value, allowed) : undefined;
  return `must be one of ${allowed.join(', ')}, not ${shown(value)}${meant === undefined ? '' : `: did you mean ${meant}?`}`;
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
};

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return `a ${typeof value}`;
  return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[part];
  }
  return here;
}
