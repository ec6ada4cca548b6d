/** The simulator's tools as they are called, given what they cannot work with. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const refused: readonly (readonly [tool: string, words: readonly string[], says: RegExp])[] = [
  ['golden', ['no-such-scenario'], /^there is no scenario no-such-scenario; usage: npm run golden/],
  ['golden', ['--update'], /^which ones\? npm run golden -- --update NAME/],
  ['sweep', ['no-such-scenario'], /^there is no scenario no-such-scenario$/m],
  [
    'sweep',
    ['every-node-reboots', '--fault', 'bad luck'],
    /^there is no fault 'bad luck'\nusage: .*\nfaults: killed before, back at once; /,
  ],
  ['seeds', ['many'], /^usage: npm run seeds -- COUNT/],
  ['seeds', ['10', '--save', 'x.yaml'], /^usage: npm run seeds -- COUNT .*--only N \[--save FILE\]/],
  ['seeds', ['10', '--share', '3/2'], /^usage: npm run seeds -- COUNT .*--share I\/N/],
  ['sweep', ['every-node-reboots', '--share', 'half'], /^--share takes I\/N, with I from 1 to N\nusage: /],
  ['planted', ['99'], /^usage: npm run planted \[-- NUMBER\]; the invariants are 1 to 12$/m],
];
for (const [tool, words, says] of refused)
  test(`'npm run ${tool} -- ${words.join(' ')}' must be refused by name, and nothing be run`, () => {
    const run = spawnSync(process.execPath, ['--import', './test/plain.mjs', join('test', `${tool}.ts`), ...words], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(run.status, 2, run.stderr);
    assert.equal(run.stdout, '');
    assert.match(run.stderr, says);
  });
