import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesText, gib, mib } from '../../src/model/bytes.ts';

const cases: readonly [bytes: number, text: string][] = [
  [0, '0 B'],
  [512, '512 B'],
  [1024, '1 KiB'],
  [512 * mib, '512 MiB'],
  [3.14 * gib, '3.1 GiB'],
  [24 * gib, '24 GiB'],
  [9.96 * gib, '10 GiB'],
  [1023.9 * mib, '1 GiB'],
  [1.5 * 1024 * gib, '1.5 TiB'],
  [-2 * gib, '-2 GiB'],
];
for (const [bytes, text] of cases) test(`${bytes} bytes read ${text}`, () => assert.equal(bytesText(bytes), text));
