import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { BatchFrames, BrokenFrame } from '../../src/adapters/batch-frames.ts';
import type { Frame } from '../../src/adapters/batch-frames.ts';
import { BATCH_BROKEN, batchScript, sudoRefusal } from '../../src/adapters/remote-script.ts';
import type { Argv, Command } from '../../src/ports/shell.ts';

const MARK = 'proxroll-00';
const reads = (...argv: Argv): Command => ({ argv, deadlineMs: 1000, effect: 'reads' });

/** All frames of these bytes, given in pieces of one length. */
function frames(bytes: Buffer, piece: number, maxBytes = 1_000_000): readonly Frame[] {
  const reader = new BatchFrames(MARK, maxBytes);
  const found: Frame[] = [];
  for (let at = 0; at < bytes.length; at += piece) found.push(...reader.push(bytes.subarray(at, at + piece)));
  return found;
}

test('frames are the same wherever the network cuts them', () => {
  const bytes = Buffer.from(`Welcome\n${MARK}\n${MARK} 0 4 0\n€\n${MARK} 3 0 2\n\n\n${MARK} 127 ${MARK.length} 0\n${MARK}`);
  const expected: readonly Frame[] = [
    { exitCode: 0, stdout: '€\n', stderr: '' },
    { exitCode: 3, stdout: '', stderr: '\n\n' },
    { exitCode: 127, stdout: MARK, stderr: '' },
  ];
  for (let piece = 1; piece <= bytes.length; piece += 1) assert.deepEqual(frames(bytes, piece), expected, `pieces of ${piece}`);
});

test('a frame that is not whole yet is not told', () => {
  assert.deepEqual(frames(Buffer.from(`${MARK}\n${MARK} 0 5 0\nfour`), 100), []);
  assert.deepEqual(frames(Buffer.from(`${MARK}\n${MARK} 0 5`), 100), []);
});

for (const [what, text] of [
  ['another word than the mark', 'other 0 1 1\nab'],
  ['a missing number', `${MARK} 0 1\nab`],
  ['a number that is none', `${MARK} 0 -1 1\nab`],
  ['a line without an end', 'x'.repeat(300)],
  ['more bytes than allowed', `${MARK} 0 1000001 0\n`],
] as const)
  test(`${what} in a frame header is not guessed at`, () => {
    assert.throws(() => frames(Buffer.from(`${MARK}\n${text}`), 50), BrokenFrame);
  });

test(
  'a batch whose folder is full says so instead of giving answers cut short',
  { skip: process.getuid?.() === 0 ? false : 'only root can mount a small disk' },
  () => {
    const script = batchScript([reads('true'), reads('sh', '-c', 'head -c 100000 /dev/zero; exit 0'), reads('true')], 'none', MARK);
    // A mount namespace of its own, so that nobody else's /dev/shm is small.
    const result = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=16k none /dev/shm && eval "$1"', 'sh', script], {
      encoding: 'buffer',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    assert.equal(result.status, BATCH_BROKEN, result.stderr.toString());
    assert.equal(frames(result.stdout, 1000).length, 1);
  },
);

for (const line of [
  'sudo: a password is required',
  'sudo: interactive authentication is required',
  'sudo: a terminal is required to read the password; either use the -S option',
  'sudo: sorry, you must have a tty to run sudo',
  'sudo: required, but not installed',
  'Sorry, user ops is not allowed to execute ‘/usr/bin/cat /x’ as root on pve2.',
  'Sorry, user ops may not run sudo on pve2.',
  'ops is not in the sudoers file.',
])
  test(`"${line.slice(0, 45)}" is a refusal of sudo`, () => {
    assert.equal(sudoRefusal(1, `sudo: unable to resolve host pve2: Name or service not known\n${line}\n`), line);
    assert.equal(sudoRefusal(0, line), undefined);
  });

for (const line of ['cat: /x: No such file or directory', 'sudo: unable to resolve host pve2: Name or service not known', ''])
  test(`"${line.slice(0, 45)}" is an answer of the command`, () => {
    assert.equal(sudoRefusal(1, line), undefined);
  });
