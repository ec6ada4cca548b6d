/**
 * Proxmox's JSON as it really comes (facts 0.2, measured "Types"): numbers as strings, booleans in six spellings, keys that
 * come and go. Unknown keys are let through; a missing one is `undefined`, never 0.
 */
import { z } from 'zod';
import type { Command } from '../ports/shell.ts';
import type { Query, Source } from './query.ts';
import { textQuery, unparsable } from './query.ts';

/** A number, or a string that is one. Whole or not, in the field's own unit. */
export const foreignNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^\s*-?\d+(\.\d+)?\s*$/, 'not a number')
    .transform(Number),
]);

/** A text; numbers are taken as text, because Perl cannot tell them apart. */
export const foreignText = z.union([z.string(), z.number().transform(String)]);

/** 0, 1, "0", "1", true, false, "" and null. */
export const foreignFlag = z.union([
  z.boolean(),
  z.literal([0, 1]).transform((value) => value === 1),
  z.literal(['0', '1', '']).transform((value) => value === '1'),
  z.null().transform(() => false),
]);

/** The field may be missing or null; both mean that nothing is known. */
export function maybe<S extends z.ZodType>(schema: S) {
  // One schema instead of zod's three for the same (optional, nullable, transform): most fields of most rows are such.
  const parse = (value: unknown, context: z.RefinementCtx): unknown => {
    if (value === undefined || value === null) return undefined;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.issues.push({ ...issue, input: value } as never);
    return z.NEVER;
  };
  return z.transform(parse) as unknown as z.ZodOptional<S>;
}

/** A list in one string (`images,iso`, `web;db`). */
export function listIn(text = ''): readonly string[] {
  if (text === '') return [];
  return text
    .split(/[;,\s]+/)
    .filter((part) => part !== '')
    .sort();
}

/** @throws Unparsable naming the first field that does not fit */
export function parseJson<T>(schema: z.ZodType<T>, text: string, source: Source): T {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw unparsable(source, 'the JSON', text);
  }
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  const seen = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], data);
  throw unparsable(source, pathText(path), `${issue?.message ?? 'it does not fit'}, seen ${JSON.stringify(seen) ?? 'nothing'}`);
}

/** A query whose stdout is one JSON document; `change` makes our type of it. */
export function jsonQuery<S, T>(command: Command, schema: z.ZodType<S>, change: (data: S, source: Source) => T): Query<T> {
  return textQuery(command, (text, source) => change(parseJson(schema, text, source), source));
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the JSON';
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? String(key) : `.${String(key)}`)).join('');
}
