import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestsPage, standingPage } from '../docs/guests.ts';

test('docs/guests.md must be what happens in the simulator (run: node --import tsx docs/guests.ts)', async () =>
  assert.equal(standingPage(), await guestsPage()));
