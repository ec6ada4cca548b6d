import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportPage } from '../../src/report/page/page.ts';
import { runReport } from '../../src/report/run-report.ts';
import { dresses, judge } from './axe.ts';
import { without } from '../installed.ts';
import { sampleRuns } from './sample-runs.ts';

/** What must have been looked at, or the judgement would be worth nothing. */
const essential = [
  'color-contrast',
  'td-headers-attr',
  'th-has-data-cells',
  'empty-table-header',
  'landmark-one-main',
  'page-has-heading-one',
  'document-title',
];

for (const name of ['finished', 'paused'])
  for (const [how, dress] of Object.entries(dresses))
    test(`the page of a run (${name}) must be readable for everybody, ${how}`, { skip: without('chromium') }, async () => {
      const { broken, held } = await judge(reportPage(runReport((await sampleRuns[name]?.()) ?? [])), dress);
      assert.deepEqual(broken, []);
      assert.deepEqual(
        essential.filter((rule) => !held.includes(rule)),
        [],
      );
    });

test('a page that is hard to read must be found out', { skip: without('chromium') }, async () => {
  const page = reportPage(runReport((await sampleRuns['finished']?.()) ?? []));
  const faint = (text: string) => text.replace('--soft: #525c69', '--soft: #b9bfc7').replaceAll('scope="col"', 'scope="nonsense"');
  const { broken } = await judge(page, faint);
  assert.deepEqual(broken.map((text) => text.split(':')[0]).sort(), ['color-contrast', 'scope-attr-valid']);
});
