import { test } from 'node:test';
import { assertAsRecorded } from './captures.ts';
import { situations } from './recorded-situations.ts';

for (const situation of situations)
  test(`${situation.what} must look as recorded (${situation.recorded})`, () => assertAsRecorded(situation));
