import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runsDiff, runsDiffText } from '../../src/report/history-diff.ts';
import { nodeHistory, nodeHistoryText } from '../../src/report/node-history.ts';
import type { RunState } from '../../src/run/state.ts';
import { at, stateOf, untilFinished, untilReboot, type Told } from './a-run.ts';

const plain = { width: 80, colour: false };

/** The same story a week later, with another version of openssl. */
function weekLater(): RunState {
  const told = untilFinished.map(([seconds, event]): Told => [
    seconds + 7 * 86_400,
    JSON.parse(JSON.stringify(event).replaceAll('20261122-0400-3fa9', '20261129-0400-77aa').replaceAll('deb13u1', 'deb13u2')) as Told[1],
  ]);
  return stateOf(told);
}

test('a node must tell when it was last patched, by which run, and from what to what', () => {
  const works = nodeHistory([stateOf(untilFinished), weekLater()], 'pve2');
  assert.equal(
    nodeHistoryText('pve2', works, true, plain),
    `pve2 was last patched 2026-11-29 04:03 by run 20261129-0400-77aa: 2 packages, 1
of them security, rebooted, 6 min 30 s
  package                    before   after
  proxmox-kernel-6.14.8-pve  new      6.14.8-1
  openssl                    3.5.1-1  3.5.1-1+deb13u2  security

before that
  2026-11-22 04:03  run 20261122-0400-3fa9: 2 packages, 1 of them security,
                    rebooted, 6 min 30 s
`,
  );
});

test('a node whose upgrade was not seen to end was not patched', () => {
  assert.deepEqual(nodeHistory([stateOf(untilReboot.slice(0, 13))], 'pve2'), []);
  assert.equal(nodeHistory([stateOf(untilReboot)], 'pve2')[0]?.rebooted, false);
  assert.equal(nodeHistory([stateOf(untilReboot)], 'pve2')[0]?.atMs, at(200));
  assert.match(nodeHistoryText('pve9', [], false, plain), /knows a node pve9/);
});

test('the difference of two runs must name versions and times that differ, and nothing else', () => {
  const text = runsDiffText(runsDiff(stateOf(untilFinished), weekLater()), plain);
  assert.match(text, /^- run 20261122-0400-3fa9, 2026-11-22 04:00, finished after 6 min 43 s\n\+ run 20261129-0400-77aa/);
  assert.match(text, /openssl: 3\.5\.1-1\+deb13u1, then 3\.5\.1-1\+deb13u2/);
  assert.doesNotMatch(text, /proxmox-kernel|middle time/);
});
