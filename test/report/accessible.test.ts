import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportPage } from '../../src/report/page/page.ts';
import { runReport, type RunReport } from '../../src/report/run-report.ts';
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

/** The finished run with its rows written again under other names, as on 16 nodes with 300 guests: to simulate that takes longer than to look at it. */
async function largeReport(): Promise<RunReport> {
  const report = runReport((await sampleRuns['finished']?.()) ?? []);
  const again = <T>(rows: readonly T[], times: number, change: (row: T, index: number) => T) =>
    Array.from({ length: times }, (_, index) => rows[index % rows.length]).flatMap((row, index) =>
      row === undefined ? [] : [change(row, index)],
    );
  return {
    ...report,
    nodes: again(report.nodes, 16, (node, index) => ({ ...node, node: `pve${index + 1}` })),
    guests: again(report.guests, 300, (guest, index) => ({ ...guest, vmid: 100 + index, title: `vm ${100 + index} (web${index})` })),
    loans: again(report.loans, 300, (loan) => loan),
    findings: again(report.findings, 100, (finding, index) => ({ ...finding, subject: `pve${(index % 16) + 1}` })),
  };
}

test('the page of a large run (16 nodes, 300 guests) must be readable for everybody', { skip: without('chromium') }, async () => {
  // The colours are those of the pages above, and to weigh them at each of some ten thousand words takes long.
  const { broken, held } = await judge(reportPage(await largeReport()), (page) => page, ['color-contrast']);
  assert.deepEqual(broken, []);
  assert.deepEqual(
    essential.filter((rule) => rule !== 'color-contrast' && !held.includes(rule)),
    [],
  );
});

test('a page that is hard to read must be found out', { skip: without('chromium') }, async () => {
  const page = reportPage(runReport((await sampleRuns['finished']?.()) ?? []));
  const faint = (text: string) => text.replace('--soft: #525c69', '--soft: #b9bfc7').replaceAll('scope="col"', 'scope="nonsense"');
  const { broken } = await judge(page, faint);
  assert.deepEqual(broken.map((text) => text.split(':')[0]).sort(), ['color-contrast', 'scope-attr-valid']);
});
