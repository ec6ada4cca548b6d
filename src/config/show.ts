/** The config as it is in force, for `config show`. */
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { configKeys } from './keys.ts';
import type { Config } from './schema.ts';

/** @returns YAML that can be read back; every key says whether it has its default, or what the default is */
export function configText(config: Config): string {
  return configKeys()
    .map(({ path, group, instead }) => {
      const key = `${'  '.repeat(path.length - 1)}${path[path.length - 1] ?? ''}:`;
      if (group) return `${key}\n`;
      const value = path.reduce((here: unknown, part) => (here as Readonly<Record<string, unknown>>)[part], config);
      return `${key} ${inline(value)}  # ${isDeepStrictEqual(value, instead) ? 'default' : `default: ${inline(instead)}`}\n`;
    })
    .join('');
}

/** A value in one line of YAML. */
export function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trimEnd();
}
