import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inShares, isOfShare, readShare, sharesOf } from './in-shares.ts';

test('each piece of the work must be in one share, and in one only', () => {
  for (let piece = 0; piece < 7; piece++)
    assert.equal([1, 2, 3].filter((mine) => isOfShare(piece, { mine, of: 3 })).length, 1, `piece ${piece}`);
});

test('a share must be I/N, and I one of N', () => {
  assert.deepEqual(readShare('2/3'), { mine: 2, of: 3 });
  assert.deepEqual(readShare(undefined), { mine: 1, of: 1 });
  for (const text of ['0/2', '3/2', '1', '1/2/3', '1/x', '-1/2', '']) assert.equal(readShare(text), undefined, text);
});

test('whoever was given a share must do it itself', () => {
  assert.equal(sharesOf('1/1'), 1);
  assert.ok(sharesOf(undefined) >= 1);
});

/** A tool of one line, in a file of its own. */
async function withTool(code: string, use: (url: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'proxroll-share-'));
  try {
    const file = join(folder, 'tool.mjs');
    await writeFile(file, code);
    await use(pathToFileURL(file).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('every part must be heard, with what each process was told to do, one that found something wrong included', () =>
  withTool('process.send(process.argv.slice(2)); process.send("last"); process.exitCode = 1;', async (url) => {
    const parts: unknown[] = [];
    await inShares(url, ['--turns'], 2, (part) => void parts.push(part));
    assert.deepEqual(
      parts.map((part) => JSON.stringify(part)).sort(),
      ['"last"', '"last"', '["--turns","--share","1/2"]', '["--turns","--share","2/2"]'].sort(),
    );
  }));

test('a process that does not do its share must be told of', () =>
  withTool('if (process.argv.includes("2/2")) process.exit(3);', async (url) => {
    await assert.rejects(
      inShares(url, [], 2, () => undefined),
      /^Error: share 2 of 2 ended with exit code 3$/,
    );
  }));
