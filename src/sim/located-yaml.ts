/** Reading a YAML file into what a schema says, with every problem named by file, line and word. */
import { LineCounter, isMap, isNode, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { z } from 'zod';

/** A file that says something the simulator does not know. Every problem at once, one a line. */
export class SpecProblem extends Error {
  override readonly name = 'SpecProblem';
}

/** @throws SpecProblem */
export function readYaml<T>(text: string, file: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => `${file}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) throw new SpecProblem(document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message}`).join('\n'));
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  throw new SpecProblem(parsed.error.issues.flatMap((issue) => problems(document, issue, at)).join('\n'));
}

function problems(document: Document, issue: z.core.$ZodIssue, at: (offset: number) => string): string[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${at(offsetOf(document, [...path, key]))}: unknown word: ${[...path, key].join('.')}`);
  // Of several forms the one whose problems are about the fewest words was probably meant.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const meant = [...issue.errors].sort((a, b) => weight(a) - weight(b))[0] ?? [];
    return meant.flatMap((inner) => problems(document, { ...inner, path: [...issue.path, ...inner.path] }, at));
  }
  return [`${at(offsetOf(document, path))}: ${path.join('.')}: ${issue.message}`];
}

/** Missing words weigh more than unknown ones: a form that shares no word with the text was not meant. */
function weight(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 3), 0);
}

/** Where the word at the end of the path stands, or the nearest thing above it that is there. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const key = path[length - 1];
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isNode(item.key) && String((item.key as { value?: unknown }).value) === String(key));
      if (pair !== undefined && isNode(pair.key) && pair.key.range) return pair.key.range[0];
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

const sizes: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

/** `8GiB`, `512 MiB`, or a number of bytes. */
export const size = z
  .union([z.number().int().min(0), z.string().regex(/^\d+(\.\d+)? ?(B|KiB|MiB|GiB|TiB)$/, 'must be a size such as 8GiB')])
  .transform((value) => {
    if (typeof value === 'number') return value;
    const [, count = '0', unit = 'B'] = /^([\d.]+) ?(\w+)$/.exec(value) ?? [];
    return Math.round(Number(count) * (sizes[unit] ?? 1));
  });

const spans: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `5m`, `1h30m`: a length of time in milliseconds. */
export const span = z
  .string()
  .regex(/^(\d+(ms|s|min|m|h|d))+$/, 'must be a length of time such as 90s')
  .transform((value) =>
    [...value.matchAll(/(\d+)(ms|s|min|m|h|d)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (spans[unit ?? 's'] ?? 1), 0),
  );
