import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readWorld } from '../../src/sim/spec-file.ts';
import { worlds } from '../../src/sim/worlds.ts';

const folder = new URL('../worlds/', import.meta.url);

for (const name of Object.keys(worlds))
  test(`the written world ${name} must be the one that is built in`, () => {
    assert.deepEqual(readWorld(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'), `${name}.yaml`), worlds[name]);
  });

test('no world file may lie there that nobody knows', () => {
  assert.deepEqual(
    readdirSync(folder).sort(),
    Object.keys(worlds)
      .map((name) => `${name}.yaml`)
      .sort(),
  );
});
