import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checks } from '../../../src/run/preflight.ts';

test('docs/checks.md has one section for each check, in the order of the checks', () => {
  const text = readFileSync(new URL('../../../docs/checks.md', import.meta.url), 'utf8');
  const sections = [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
  assert.deepEqual(
    sections,
    checks.map(([word]) => word),
  );
});

test('the word of each check is used once', () => {
  const words = checks.map(([word]) => word);
  assert.deepEqual([...new Set(words)], words);
});
