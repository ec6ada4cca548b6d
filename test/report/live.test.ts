import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveFrame } from '../../src/report/live-frame.ts';
import { LiveView, viewOn } from '../../src/report/live.ts';
import { apply, type RunState } from '../../src/run/state.ts';
import type { Watcher } from '../../src/report/watcher.ts';
import { at, began, entriesOf, plan, stateOf, step, track, untilFinished, untilPaused, untilReboot, type Told } from './a-run.ts';
import { FakeTerminal } from './fake-terminal.ts';

function play(view: Watcher, told: readonly Told[]): void {
  let state: RunState | undefined;
  for (const entry of entriesOf(told)) {
    state = apply(state, entry);
    view.entry(entry, state);
  }
}

function shown(told: readonly Told[], seconds: number, columns: number, rows = 24): readonly string[] {
  const terminal = new FakeTerminal({ columns, rows });
  const view = new LiveView(terminal);
  play(view, told);
  view.tick(at(seconds));
  return terminal.screen();
}

test('80 columns: each node must show step, elapsed time, guests moved of all and expected end', () => {
  assert.deepEqual(shown(untilReboot, 260, 80), [
    'homelab: running, 4:20 (run 20261122-0400-3fa9)',
    'waits for pve2 reboot for 1:00: an answer from a new boot',
    '0 of 2 nodes, 3 of 14 steps done; 3 of 3 guests moved, 24 of 24 GiB, 546 MiB/s',
    'expected end 04:20, in 19 of 20 cases by 04:27',
    '',
    'node  step          elapsed  guests  expected end',
    'pve2  reboot, 1:00     4:10     3/3         04:12',
    'pve1  waiting             -       -         04:20',
    'on loan: pve2 maintenance, vm 101 (db) of pve2',
    '',
    '04:01:20  pve/pve2/drain: done',
    '04:01:20  pve/pve2/upgrade: started (2 packages pending)',
    '04:03:20  pve/pve2/upgrade: done',
    '04:03:20  pve2, after its upgrade: reboot, rejoin, maintenance-off, return',
    '04:03:20  pve/pve2/reboot: started (kernel 6.14.8-pve is installed, 6.14.5-pve…',
  ]);
});

test('40 columns: the same facts must fit', () => {
  assert.deepEqual(shown(untilReboot, 260, 40), [
    'homelab: running, 4:20 (run 20261122-0…',
    'waits for pve2 reboot for 1:00: an',
    'answer from a new boot',
    '0 of 2 nodes, 3 of 14 steps done; 3 of',
    '3 guests moved, 24 of 24 GiB, 546 MiB/s',
    'expected end 04:20, in 19 of 20 cases',
    'by 04:27',
    '',
    'node step    elapsed guests   end',
    'pve2 reboot     4:10    3/3 04:12',
    'pve1 waiting       -      - 04:20',
    'on loan: pve2 maintenance, vm 101 (db)…',
    '',
    '04:01:20  pve/pve2/drain: done',
    '04:01:20  pve/pve2/upgrade: started (2…',
    '04:03:20  pve/pve2/upgrade: done',
    '04:03:20  pve2, after its upgrade: reb…',
    '04:03:20  pve/pve2/reboot: started (ke…',
  ]);
});

test('while a node is drained the guests that have arrived must be counted', () => {
  const draining = untilReboot.slice(0, 10);
  assert.match(shown(draining, 60, 80).join('\n'), /pve2 {2}drain, 0:40 {5}0:50 {5}1\/3/);
});

test('what a drain waits for must be told by guest, with how long each has been on its way', () => {
  const text = shown(untilReboot.slice(0, 9), 41, 80).join('\n');
  assert.match(text, /^waits for pve2 drain for 0:21: vm 101 \(db\) to pve3 \(0:20\)$/m);
});

test('several nodes in one step must be told together, with the time of the slowest', () => {
  const refreshing: readonly Told[] = [
    began,
    [1, { type: 'steps.planned', wave: 'refresh', steps: [step('pve2', 'refresh'), step('pve1', 'refresh')] }],
    [1, { type: 'step.started', step: 'pve/pve2/refresh', why: '', remembered: {} }],
    [2, { type: 'step.started', step: 'pve/pve1/refresh', why: '', remembered: {} }],
  ];
  assert.match(shown(refreshing, 11, 80).join('\n'), /^waits for pve2, pve1 refresh for 0:10: apt-get update$/m);
});

test('what earlier runs took must decide when this one should end', () => {
  const slow = untilFinished.map(([seconds, event]): Told => [
    seconds,
    event.type === 'step.done' && event.step === 'pve/pve2/reboot' ? { ...event, tookMs: 1200_000 } : event,
  ]);
  const terminal = new FakeTerminal({ columns: 80 });
  const view = new LiveView(terminal);
  play(view, untilReboot);
  view.tick(at(260));
  assert.match(terminal.screen().join('\n'), /expected end 04:20, /);
  view.learn([stateOf(slow), stateOf(slow)]);
  // Twenty minutes for each of two reboots, of which one has passed.
  assert.match(terminal.screen().join('\n'), /expected end 04:4\d/);
});

test('in a pipe it must be said after each node how far the run is', () => {
  const terminal = new FakeTerminal({ isTerminal: false });
  play(viewOn(terminal), untilFinished);
  assert.match(
    terminal.written,
    /^04:06:40 {2}1 of 2 nodes, 7 of 14 steps done; 3 of 3 guests moved, 24 of 24 GiB, 546 MiB\/s; expected end /m,
  );
  assert.doesNotMatch(terminal.written, /\u001b/);
});

test('a step that takes twice its usual time must have no expected end, nor what comes after it', () => {
  assert.match(shown(untilReboot, 200 + 481, 80).join('\n'), /pve2 {2}reboot, 8:01 +11:11 +3\/3 +-\npve1 {2}waiting +- +- +-\n/);
});

test('a paused run must show where it stands and expect nothing', () => {
  assert.match(
    shown(untilPaused, 1600, 80).join('\n'),
    /homelab: paused, 25:20 .*\nwaits for a person, for 1:20: look at the console of pve2, .*\n.*\n.*\n\n.*\npve2 {2}paused at rejoin +\S+ +3\/3 +-\n/,
  );
});

test('a finished run must keep its times', () => {
  assert.match(shown(untilFinished, 9999, 80).join('\n'), /homelab: finished, 6:43 .*\n\n.*\npve2 {2}done, rebooted +6:30 +3\/3 +-\n/);
});

test('before there is a plan the frame must stand all the same', () => {
  assert.equal(shown([began], 5, 80)[0], 'homelab: running, 0:05 (run 20261122-0400-3fa9)');
});

test('no frame must ever be wider or higher than the screen', () => {
  const tracks = Array.from({ length: 64 }, (_, index) => track(`node-with-a-long-name-${index}`));
  const many: readonly Told[] = [began, [1, { type: 'plan.made', plan: { ...plan, tracks } }]];
  for (const told of [[began], untilReboot, untilPaused, untilFinished, many])
    for (const columns of [20, 40, 41, 59, 60, 61, 80, 132])
      for (const rows of [5, 10, 13, 24, 50]) {
        const frame = liveFrame(stateOf(told), Array<string>(9).fill('x'.repeat(200)), at(300), { columns, rows, colour: false });
        assert.ok(frame.length <= Math.max(3, rows - 1), `${columns}x${rows}: ${frame.length} lines`);
        assert.ok(
          frame.every((line) => line.length < columns),
          `${columns}x${rows}: ${frame.find((line) => line.length >= columns) ?? ''}`,
        );
      }
});

test('a cluster higher than the screen must say how many nodes are not shown', () => {
  const tracks = Array.from({ length: 64 }, (_, index) => track(`pve${index}`));
  const frame = liveFrame(stateOf([began, [1, { type: 'plan.made', plan: { ...plan, tracks } }]]), [], at(300), {
    columns: 80,
    rows: 24,
    colour: false,
  });
  assert.ok(frame.some((line) => /^and \d+ more nodes$/.test(line)));
});

test('a terminal made narrower must be cleared of the lines it broke', () => {
  const terminal = new FakeTerminal({ columns: 80 });
  const view = new LiveView(terminal);
  play(view, untilReboot);
  const wide = terminal.screen().length;
  terminal.written = '';
  terminal.resize(40);
  const up = /^\u001b\[(\d+)A/.exec(terminal.written)?.[1];
  assert.ok(Number(up) > wide);
});

test('a frame that is as it was must not be written again', () => {
  const terminal = new FakeTerminal();
  const view = new LiveView(terminal);
  play(view, untilReboot);
  view.tick(at(260));
  const before = terminal.written;
  view.tick(at(260) + 1);
  assert.equal(terminal.written, before);
});

test('a view that has ended must no longer listen to the terminal', () => {
  const terminal = new FakeTerminal();
  const view = new LiveView(terminal);
  assert.equal(terminal.listeners, 1);
  view.end();
  assert.equal(terminal.listeners, 0);
});

test('colour must come only where the terminal wants it', () => {
  const coloured = new FakeTerminal({ colour: true });
  const plain = new FakeTerminal({ colour: false });
  play(new LiveView(coloured), untilReboot);
  play(new LiveView(plain), untilReboot);
  assert.match(coloured.written, /\u001b\[36m/);
  assert.doesNotMatch(plain.written, /\u001b\[\d+m/);
  assert.deepEqual(coloured.screen(), plain.screen());
});

test('without a terminal every event must be one plain line', () => {
  const pipe = new FakeTerminal({ isTerminal: false });
  play(viewOn(pipe), untilReboot);
  assert.equal(pipe.written.split('\n').length, untilReboot.length + 1);
  assert.doesNotMatch(pipe.written, /\u001b/);
  assert.match(pipe.written, /^04:00:00 {2}run 20261122-0400-3fa9 began on pve1/);
});
