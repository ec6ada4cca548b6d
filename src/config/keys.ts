/** The schema as a list of keys with what is said of each: what the documentation is made from, and what a mistyped key is compared with. */
import { z } from 'zod';
import { configSchema } from './schema.ts';

/** One key, or a group of keys (`limits`). */
export interface KeyFacts {
  /** From the top: `['limits', 'root_used_percent']`. */
  readonly path: readonly string[];
  readonly description: string;
  /** In the operator's words: `text`, `whole number, 1 to 100`, `one of auto, always`. Empty for a group. */
  readonly type: string;
  /** What holds when the key is not given. Missing for a group. */
  readonly instead?: unknown;
  readonly group: boolean;
}

/** The part of JSON Schema that our schema uses. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

/** @returns every key in the order of the schema, a group before its keys */
export function configKeys(): readonly KeyFacts[] {
  return keysBelow([], z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema);
}

function keysBelow(path: readonly string[], schema: JsonSchema): readonly KeyFacts[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, below]): KeyFacts[] => {
    const here = [...path, name];
    const description = below.description ?? '';
    if (below.properties !== undefined) return [{ path: here, description, type: '', group: true }, ...keysBelow(here, below)];
    return [{ path: here, description, type: typeText(below), instead: below.default, group: false }];
  });
}

function typeText(schema: JsonSchema): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (schema.oneOf !== undefined || schema.anyOf !== undefined) return 'the settings of one of several kinds';
  const words = typeTexts[schema.type ?? ''];
  if (words === undefined) throw new Error(`the documentation has no words for a key of type ${String(schema.type)}`);
  return words(schema);
}

const typeTexts: Readonly<Record<string, (schema: JsonSchema) => string>> = {
  string: () => 'text',
  boolean: () => 'true or false',
  integer: (schema) => `whole number, ${rangeText(schema)}`,
  array: ({ items }) => `list of ${items?.type === 'string' ? 'texts' : 'values'}`,
  object: ({ additionalProperties: values }) => `mapping to ${typeof values === 'object' ? typeText(values) : 'values'}`,
};

function rangeText({ minimum, maximum }: JsonSchema): string {
  // zod names the largest safe integer where there is no upper limit.
  const open = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER;
  return open ? `${minimum ?? 0} or more` : `${minimum ?? 0} to ${maximum}`;
}
