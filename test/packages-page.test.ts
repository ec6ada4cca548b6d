import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packagesPage, standingPage } from '../docs/packages.ts';

test('docs/packages.md must have the tables that are made for it (run: node --import tsx docs/packages.ts)', async () =>
  assert.equal(standingPage(), await packagesPage()));
