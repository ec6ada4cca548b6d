import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { commandRows, page, simulatedCommandsPage } from '../../docs/simulated-commands.ts';
import { programs } from '../../src/sim/commands/index.ts';

test('docs/simulated-commands.md must be what runs and situations say (run: node --import tsx docs/simulated-commands.ts)', async () => {
  assert.equal(readFileSync(page, 'utf8'), await simulatedCommandsPage());
});

test('every simulated program must be in that list, and what no recording vouches for as well', async () => {
  const rows = await commandRows();
  const listed = new Set(rows.map(({ form }) => form.split(' ')[0]));
  assert.deepEqual(
    Object.keys(programs).filter((program) => !listed.has(program)),
    [],
  );
  assert.ok(rows.some(({ recordings }) => recordings.length === 0));
});
