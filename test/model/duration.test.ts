import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationText } from '../../src/model/duration.ts';

const cases: readonly [ms: number, text: string][] = [
  [0, '0 ms'],
  [400, '400 ms'],
  [5000, '5 s'],
  [60_000, '1 min'],
  [100_000, '1 min 40 s'],
  [7_500_000, '2 h 5 min'],
  [3_600_000, '1 h'],
  [3_605_000, '1 h'],
  [273_600_000, '3 d 4 h'],
  [-90_000, '-1 min 30 s'],
];
for (const [ms, text] of cases) test(`${ms} ms read ${text}`, () => assert.equal(durationText(ms), text));
