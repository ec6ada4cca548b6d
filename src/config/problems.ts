/** What zod found, in the words of whoever wrote the config: what stands there, and what may stand there. */
import type { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { configKeys } from './keys.ts';

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
    return issue.keys.map((key) => ({ path: [...path, key], at: 'key', what: unknownKeyText([...path, key]) }));
  if (issue.code === 'invalid_key')
    return [{ path, at: 'key', what: `${path.join('.')}: the key ${issue.issues.map((inner) => inner.message).join(', ')}` }];
  const name = path.length === 0 ? 'the config' : path.join('.');
  return [{ path, at: 'value', what: `${name} ${valueText(issue, valueAt(value, path))}` }];
}

function unknownKeyText(path: readonly string[]): string {
  const group = path.slice(0, -1);
  const key = path[path.length - 1] ?? '';
  const keys = configKeys();
  const here = keys.filter((known) => known.path.slice(0, -1).join('.') === group.join('.')).map((known) => known.path[group.length] ?? '');
  const meant = didYouMean(key, here);
  if (meant !== undefined) return `unknown key ${path.join('.')}: did you mean ${[...group, meant].join('.')}?`;
  const elsewhere = keys.find((known) => known.path[known.path.length - 1] === key);
  if (elsewhere !== undefined) return `unknown key ${path.join('.')}: it is called ${elsewhere.path.join('.')}`;
  return `unknown key ${path.join('.')}: known are ${here.join(', ')}`;
}

function valueText(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === null) return 'has no value: give it one, or remove the line';
  if (issue.code === 'invalid_type') return `must be ${typeWords[issue.expected] ?? issue.expected}, not ${shown(value)}`;
  if (issue.code === 'invalid_value') return choiceText(issue.values.map(String), value);
  if (issue.code === 'too_small' && issue.origin === 'array') return 'needs at least one entry';
  if (issue.code === 'too_small') return `must be ${String(issue.minimum)} or more, not ${shown(value)}`;
  if (issue.code === 'too_big') return `must be ${String(issue.maximum)} or less, not ${shown(value)}`;
  // What is left are our own messages from the schema ("must be a user name").
  return `${issue.message}, not ${shown(value)}`;
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
