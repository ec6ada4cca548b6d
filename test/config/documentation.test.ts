import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generated, standing } from '../../docs/generate.ts';
import { Exit } from '../../src/cli/exit-codes.ts';
import { configKeys } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { receiverKeys, receiverKinds } from '../../src/config/receivers.ts';
import { configSchema } from '../../src/config/schema.ts';
import { messageKinds } from '../../src/model/message.ts';
import { pauseCodes } from '../../src/model/pause.ts';
import { placeholders } from '../../src/model/template.ts';

for (const [path, make] of Object.entries(generated))
  test(`${path} must be what the schema says (run: node --import tsx docs/generate.ts)`, () => assert.equal(standing(path), make()));

test('every key must be described', () => {
  assert.deepEqual(
    configKeys()
      .filter((key) => key.description === '')
      .map((key) => key.path.join('.')),
    [],
  );
});

test('the shipped example must be accepted as it is, and mean the defaults', () => {
  assert.deepEqual(loadConfig(standing('etc/config.yaml'), 'etc/config.yaml'), { config: configSchema.parse({}) });
});

test('the shipped example with every key switched on must mean the defaults too', () => {
  const keys = standing('etc/config.yaml').replaceAll(/^#( {2})?([a-z_]+:)/gm, '$1$2');
  assert.deepEqual(loadConfig(keys, 'etc/config.yaml'), { config: configSchema.parse({}) });
  assert.equal(keys.match(/^ *[a-z_]+:/gm)?.length, configKeys().length);
});

function sections(path: string): readonly string[] {
  return [...readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8').matchAll(/^## `([^`]+)`/gm)].map((match) => match[1] ?? '');
}

test('docs/pauses.md must have a section for each code, in the order of the code', () => {
  assert.deepEqual(sections('docs/pauses.md'), [...pauseCodes]);
});

test('docs/exit-codes.md must have a section for each exit code', () => {
  assert.deepEqual(
    sections('docs/exit-codes.md'),
    Object.entries(Exit).map(([name, code]) => `${code} ${name}`),
  );
});

test('docs/messages.md must name every kind of receiver with every key of it, every kind of message and every placeholder', () => {
  const page = standing('docs/messages.md');
  const section = (kind: string): string => page.split(/^### /m).find((text) => text.startsWith(`\`${kind}\``)) ?? '';
  const missing = receiverKinds.flatMap((kind) => {
    const keys = receiverKeys(kind).filter(({ name }) => name !== 'severity' && name !== 'about');
    return keys.filter(({ name }) => !section(kind).includes(`\`${name}\``)).map(({ name }) => `${kind}: ${name}`);
  });
  const kinds = messageKinds.filter((kind) => kind !== 'test' && !page.includes(`| \`${kind}\` |`));
  assert.deepEqual([...missing, ...kinds, ...placeholders.filter((name) => !page.includes(`{{${name}}}`))], []);
});
