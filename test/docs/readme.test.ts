/** What the README shows was printed by the program, and still is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { demoLines } from '../../docs/journal.ts';
import { demoConfig } from '../../src/sim/demo.ts';
import { fiveNodes as demoWorld } from '../../src/sim/worlds.ts';
import { AService } from '../cli/a-service.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The lines of the first indented block behind these words, without the marks for what was left out. */
function shownAfter(words: string): readonly string[] {
  const from = readme.indexOf(words);
  assert.notEqual(from, -1, `the README no longer says: ${words}`);
  const [, block = ''] = /\n\n((?: {4}.*\n|\n(?= {4}))+)/.exec(readme.slice(from)) ?? [];
  const lines = block.split('\n').map((line) => line.trim());
  assert.ok(lines.length > 5, block);
  return lines.filter((line) => line !== '' && line !== '…');
}

/** A second more or less, or another name of a run, is no other text. */
const withoutFigures = (line: string): string => line.trim().replaceAll(/\b[0-9a-f]{12}$|\d+(-[0-9a-f]{4}\b)?/g, '#');

/** Those that are not there, each looked for behind the one before it. */
function missing(shown: readonly string[], printed: readonly string[]): readonly string[] {
  const lines = printed.map(withoutFigures);
  let from = 0;
  return shown.filter((line) => {
    const at = lines.indexOf(withoutFigures(line), from);
    if (at !== -1) from = at + 1;
    return at === -1;
  });
}

test('the journal in the README must be that of the demo', async () => {
  const printed = (await demoLines(1)).map((line) => line.replace(/^\S+ +/, ''));
  assert.deepEqual(missing(shownAfter('These are from the demo:'), printed), []);
});

test('the plan in the README must be what proxroll plan prints', async () => {
  const service = await AService.make({ world: demoWorld, ownNode: 'pve1', config: JSON.stringify(demoConfig) });
  const { out } = await service.calls(['plan']);
  assert.deepEqual(missing(shownAfter('`proxroll plan` shows'), out.split('\n')), [], out);
});

test('the findings in the README must be what proxroll check prints', async () => {
  const { pve3, ...nodes } = demoWorld.nodes;
  const { 110: mail, ...guests } = demoWorld.guests ?? {};
  assert.ok(mail !== undefined);
  const gib = 1024 ** 3;
  const world = {
    ...demoWorld,
    nodes: { ...nodes, pve3: { ...pve3, fileSystems: { '/': { totalBytes: 45 * gib, freeBytes: 2 * gib } } } },
    guests: { ...guests, 110: { ...mail, lock: 'backup' } },
  };
  const service = await AService.make({ world, ownNode: 'pve1', config: JSON.stringify(demoConfig) });
  const { exit, out } = await service.calls(['check']);
  assert.equal(exit, 3);
  assert.deepEqual(missing(shownAfter('`proxroll check` says'), out.split('\n')), [], out);
});
