/** What becomes of an answer on its way to whoever asked, with the program as a process of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const program = `${process.execPath} --import tsx ${main} config show`;

function inShell(line: string): { readonly exit: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', line], { encoding: 'utf8' });
  return { exit: status, out: stdout, err: stderr };
}

test('an answer that did not fit on the disk must be said and fail', () => {
  const { exit, err } = inShell(`${program} > /dev/full`);
  assert.equal(exit, 2, err);
  assert.match(err, /^proxroll: not all of the answer could be written\n {4}seen: ENOSPC[^\n]*\n {4}next: /);
});

test('a reader that goes away must be no error', () => {
  const { exit, out, err } = inShell(`${program} | head -1`);
  assert.deepEqual({ exit, out, err }, { exit: 0, out: 'ssh_user: root  # default\n', err: '' });
});
