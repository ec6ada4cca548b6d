import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { posixQuote, posixQuoteAll } from '../../src/adapters/posix-quote.ts';

const NASTY = [
  '',
  ' ',
  "'",
  "''",
  '"',
  '\\',
  "\\'",
  '\n',
  '\t',
  '$',
  '$x',
  '`',
  '!',
  '*',
  '?',
  '[a]',
  '~',
  '#',
  '&',
  ';',
  '|',
  '<',
  '>',
  '(',
  ')',
  '{a,b}',
];
const OTHERS = ['-n', '--', '=', 'a=b', '%', '^', 'é', '€', '𝄞', '\u0001', '\u007f', 'x'.repeat(5000), '/plain/path-1.2:3,4', '@', '+'];

/** What a real shell makes of these words. */
function readBack(shell: string, words: readonly string[]): readonly string[] {
  const output = execFileSync(shell, ['-c', `printf '%s\\0' ${posixQuoteAll(words)}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    env: { LC_ALL: 'C' },
  });
  return output.split('\0').slice(0, -1);
}

/** Words drawn by a fixed rule, so that a failure repeats (a linear congruential generator, Numerical Recipes). */
function drawnWords(count: number): readonly string[] {
  let state = 1;
  const draw = (below: number): number => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pieces = [...NASTY, ...OTHERS.filter((word) => word.length < 10), 'a', 'Z', '0'];
  return Array.from({ length: count }, () => Array.from({ length: draw(12) }, () => pieces[draw(pieces.length)] ?? '').join(''));
}

for (const shell of ['/bin/sh', '/bin/bash'])
  test(`${shell} reads every word back as it was`, () => {
    const words = [...NASTY, ...OTHERS, ...drawnWords(2000)];
    assert.deepEqual(readBack(shell, words), words);
  });

test('what was quoted twice is read back twice', () => {
  const words = drawnWords(200);
  const [once] = readBack('/bin/sh', [posixQuoteAll(words)]);
  assert.equal(once, posixQuoteAll(words));
});

test('plain words stay readable', () => {
  assert.equal(
    posixQuoteAll(['systemctl', 'show', 'a@b.service', '--property=LoadState']),
    'systemctl show a@b.service --property=LoadState',
  );
});

test('a word with a NUL byte is a bug', () => {
  assert.throws(() => posixQuote('a\0b'), TypeError);
});
