import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { journalPage, standingJournalPage } from '../../docs/journal.ts';

/** A second more or less is no other run. */
const withoutFigures = (text: string): string => text.replaceAll(/\d+/g, '#');

test('the run in docs/reading-the-journal.md must say what it says today (run: node --import tsx docs/journal.ts)', async () =>
  assert.equal(withoutFigures(standingJournalPage()), withoutFigures(await journalPage())));

test('every word that the page explains must be one that runs say', () => {
  const scenarios = new URL('../scenarios/', import.meta.url);
  const said = readdirSync(scenarios)
    .map((name) => readFileSync(new URL(`${name}/expected.log`, scenarios), 'utf8'))
    .join('');
  const [, words = ''] = /^## Words that matter\n([^]*?)^## /m.exec(standingJournalPage()) ?? [];
  const explained = [...words.matchAll(/^- \*([^*]+)\*/gm)].map(([, word = '']) => word.replace(/ \.\.\..*$/, ''));
  assert.ok(explained.length >= 6, words);
  assert.deepEqual(
    explained.filter((word) => !said.includes(word)),
    [],
  );
});
