/**
 * Makes from the schema `docs/configuration.md`, `etc/config.yaml` and proxroll-config(5), and from the commands as the program has them
 * proxroll(8) and the completions: `node --import tsx docs/generate.ts`.
 * `test/config/documentation.test.ts` fails when they are behind.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { configKeys, type KeyFacts } from '../src/config/keys.ts';
import { inline } from '../src/config/show.ts';
import { wrapped } from '../src/report/paragraph.ts';
import { bashCompletion, zshCompletion } from './completion.ts';
import { configPage, programPage } from './manual.ts';

const folder = new URL('..', import.meta.url);

/** Each generated file by its path in the repository. */
export const generated: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': configurationPage,
  'etc/config.yaml': exampleConfig,
  'debian/proxroll.8': programPage,
  'debian/proxroll-config.5': configPage,
  'debian/completions/proxroll': bashCompletion,
  'debian/completions/_proxroll': zshCompletion,
};

function configurationPage(): string {
  return `# Configuration

proxroll reads \`/etc/proxroll/config.yaml\`, or the file given with \`-c\`. There need not be one: without it every key has
its default. A file of comments alone, as it is shipped, is the same. A file that is empty, cannot be read, or has a key or value
that is not listed here stops every command with exit code 2 before anything is touched; all problems are told at once, with
their lines. \`proxroll config check\` says whether the file is good, \`proxroll config show\` what is in force.

This page is made from the schema by \`docs/generate.ts\`.

${configKeys().map(keySection).join('\n')}`;
}

function keySection(key: KeyFacts): string {
  const heading = `${'#'.repeat(key.path.length + 1)} \`${key.path.join('.')}\``;
  if (key.group) return `${heading}\n\n${key.description}\n`;
  return `${heading}\n\n${key.description}\n\nType: ${key.type}. Default: \`${inline(key.instead)}\`.\n`;
}

function exampleConfig(): string {
  return `# proxroll reads this file at the start of every run. Every key is optional; what stands behind "#" is the default.
# Check it with: proxroll config check

${configKeys().map(keyExample).join('\n')}`;
}

function keyExample({ path, description, type, instead, group }: KeyFacts): string {
  const indent = '  '.repeat(path.length - 1);
  const key = path[path.length - 1] ?? '';
  const about = wrapped(description, 110 - indent.length).map((line) => `#${indent} ${line}`);
  if (group) return [...about, `#${indent}${key}:`, ''].join('\n');
  return [
    ...about,
    ...wrapped(`(${type})`, 110 - indent.length).map((line) => `#${indent} ${line}`),
    `#${indent}${key}: ${inline(instead)}`,
    '',
  ].join('\n');
}

/** The file as it is in the repository, or nothing when it is not there yet. */
export function standing(path: string): string {
  return readFileSync(new URL(path, folder), 'utf8');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const [path, make] of Object.entries(generated)) writeFileSync(new URL(path, folder), make());
