import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { figuresText } from '../bench/figure.ts';
import { benches } from '../bench/index.ts';
import { coveredMs, gaps } from '../bench/intervals.ts';
import { labFiguresIn } from '../bench/lab-figures.ts';
import { overhead } from '../bench/overhead.ts';

for (const bench of benches)
  test(`the bench ${bench.name} must run, whatever it measures`, async () => {
    const figures = await bench.measure([], 'tiny');
    assert.ok(figures.length > 0);
    for (const { what, measured } of figures) assert.doesNotMatch(`${what} ${measured}`, /NaN|undefined|Infinity/);
  });

test('work side by side must count once, and what it leaves free must be the rest', () => {
  const work = [
    { fromMs: 10, toMs: 30 },
    { fromMs: 20, toMs: 40 },
    { fromMs: 60, toMs: 70 },
  ];
  assert.equal(coveredMs(work), 40);
  assert.deepEqual(gaps(work, { fromMs: 0, toMs: 80 }), [
    { fromMs: 0, toMs: 10 },
    { fromMs: 40, toMs: 60 },
    { fromMs: 70, toMs: 80 },
  ]);
});

const lab = [
  { title: 'trixie, 3 nodes', tookMs: 103_000, workMs: 100_000, memoryMib: 71, pveshPerPlan: 6, pveshPerRun: 200 },
  { title: 'trixie, a lone node', tookMs: 50_000, workMs: 40_000, memoryMib: 70, pveshPerPlan: 4, pveshPerRun: 40 },
];

test('a figure over its budget must say so, and one within it must not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'proxroll-bench-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'figures.json');
  await writeFile(file, lab.map((run) => `${JSON.stringify(run)}\n`).join(''));
  assert.deepEqual(await labFiguresIn(file), lab);
  const text = figuresText(await overhead.measure([file], 'whole'));
  assert.match(text, /trixie, 3 nodes: run over work +\+3\.0 % {2}at most \+3 %\n/);
  assert.match(text, /a lone node: run over work +\+25\.0 % {2}at most \+3 %: NOT KEPT/);
});
