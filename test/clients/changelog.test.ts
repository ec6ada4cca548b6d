import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changelogQuery, entriesSince } from '../../src/clients/changelog.ts';

const entry = (version: string, text: string) =>
  `pve-manager (${version}) trixie; urgency=medium\n\n  * ${text}\n\n -- Somebody <s@example.org>  Tue, 04 Nov 2025 10:00:00 +0100\n`;
const log = [entry('9.1.2', 'newest'), entry('9.1.1', 'between (with an aside)'), entry('9.0.10', 'installed'), entry('9.0.9', 'old')].join(
  '\n',
);

test('of a changelog only what is newer than the installed version is told, newest first', () => {
  const text = entriesSince(log, '9.0.10');
  assert.match(text, /newest[^]*between \(with an aside\)/);
  assert.doesNotMatch(text, /installed|old/);
  assert.equal(text, text.trimEnd());
});

test('of a package that is new only the newest entry is told', () => assert.doesNotMatch(entriesSince(log, undefined), /between/));

test('a changelog without anything newer tells nothing', () => assert.equal(entriesSince(log, '9.1.2'), ''));

test('a changelog is asked for by name and version, and not waited for without end', () => {
  const { argv, deadlineMs, effect } = changelogQuery('pve-manager', '9.1.2', '9.0.10').command;
  assert.deepEqual(argv.slice(-2), ['changelog', 'pve-manager=9.1.2']);
  assert.ok(deadlineMs <= 30_000);
  assert.equal(effect, 'reads');
});
