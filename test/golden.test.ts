import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandFor, intentOf, runGolden, scenarioNames, updateGolden } from './golden-log.ts';
import { unifiedDiff } from './unified-diff.ts';

for (const name of scenarioNames())
  test(intentOf(name), async () => {
    const { problems } = await runGolden(name);
    assert.deepEqual(problems, [], `${name}:\n${problems.join('\n')}\nagain: ${commandFor(name)}`);
  });

async function withScenario(files: Readonly<Record<string, string>>, act: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'proxroll-golden-'));
  try {
    mkdirSync(join(folder, 'a'));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, 'a', file), text);
    await act(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const blocked = 'intent: Two nodes must not lose their quorum unasked\nworld: two-nodes\nexpect: { run: blocked }\n';

const mistakes: readonly (readonly [obligation: string, files: Readonly<Record<string, string>>, says: RegExp])[] = [
  ['a missing expected.log must fail by name', { 'scenario.yaml': blocked }, /expected\.log is missing.*--update a$/],
  ['an expected.log without a scenario must fail by name', { 'expected.log': '' }, /a has no scenario\.yaml/],
  ['a file that belongs to nothing must fail by name', { 'scenario.yaml': blocked, 'notes.txt': '' }, /notes\.txt belongs to no scenario/],
  ['an unknown word must fail with its line', { 'scenario.yaml': `${blocked}wrold: x\n` }, /scenario\.yaml:4: unknown word: wrold/],
  ['a node that is not there must fail by name', { 'scenario.yaml': `${blocked}only: [pve9]\n` }, /this world has no node pve9/],
  [
    'a trigger that never fired must fail by its words',
    { 'scenario.yaml': `${blocked}do:\n  - when: pve1 goes down\n    kill: agent\n` },
    /'pve1 goes down' never happened/,
  ],
  ['an end that was not expected must fail', { 'scenario.yaml': blocked.replace('blocked', 'finished') }, /should be finished/],
  ['a log that differs must fail with the difference', { 'scenario.yaml': blocked, 'expected.log': 'x\n' }, /^-x$/m],
];
for (const [obligation, files, says] of mistakes)
  test(obligation, () =>
    withScenario(files, async (folder) => {
      const { problems } = await runGolden('a', folder);
      assert.match(problems.join('\n'), says);
    }),
  );

test('an update must write the log that was asked for and no other', () =>
  withScenario({ 'scenario.yaml': blocked }, async (folder) => {
    mkdirSync(join(folder, 'b'));
    writeFileSync(join(folder, 'b', 'scenario.yaml'), blocked);
    assert.equal(await updateGolden('a', folder), 'written');
    assert.equal(await updateGolden('a', folder), 'unchanged');
    assert.deepEqual((await runGolden('a', folder)).problems, []);
    assert.match((await runGolden('b', folder)).problems.join('\n'), /expected\.log is missing/);
  }));

test('an update must refuse the log of a run that did not end as expected', () =>
  withScenario({ 'scenario.yaml': blocked.replace('blocked', 'finished'), 'expected.log': 'x\n' }, async (folder) => {
    await assert.rejects(updateGolden('a', folder), /a: not written, because\n.*should be finished/);
    assert.equal(readFileSync(join(folder, 'a', 'expected.log'), 'utf8'), 'x\n');
  }));

test('a scenario must print the same log every time', async () => {
  const name = scenarioNames().find((candidate) => candidate.includes('killed')) ?? '';
  assert.equal((await runGolden(name)).log, (await runGolden(name)).log);
});

test('a difference must be shown with three lines around it', () => {
  const before = [...'abcdefghij'].join('\n');
  assert.equal(unifiedDiff(before, before.replace('f', 'F')), '@@ -3,7 +3,7 @@\n c\n d\n e\n-f\n+F\n g\n h\n i');
  assert.equal(unifiedDiff(before, before), '');
  assert.equal(
    unifiedDiff('1 a\n1 b\n1 c', '1 a\n2 c', (line) => line.slice(2)),
    '@@ -1,3 +1,2 @@\n 1 a\n-1 b\n 2 c',
  );
});
