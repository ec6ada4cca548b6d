import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figures } from '../../src/model/metrics.ts';
import { metricsText } from '../../src/report/metrics-text.ts';
import { figuresOf, rememberPublished, rememberRun, rememberSeen, type FiguresMemory } from '../../src/run/figures.ts';
import { known, unknown } from '../../src/model/reading.ts';
import { node, snapshot } from '../builders.ts';
import { missing, ran } from '../monitoring/programs.ts';
import { at, packages, stateOf, untilFinished, untilPaused, untilReboot } from './a-run.ts';

const empty: FiguresMemory = { nodes: {} };

async function linesOf(figures: Figures): Promise<readonly string[]> {
  return (await metricsText(figures)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const seen = snapshot({
  takenAtMs: at(500),
  nodes: [
    node('pve1', { facts: { rebootRequired: known(['linux-image']), pending: known(packages) } }),
    node('pve2', { facts: { hold: known({ path: '/etc/proxroll/hold', text: 'x' }) } }),
    node('pve3', { host: { answered: false, code: 'unreachable', why: 'no route' } }),
  ],
});

test('a finished run must be told with its result, what it moved and whom it interrupted', async () => {
  const lines = await linesOf(
    figuresOf(rememberRun(empty, stateOf(untilFinished)), { version: '1', lastRun: stateOf(untilFinished), carried: false }),
  );
  for (const line of [
    `proxroll_last_success_timestamp_seconds{cluster="homelab"} ${at(403) / 1000}`,
    'proxroll_last_run_duration_seconds{cluster="homelab"} 403',
    'proxroll_last_run_result{result="finished",cluster="homelab"} 1',
    'proxroll_last_run_result{result="failed",cluster="homelab"} 0',
    'proxroll_run_in_progress{cluster="homelab"} 0',
    `proxroll_last_run_guest_memory_moved_bytes{cluster="homelab"} ${16.5 * 1024 ** 3}`,
    'proxroll_last_run_guests_interrupted{cluster="homelab"} 1',
    'proxroll_loans_outstanding{kind="ha-maintenance",cluster="homelab"} 0',
    `proxroll_node_last_patched_timestamp_seconds{node="pve2",cluster="homelab"} ${at(400) / 1000}`,
  ])
    assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`);
});

test('a run that waits must be told with since when and what is on loan, and be no success', async () => {
  const lines = await linesOf(
    figuresOf(rememberRun(empty, stateOf(untilPaused)), { version: '1', lastRun: stateOf(untilPaused), carried: false }),
  );
  assert.ok(lines.includes('proxroll_run_paused{cluster="homelab"} 1'));
  assert.ok(lines.includes(`proxroll_run_paused_timestamp_seconds{cluster="homelab"} ${at(1520) / 1000}`));
  assert.ok(lines.includes('proxroll_loans_outstanding{kind="guest-moved",cluster="homelab"} 1'));
  assert.ok(lines.includes(`proxroll_loan_oldest_timestamp_seconds{cluster="homelab"} ${at(10) / 1000}`));
  assert.ok(!lines.some((line) => line.startsWith('proxroll_last_success')));
});

const carriers: readonly [carried: boolean, failedRun: string | undefined, result: string][] = [
  [true, undefined, 'running'],
  [false, undefined, 'failed'],
  [true, '20261122-0400-3fa9', 'failed'],
];
for (const [carried, failedRun, result] of carriers)
  test(`a run under way that is ${carried ? '' : 'not '}carried${failedRun === undefined ? '' : ' and has failed'} must be ${result}`, () => {
    const remembered = { ...empty, ...(failedRun === undefined ? {} : { failedRun }) };
    assert.equal(figuresOf(remembered, { version: '1', lastRun: stateOf(untilReboot), carried }).lastRun?.result, result);
  });

test('what each node waits for must be told, and nothing of a node that does not answer', async () => {
  const lines = await linesOf(figuresOf(rememberSeen(empty, seen), { version: '1', snapshot: seen, carried: false }));
  const of = (node: string): readonly string[] =>
    lines.flatMap((line) => (line.includes(`node="${node}"`) ? [line.replace(/node="\w+",|,?cluster="\w+"/g, '')] : []));
  assert.deepEqual(of('pve1'), [
    'proxroll_node_answers{} 1',
    'proxroll_node_reboot_due{reason="kernel"} 0',
    'proxroll_node_reboot_due{reason="system"} 1',
    `proxroll_node_reboot_due_since_timestamp_seconds{} ${at(500) / 1000}`,
    'proxroll_node_packages_pending{} 2',
    'proxroll_node_security_packages_pending{} 1',
    `proxroll_node_security_pending_since_timestamp_seconds{} ${at(500) / 1000}`,
    'proxroll_node_hold{} 0',
  ]);
  assert.ok(of('pve2').includes('proxroll_node_hold{} 1'));
  assert.deepEqual(of('pve3'), ['proxroll_node_answers{} 0']);
});

test('since when something has been so must last over looks, over silence, and end with it', () => {
  const due = rememberSeen(empty, seen);
  const silent = snapshot({
    takenAtMs: at(600),
    nodes: [node('pve1', { facts: { rebootRequired: unknown('no answer'), pending: unknown('no answer') } })],
  });
  const again = rememberSeen(rememberSeen(due, silent), { ...seen, takenAtMs: at(700) });
  assert.equal(again.nodes['pve1']?.rebootDueSinceMs, at(500));
  const well = snapshot({ takenAtMs: at(800), nodes: [node('pve1', { facts: {} })] });
  assert.equal(rememberSeen(again, well).nodes['pve1']?.rebootDueSinceMs, undefined);
});

test('exposure must run from the publication of the oldest fix until the node ran with it, and wait for a reboot that was left', () => {
  const published = rememberPublished(rememberPublished(empty, 'pve2', at(-3600)), 'pve1', at(-3600));
  const after = rememberRun(published, stateOf(untilFinished));
  assert.equal(after.nodes['pve2']?.exposureMs, 4_000_000);
  assert.equal(after.nodes['pve1']?.exposureMs, undefined);
  // The same journal read again, by another process, changes nothing.
  assert.deepEqual(rememberRun(after, stateOf(untilFinished)), after);
});

test('an older run that is read again must not undo a newer one', () => {
  const newer: FiguresMemory = { lastSuccessMs: at(9999), nodes: { pve2: { patchedAtMs: at(9999), exposureMs: 5 } } };
  const { lastSuccessMs, nodes } = rememberRun(newer, stateOf(untilFinished));
  assert.deepEqual([lastSuccessMs, nodes['pve2']], [at(9999), { patchedAtMs: at(9999), exposureMs: 5 }]);
});

test('a site without any run must be told too', async () => {
  const text = await metricsText(figuresOf(empty, { version: '1', snapshot: seen, carried: false }));
  assert.match(text, /^proxroll_run_in_progress\{.*\} 0$/m);
  assert.doesNotMatch(text, /proxroll_last_run|NaN|undefined/);
});

test('names of nodes and clusters must be escaped', async () => {
  const odd = { ...seen, membership: { kind: 'cluster', name: 'a"b\\c', quorum: unknown('') } } as const;
  assert.match(await metricsText(figuresOf(empty, { version: '1', snapshot: odd, carried: false })), /cluster="a\\"b\\\\c"/);
});

test('promtool must have nothing against the figures', { skip: missing('promtool') }, async () => {
  const remembered = rememberRun(
    rememberSeen(rememberPublished({ ...empty, refusedAtMs: at(1) }, 'pve2', at(-9)), seen),
    stateOf(untilPaused),
  );
  const text = await metricsText(figuresOf(remembered, { version: '1', snapshot: seen, lastRun: stateOf(untilPaused), carried: false }));
  assert.ok(text.endsWith('\n') && !text.includes('\r'));
  assert.deepEqual(ran('promtool', ['check', 'metrics'], text), { exit: 0, out: '' });
});
