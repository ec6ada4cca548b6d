import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rehearsed, RehearsalEnd, RehearsalReport } from '../../src/model/rehearsal.ts';
import { rehearsalJson, rehearsalText } from '../../src/report/rehearsal.ts';
import { at, plan } from './a-run.ts';

const gib = 1024 ** 3;
const plain = { width: 100, colour: false };
const margin = { node: 'pve2', atMs: 122_000, votes: { left: 4, needed: 3 }, memory: { node: 'pve3', freeBytes: 92 * gib } };

const rehearsed: Rehearsed = {
  end: { kind: 'finished' },
  findings: [],
  acts: [
    { atMs: 1_000, subject: 'proxroll', text: 'run 20261122-0400-3fa9 began on pve1 (cluster homelab, proxroll 0.1.0)', level: 'info' },
    {
      atMs: 122_000,
      subject: 'proxroll',
      text: 'pve/pve2/reboot: started (kernel 6.17 is installed, 6.14 is running)',
      level: 'info',
      margin,
    },
    { atMs: 134_000, subject: 'pve2', text: 'went down', level: 'info' },
    { atMs: 134_000, subject: '!', text: 'pve2 will not return', level: 'err' },
  ],
  margins: [margin],
  turns: [
    { node: 'pve2', beganMs: 17_000, tookMs: 290_000 },
    { node: 'pve3', beganMs: 307_000, tookMs: 40_000 },
  ],
  broken: [],
  unstruck: [],
  guestsDown: [],
  tookMs: 1_247_000,
};

function report(differs: Partial<RehearsalReport> = {}): RehearsalReport {
  return {
    cluster: 'homelab',
    takenAtMs: at(0),
    missing: [
      'HA rules and groups: in the twin every HA guest may run everywhere',
      'how much of its memory a guest really takes: what it may take counts once it moves, which is the careful side',
    ],
    plan,
    rehearsed,
    problems: [],
    ...differs,
  };
}

/** Text as it stands in the test, without the first line break and the indent. */
function lines(text: string): string {
  return text.replace(/^\n/, '').replaceAll(/^ {4}/gm, '').replace(/ +$/, '');
}

test('a rehearsal must read: what the twin lacks, the transcript with its margins, the turns, the end', () => {
  assert.equal(
    rehearsalText(report(), plain),
    lines(`
    rehearsal on the twin of homelab, as it was seen at 2026-11-22 04:00
    not in the twin
      HA rules and groups: in the twin every HA guest may run everywhere
      how much of its memory a guest really takes: what it may take counts once it moves, which is the
      careful side

    T+00:00:01  proxroll  run 20261122-0400-3fa9 began on pve1 (cluster homelab, proxroll 0.1.0)
    T+00:02:02  proxroll  pve/pve2/reboot: started (kernel 6.17 is installed, 6.14 is running)
                          while pve2 is away: 4 votes are left, 3 needed; least free memory 92 GiB on pve3
    T+00:02:14  pve2      went down
    T+00:02:14  !         pve2 will not return

    NODE  BEGINS AFTER  TAKES       VOTES LEFT    LEAST FREE MEMORY
    pve2  17 s          4 min 50 s  4 (3 needed)  92 GiB on pve3
    pve3  5 min 7 s     40 s        stays

    A run would finish after about 20 min 47 s.
    `),
  );
});

const paused: RehearsalEnd = {
  kind: 'paused',
  code: 'reboot.deadline',
  step: 'pve/pve2/reboot',
  what: 'pve2 has not come back from its reboot',
  seen: 'no route to host',
  next: 'look at the console of pve2, then: proxroll resume',
};

const ends: readonly (readonly [end: RehearsalEnd, text: string])[] = [
  [
    paused,
    `
    A run would pause after about 20 min 47 s at pve/pve2/reboot [reboot.deadline]: pve2 has not come
    back from its reboot
      seen: no route to host
      next: look at the console of pve2, then: proxroll resume
    `,
  ],
  [{ kind: 'nothing-to-do' }, '\n    A run would find nothing to do.\n    '],
  [
    { kind: 'away', node: 'pve1' },
    `
    After about 20 min 47 s nobody would carry the run: pve1 is off and does not come back by itself.
      next: switch pve1 on; the run goes on by itself after its boot
    `,
  ],
  [
    { kind: 'stuck', why: 'nothing is left to happen' },
    '\n    The run hangs, which is a defect of proxroll: nothing is left to happen\n    ',
  ],
];
for (const [end, text] of ends)
  test(`the end must come last and say what to do: ${end.kind}`, () => {
    const told = rehearsalText(report({ rehearsed: { ...rehearsed, end, acts: [], turns: [] } }), plain);
    assert.ok(told.endsWith(lines(text)), told);
  });

test('a broken invariant must be shouted', () => {
  const told = rehearsalText(report({ rehearsed: { ...rehearsed, broken: ['invariant 2 (no guest stops): vm 101 stopped'] } }), plain);
  assert.match(
    told,
    /\nSOMETHING IS LOST: 1 invariant broken\. That is a defect of proxroll: do not start a run, report it\.\n {2}invariant 2 /,
  );
});

test('a fault that never struck and an expectation that does not hold must be said', () => {
  const told = rehearsalText(
    report({ rehearsed: { ...rehearsed, unstruck: ["'guest 9 stops' never happened"] }, problems: ['run: the end is finished'] }),
    plain,
  );
  assert.match(told, /\nnot struck: 'guest 9 stops' never happened\nNot as the scenario expects:\n {2}run: the end is finished\n$/);
});

test('as JSON it must be the same facts without the scenario file', () => {
  const json = JSON.parse(JSON.stringify(rehearsalJson(report({ scenarioText: 'secret' })))) as Record<string, unknown>;
  assert.deepEqual(json['end'], { kind: 'finished' });
  assert.deepEqual(json['margins'], [margin]);
  assert.equal(JSON.stringify(json).includes('secret'), false);
});
