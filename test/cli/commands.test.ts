import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actions, Entrance, Globals, Outcome } from '../../src/cli/actions.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { Finding } from '../../src/model/finding.ts';
import { known, unknown } from '../../src/model/reading.ts';
import { at, entriesOf, plan, stateOf, untilFinished, untilPaused, untilReboot } from '../report/a-run.ts';
import { holdText, stillHolds } from '../../src/model/hold.ts';
import { apply, type RunState } from '../../src/run/state.ts';
import { planDigest } from '../../src/model/plan-facts.ts';
import type { Plan } from '../../src/model/plan.ts';
import { snapshot } from '../builders.ts';
import { call } from './fake-entrance.ts';

const blocker: Finding = {
  check: 'quorum',
  severity: 'blocker',
  subject: 'cluster',
  what: 'no quorum',
  seen: '1 of 3',
  next: 'bring pve3 back',
};
const warning: Finding = { check: 'zfs', severity: 'warning', subject: 'pve2', what: 'a pool is full', seen: '91 %', next: 'free space' };

const paused = stateOf(untilPaused);
const finished = stateOf(untilFinished);
const running = stateOf(untilReboot);

function checking(...findings: readonly Finding[]): Partial<Actions> {
  return { ...stored(undefined), check: () => Promise.resolve({ snapshot: snapshot(), findings }) };
}

function planning(...findings: readonly Finding[]): Partial<Actions> {
  return { readRuns: () => Promise.resolve([]), plan: () => Promise.resolve({ snapshot: snapshot(), findings, plan }) };
}

function stored(state: RunState | undefined, carried = false): Partial<Actions> {
  return {
    readRuns: () => Promise.resolve(state === undefined ? [] : [{ kind: 'read', state }]),
    isCarried: () => Promise.resolve(carried),
    holds: () => Promise.resolve([]),
  };
}

const started: Partial<Actions> = {
  startService: () => Promise.resolve(),
  followRun: (onEntry) => {
    let state: RunState | undefined;
    for (const entry of entriesOf(untilFinished)) onEntry(entry, (state = apply(state, entry)));
    return Promise.resolve({ kind: 'ended', state: finished });
  },
};

test('check must exit 0 when nothing blocks, warnings or not', async () => {
  const { exit, out, err } = await call(['check'], { actions: checking(warning) });
  assert.match(out, /^Nothing keeps a run from starting, 1 warning\.\n/);
  assert.deepEqual({ exit, err }, { exit: 0, err: '' });
});

test('check and plan must tell of a run that is not over, and plan must not offer another one', async () => {
  const told = /^proxroll: run \S+ is paused \(.*\); go on with: proxroll resume, or give it up with: proxroll abandon\n$/;
  const checked = await call(['check'], { actions: { ...checking(), ...stored(paused) } });
  assert.match(checked.err, told);
  const planned = await call(['plan'], { actions: { ...planning(), ...stored(paused) } });
  assert.match(planned.err, told);
  assert.doesNotMatch(planned.out, /To do exactly this/);
});

test('check must still speak when the newest journal cannot be read', async () => {
  const actions = {
    ...checking(),
    readRuns: () => Promise.resolve([{ kind: 'damaged' as const, run: 'r', detail: 'line 3 is not JSON' }]),
  };
  const { exit, out, err } = await call(['check'], { actions });
  assert.match(out, /^Nothing keeps a run from starting/);
  assert.deepEqual({ exit, err }, { exit: 0, err: 'proxroll: the journal of run r cannot be used; see: proxroll status\n' });
});

test('check must exit 3 when a finding blocks', async () => {
  assert.equal((await call(['check'], { actions: checking(warning, blocker) })).exit, 3);
});

test('check must exit 3 when something is unknown', async () => {
  assert.equal((await call(['check'], { actions: checking({ ...blocker, severity: 'unknown' }) })).exit, 3);
});

test('check --json must print the same findings as data', async () => {
  const { exit, out } = await call(['check', '--json'], { actions: checking(warning, blocker) });
  assert.deepEqual(JSON.parse(out), { blocked: true, findings: [blocker, warning] });
  assert.equal(exit, 3);
});

test('plan must show the plan and what stands against it', async () => {
  const { exit, out } = await call(['plan'], { actions: planning(blocker) });
  assert.match(out, /^pve, one at a time\n[^]*\nA run cannot start: 1 reason\.\n/);
  assert.equal(exit, 3);
});

test('plan --changes must list every package with what is written about it, or why nothing is', async () => {
  const written = [
    {
      name: 'openssl',
      from: '3.5.1-1',
      to: '3.5.1-1+deb13u1',
      security: true,
      nodes: ['pve1', 'pve2'],
      changelog: known('openssl (3.5.1-1+deb13u1) trixie-security; urgency=medium\n\n  * CVE-2026-1'),
    },
    { name: 'pve-manager', to: '9.1.2', security: false, nodes: ['pve2'], changelog: unknown('Could not resolve the host') },
  ];
  const actions = { ...planning(), changelogs: () => Promise.resolve(written) };
  const { out } = await call(['plan', '--changes'], { actions });
  assert.match(
    out,
    /^openssl 3\.5\.1-1 → 3\.5\.1-1\+deb13u1, security \(pve1, pve2\)\n    openssl \(3\.5\.1-1\+deb13u1\)[^]*\n {6}\* CVE-2026-1\n/,
  );
  assert.match(out, /\npve-manager new, 9\.1\.2 \(pve2\)\n    no changelog: Could not resolve the host\n/);
  assert.match(out, /To do exactly this:/);
  const { changes } = JSON.parse((await call(['plan', '--changes', '--json'], { actions })).out) as { changes: unknown };
  assert.deepEqual(changes, written);
});

test('plan must pass on the nodes that were asked for, each once', async () => {
  const { asked } = await call(['plan', '--node', 'pve2', '--node', 'pve3', '--node', 'pve2', '--json'], { actions: planning() });
  assert.deepEqual(asked, ['plan {"nodes":["pve2","pve3"]}', 'readRuns']);
});

const digest = planDigest(plan);
const otherPlan: Plan = { ...plan, tracks: plan.tracks.slice(1) };

test('plan must name the digest with which exactly this can be run, and not when it cannot', async () => {
  assert.match((await call(['plan'], { actions: planning() })).out, new RegExp(`\nTo do exactly this: proxroll run --plan ${digest}\n$`));
  assert.doesNotMatch((await call(['plan'], { actions: planning(blocker) })).out, /--plan/);
  const { out } = await call(['plan', '--json'], { actions: planning() });
  assert.deepEqual(JSON.parse(out), { digest, blocked: false, findings: [], plan: JSON.parse(JSON.stringify(plan)) });
});

test('plan diff must name by node what is only in one of two plans, kept, in a file or made now', async () => {
  const { exit, out } = await call(['plan', 'diff', digest, 'now'], {
    actions: {
      keptPlan: () => Promise.resolve(plan),
      plan: () => Promise.resolve({ snapshot: snapshot(), findings: [], plan: otherPlan }),
    },
  });
  assert.equal(exit, 0);
  assert.match(out, /^order\n {2}- pve2, pve1\n {2}\+ pve1\npve2\n {2}- steps: /);
  const file = JSON.stringify({ digest, plan });
  const same = await call(['plan', 'diff', digest, '/tmp/plan.json'], {
    actions: { keptPlan: () => Promise.resolve(plan) },
    entrance: { readText: () => Promise.resolve(file) },
  });
  assert.equal(same.out, 'Both plans do the same.\n');
});

test('plan diff must refuse what is no plan', async () => {
  const { exit, err } = await call(['plan', 'diff', 'a.json', 'b.json'], { entrance: { readText: () => Promise.resolve('{"plan": 1}') } });
  assert.equal(exit, 2);
  assert.match(err, /a\.json holds no plan/);
});

test('run --plan must start without asking when the plan is still that one', async () => {
  const { exit, asked } = await call(['run', '--plan', digest], { actions: { ...planning(), ...started } });
  assert.equal(exit, 0);
  assert.deepEqual(asked, ['readRuns', 'plan {"nodes":[]}', `startService {"nodes":[],"plan":"${digest}"}`, 'followRun']);
});

test('run --plan must refuse when the cluster has changed, say how, and start nothing', async () => {
  const { exit, err, asked } = await call(['run', '--plan', '0123456789ab'], {
    actions: { ...planning(), differenceFrom: () => Promise.resolve('new: pve2: vm 105: live-migration') },
  });
  assert.equal(exit, 3);
  assert.match(err, /the cluster is not as it was when plan 0123456789ab was approved/);
  assert.match(err.replaceAll(/\s+/g, ' '), /seen: new: pve2: vm 105: live-migration next: .* --plan [0-9a-f]{12}/);
  assert.ok(!asked.some((name) => name.startsWith('startService')));
});

test('run must not start anything when nobody can be asked', async () => {
  const { exit, err, out, asked } = await call(['run'], { interactive: false });
  assert.match(err, /nobody can be asked here, so nothing was started/);
  assert.deepEqual({ exit, out, asked }, { exit: 2, out: '', asked: [] });
});

test('run --json must not ask either', async () => {
  assert.equal((await call(['run', '--json'], { interactive: true })).exit, 2);
});

test('run must show the plan, ask, and start only after a yes', async () => {
  const { exit, asked, out } = await call(['run', '--node', 'pve2'], {
    interactive: true,
    answer: 'y',
    actions: { ...planning(warning), ...started },
  });
  assert.deepEqual(asked, [
    'readRuns',
    'plan {"nodes":["pve2"]}',
    'Start this run? [y/N] ',
    'startService {"nodes":["pve2"]}',
    'followRun',
  ]);
  assert.match(out, /^pve, one at a time[^]*finished, 6 min 43 s after it began/);
  assert.equal(exit, 0);
});

for (const answer of ['', 'n', 'yeah', undefined])
  test(`run must not start on the answer ${JSON.stringify(answer)}`, async () => {
    const { exit, err, asked } = await call(['run'], {
      interactive: true,
      ...(answer === undefined ? {} : { answer }),
      actions: planning(),
    });
    assert.deepEqual(asked, ['readRuns', 'plan {"nodes":[]}', 'Start this run? [y/N] ']);
    assert.deepEqual({ exit, err }, { exit: 0, err: 'Nothing was started.\n' });
  });

test('run --yes must not ask', async () => {
  const { asked, exit } = await call(['run', '--yes'], { actions: { ...planning(), ...started } });
  assert.deepEqual(asked, ['readRuns', 'plan {"nodes":[]}', 'startService {"nodes":[]}', 'followRun']);
  assert.equal(exit, 0);
});

test('run must not ask when a finding blocks', async () => {
  const { exit, asked } = await call(['run'], { interactive: true, answer: 'y', actions: planning(blocker) });
  assert.deepEqual({ exit, asked }, { exit: 3, asked: ['readRuns', 'plan {"nodes":[]}'] });
});

test('run must not begin beside a run that is paused', async () => {
  const { exit, err } = await call(['run', '--yes'], { actions: stored(paused) });
  assert.match(
    err,
    /run 20261122-0400-3fa9 is paused \(pve2 has not rejoined the cluster\); go on with: proxroll resume, or give it up with: proxroll abandon/,
  );
  assert.equal(exit, 4);
});

test('run must not begin beside a run that is going on', async () => {
  assert.equal((await call(['run', '--yes'], { actions: stored(running, true) })).exit, 5);
});

test('run --yes --json must have the answer alone on stdout', async () => {
  const { out } = await call(['run', '--yes', '--json'], { actions: { ...planning(), ...started } });
  assert.equal((JSON.parse(out) as { phase: string }).phase, 'finished');
});

function ending(outcome: Outcome): Partial<Actions> {
  return { conduct: () => Promise.resolve(outcome), tellStatus: () => undefined };
}

const outcomes: readonly [outcome: Outcome, exit: number, service: RegExp, dry: RegExp][] = [
  [
    { kind: 'finished', state: finished },
    0,
    /^<6>run 20261122-0400-3fa9 of homelab finished/,
    /^run 20261122-0400-3fa9 of homelab finished/,
  ],
  [{ kind: 'nothing-to-do', findings: [], plan: { ...plan, tracks: [] } }, 0, /^<6>nothing to do/, /Nothing to do\./],
  [{ kind: 'leaving', state: running }, 0, /^<6>pve1 reboots now; the run goes on when it is back/, /^pve1 reboots now/],
  [{ kind: 'blocked', findings: [blocker] }, 3, /^<3>nothing was started: 1 finding against it/, /^A run cannot start: 1 reason/],
  [{ kind: 'paused', state: paused }, 4, /^<6>run 20261122-0400-3fa9 of homelab paused/, /^run 20261122-0400-3fa9 of homelab paused/],
  [
    { kind: 'busy', holder: 'run x on pve2' },
    5,
    /^<3>nothing was started: run x on pve2 holds the cluster/,
    /^Nothing was started: run x on pve2 holds the cluster/,
  ],
  [
    { kind: 'dry-run', findings: [], plan, refused: 'pve2: apt-get update' },
    0,
    /^<6>dry run, refused: pve2: apt-get update/,
    /\nDry run: nothing was changed\. Refused: pve2: apt-get update\n/,
  ],
];
for (const [outcome, exit, service, dry] of outcomes) {
  test(`a service whose run is ${outcome.kind} must exit ${exit} and say so with a priority`, async () => {
    const called = await call(['run', '--service'], { actions: ending(outcome) });
    assert.match(called.out, service);
    assert.ok(
      called.out
        .trimEnd()
        .split('\n')
        .every((line) => /^<[346]>/.test(line)),
    );
    assert.equal(called.exit, exit);
  });
  test(`a dry run that is ${outcome.kind} must exit ${exit} and answer on stdout, as text and as JSON`, async () => {
    const called = await call(['run', '--dry-run'], { actions: ending(outcome) });
    assert.match(called.out, dry);
    assert.equal(called.exit, exit);
    const json = await call(['run', '--dry-run', '--json'], { actions: ending(outcome) });
    assert.equal((JSON.parse(json.out) as { outcome: string }).outcome, outcome.kind);
  });
}

test('the service must write every event with its priority and tell systemd where it is', async () => {
  const told: string[] = [];
  const { out } = await call(['run', '--service'], {
    actions: {
      tellStatus: (text) => void told.push(text),
      conduct: ({ onEvent, onFindings }) => {
        onFindings([warning, { ...warning, severity: 'info' }]);
        let state: RunState | undefined;
        for (const entry of entriesOf(untilPaused)) onEvent(entry, (state = apply(state, entry)));
        return Promise.resolve({ kind: 'paused', state: paused });
      },
    },
  });
  const written = out.split('\n');
  assert.equal(written[0], '<4>warning: pve2: a pool is full [zfs]; seen: 91 %; next: free space');
  assert.match(written[1] ?? '', /^<6>run 20261122-0400-3fa9 began on pve1/);
  assert.match(out, /\n<3>run paused at pve\/pve2\/rejoin/);
  assert.equal(told[0], 'looking at the cluster');
  assert.ok(told.includes('0 of 2 nodes done; pve2: upgrade (2 packages pending)'));
});

test('an error in the service must carry the priority of an error on every line', async () => {
  const { err, exit } = await call(['run', '--service'], {
    actions: { tellStatus: () => undefined, conduct: () => Promise.reject(new Error('boom')) },
  });
  assert.ok(
    err
      .trimEnd()
      .split('\n')
      .every((line) => line.startsWith('<3>')),
  );
  assert.equal(exit, 1);
});

const statuses: readonly [obligation: string, actions: Partial<Actions>, exit: number, out: RegExp, err: RegExp][] = [
  ['without any run it must say so', stored(undefined), 0, /^There has been no run on this node yet\.\n$/, /^$/],
  ['of a finished run it must exit 0', stored(finished), 0, /^run 20261122-0400-3fa9 of homelab: finished/, /^$/],
  ['of a paused run it must exit 4', stored(paused), 4, /paused since 2026-11-22 04:25/, /^$/],
  ['of a carried run it must exit 0', stored(running, true), 0, /running for 26 min 40 s/, /^$/],
  [
    'of a run that lost its carrier it must say so and exit 4',
    stored(running),
    4,
    /running for/,
    /nobody carries this run at the moment; go on with: proxroll resume/,
  ],
];
for (const [obligation, actions, exit, out, err] of statuses)
  test(`status: ${obligation}`, async () => {
    const called = await call(['status'], { actions });
    assert.match(called.out, out);
    assert.match(called.err, err);
    assert.equal(called.exit, exit);
    const json = JSON.parse((await call(['status', '--json'], { actions })).out) as { phase: string };
    assert.match(json.phase, /^(none|running|paused|finished)$/);
  });

test('status must tell who is on hold, until when and why, and of whom it is not known', async () => {
  const text = 'until: 2026-12-01T06:00:00.000Z\nreason: a disk is being replaced';
  const holds: Actions['holds'] = () =>
    Promise.resolve([
      { node: 'pve2', known: true, path: '/etc/proxroll/hold', text },
      { node: 'pve3', known: false, why: 'pve3 does not answer' },
    ]);
  for (const state of [finished, undefined]) {
    const { out } = await call(['status'], { actions: { ...stored(state), holds } });
    assert.match(
      out,
      /^pve2 is on hold \(\/etc\/proxroll\/hold: until: 2026-12-01T06:00:00\.000Z, reason: a disk is being replaced\); when it may be touched again: proxroll unhold pve2$/m,
    );
    assert.match(out, /^whether pve3 is on hold is unknown: pve3 does not answer$/m);
  }
});

test('status --follow must tell every event and end as the run ended', async () => {
  const { out, exit } = await call(['status', '--follow'], { actions: { ...stored(running, true), ...started } });
  assert.match(out, /^04:00:00 {2}run 20261122-0400-3fa9 began[^]*finished, 6 min 43 s after it began/);
  assert.equal(exit, 0);
});

const follows: readonly [obligation: string, followed: Awaited<ReturnType<Actions['followRun']>>, exit: number, err: RegExp][] = [
  ['a run that pauses must exit 4', { kind: 'ended', state: paused }, 4, /^$/],
  [
    'a service that died must not be taken for a success',
    { kind: 'ended', state: running },
    1,
    /the service ended in the middle of the run/,
  ],
  [
    'a service that was blocked must show its words and its exit code',
    { kind: 'no-run', log: ['nothing was started'], exit: 3 },
    3,
    /^nothing was started\n/,
  ],
  ['a service that a signal ended must not be taken for a success', { kind: 'no-run', log: [], exit: 137 }, 1, /^\n$/],
  ['^C must say that the run goes on', { kind: 'interrupted' }, 0, /No longer watching; the run goes on/],
];
for (const [obligation, followed, exit, err] of follows)
  test(`following: ${obligation}`, async () => {
    const called = await call(['resume'], {
      actions: { ...stored(paused), startService: () => Promise.resolve(), followRun: () => Promise.resolve(followed) },
    });
    assert.match(called.err, err);
    assert.equal(called.exit, exit);
  });

test('following: when the own node reboots that must be said, and is no failure', async () => {
  const own = stateOf(untilReboot.map(([seconds, event]) => [seconds, event.type === 'run.began' ? { ...event, node: 'pve2' } : event]));
  const called = await call(['resume'], {
    actions: { ...stored(paused), startService: () => Promise.resolve(), followRun: () => Promise.resolve({ kind: 'ended', state: own }) },
  });
  assert.match(called.err, /pve2 reboots now; the run goes on by itself when it is back/);
  assert.equal(called.exit, 0);
});

test('^C while following must reach the follower, and only it', async () => {
  const called = await call(['resume'], {
    entrance: {
      onInterrupt: (listener) => {
        listener();
        return () => undefined;
      },
    },
    actions: {
      ...stored(paused),
      startService: () => Promise.resolve(),
      followRun: (_onEntry, signal) => Promise.resolve(signal.aborted ? { kind: 'interrupted' } : { kind: 'idle' }),
    },
  });
  assert.match(called.err, /No longer watching/);
});

test('resume must start the service only when nobody carries the run', async () => {
  const free = await call(['resume'], { actions: { ...stored(paused), ...started } });
  const carried = await call(['resume'], { actions: { ...stored(running, true), ...started } });
  assert.deepEqual(
    [free.asked, carried.asked],
    [
      ['readRuns', 'isCarried', 'startService {"nodes":[]}', 'followRun'],
      ['readRuns', 'isCarried', 'followRun'],
    ],
  );
});

test('resume without an unfinished run must start nothing', async () => {
  const { err, exit, asked } = await call(['resume'], { actions: stored(finished) });
  assert.deepEqual({ err, exit, asked }, { err: 'There is no run to go on with.\n', exit: 0, asked: ['readRuns'] });
});

const abandons: readonly [obligation: string, abandoned: Awaited<ReturnType<Actions['abandon']>>, exit: number][] = [
  ['with something still on loan it must exit 4', { kind: 'abandoned', state: running }, 4],
  ['with nothing on loan it must exit 0', { kind: 'abandoned', state: finished }, 0],
  ['without a run it must exit 0', { kind: 'nothing' }, 0],
  ['while the service works it must exit 5', { kind: 'busy', holder: 'proxroll.service' }, 5],
];
for (const [obligation, abandoned, exit] of abandons)
  test(`abandon: ${obligation}`, async () =>
    assert.equal((await call(['abandon'], { actions: { abandon: () => Promise.resolve(abandoned) } })).exit, exit));

test('loans must list what is out for a run that is not over, although the clock was set back since an earlier one', async () => {
  const readRuns: Actions['readRuns'] = () => Promise.resolve([paused, finished].map((state) => ({ kind: 'read', state })));
  const { out } = await call(['loans'], { actions: { ...stored(paused), readRuns } });
  assert.equal(out, (await call(['loans'], { actions: stored(paused) })).out);
  assert.notEqual(out, 'Nothing is on loan.\n');
});

test('loans must list what is out with the command that gives it back', async () => {
  const { out } = await call(['loans'], { actions: stored(paused) });
  assert.match(
    out,
    /^on loan to run \S+ on pve1\n {2}pve2 is in HA maintenance\n {4}since: 2026-11-22 04:00\n {4}by hand: ha-manager crm-command node-maintenance disable pve2\n/,
  );
  assert.equal((await call(['loans'], { actions: stored(undefined) })).out, 'Nothing is on loan.\n');
});

test('history must list runs, and tell one of them', async () => {
  const actions: Partial<Actions> = {
    ...stored(finished),
    readRun: () => Promise.resolve({ state: finished, entries: entriesOf(untilFinished) }),
  };
  assert.match((await call(['history'], { actions })).out, /^20261122-0400-3fa9 {2}2026-11-22 04:00 {2}finished/);
  assert.match((await call(['history', '20261122-0400-3fa9'], { actions })).out, /^2026-11-22 04:00:00 {2}run /);
  assert.equal(
    (JSON.parse((await call(['history', '20261122-0400-3fa9', '--json'], { actions })).out) as unknown[]).length,
    untilFinished.length,
  );
});

test('a newest run that cannot be read must be said, with exit code 3', async () => {
  const actions: Partial<Actions> = {
    readRuns: () => Promise.resolve([{ kind: 'damaged', run: 'r', detail: 'line 3 is not JSON' }]),
    isCarried: () => Promise.resolve(false),
    holds: () => Promise.resolve([]),
  };
  const { exit, err } = await call(['status'], { actions });
  assert.match(err, /^proxroll: the journal of run r cannot be used\n {4}seen: line 3 is not JSON\n/);
  assert.equal(exit, 3);
});

const problem = { file: '/c.yaml', line: 2, column: 1, what: 'unknown key foo' };

test('config check must print every problem and exit 2', async () => {
  const { out, exit } = await call(['config', 'check'], {
    entrance: { readConfig: () => Promise.resolve({ problems: [problem, { ...problem, line: 3 }] }) },
  });
  assert.deepEqual({ out, exit }, { out: '/c.yaml:2:1: unknown key foo\n/c.yaml:3:1: unknown key foo\n', exit: 2 });
});

test('config check must say that a good configuration is good', async () => {
  assert.deepEqual(await call(['config', 'check']), { exit: 0, out: 'The configuration is good.\n', err: '', asked: [] });
});

for (const command of [
  'check',
  'plan',
  'status',
  'history',
  'loans',
  'resume',
  'abandon',
  'run --yes',
  'run --dry-run',
  'run --service',
  'config show',
  'config sudoers',
])
  test(`with a broken configuration nothing must be touched by: ${command}`, async () => {
    const { exit, err, asked } = await call(command.split(' '), {
      entrance: { readConfig: () => Promise.resolve({ problems: [problem] }) },
    });
    assert.match(err, /the configuration has 1 problem, nothing was touched\n(<3>)? {2}\/c\.yaml:2:1: unknown key foo\n/);
    assert.deepEqual({ exit, asked }, { exit: 2, asked: [] });
  });

test('config show must print the values in force', async () => {
  assert.match((await call(['config', 'show'])).out, /^ssh_user: root {2}# default\n/);
  assert.equal((JSON.parse((await call(['config', 'show', '--json'])).out) as { drain: string }).drain, 'auto');
});

test('config sudoers must print the file for the user of the configuration, and none for root', async () => {
  const sudoers: Entrance['sudoers'] = ({ ssh_user }) => Promise.resolve(`# for ${ssh_user}\n`);
  const readConfig = () => Promise.resolve({ config: configSchema.parse({ ssh_user: 'patcher' }) });
  assert.equal((await call(['config', 'sudoers'], { entrance: { sudoers, readConfig } })).out, '# for patcher\n');
  const { exit, err } = await call(['config', 'sudoers'], { entrance: { sudoers } });
  assert.equal(exit, 2);
  assert.match(err, /^proxroll: ssh_user is root, who needs no sudo\n {4}next: /);
});

for (const argv of [
  ['-c', '/my.yaml', '-d', 'config', 'check'],
  ['config', 'check', '--config', '/my.yaml', '--debug'],
])
  test(`global options must count wherever they stand: ${argv.join(' ')}`, async () => {
    const seen: Globals[] = [];
    await call(argv, {
      entrance: {
        readConfig: (globals) => {
          seen.push(globals);
          return Promise.resolve({ problems: [problem] });
        },
      },
    });
    assert.deepEqual(seen, [{ configFile: '/my.yaml', debug: true }]);
  });

test('demo must run with its options, be watched, and end with its report', async () => {
  const { out, err, exit } = await call(['demo', '--seed', '7', '--speed', '0'], {
    entrance: {
      demo: ({ seed, speed }, watcher) => {
        assert.deepEqual({ seed, speed }, { seed: 7, speed: 0 });
        let state: RunState | undefined;
        for (const entry of entriesOf(untilFinished)) watcher.entry(entry, (state = apply(state, entry)));
        watcher.tick(at(500));
        return Promise.resolve({ kind: 'finished', state: finished });
      },
    },
  });
  assert.match(err, /^04:00:00 {2}run 20261122-0400-3fa9 began/);
  assert.match(out, /^\nrun 20261122-0400-3fa9 of homelab finished/);
  assert.equal(exit, 0);
});

test('a timer must not take up a run that waits for a person', async () => {
  const { exit, out } = await call(['run', '--service'], { actions: stored(paused), entrance: { startedByTimer: true } });
  assert.match(out, /^<3>nothing was started by the timer: run \S+ waits for a person /);
  assert.equal(exit, 4);
});

test('history verify must name every journal that cannot be trusted and exit 3', async () => {
  const runs = [
    { kind: 'read' as const, state: finished },
    { kind: 'damaged' as const, run: '20260101-0400-aaaa', detail: 'line 3 is not JSON' },
  ];
  const { exit, out } = await call(['history', 'verify'], { actions: { readRuns: () => Promise.resolve(runs) } });
  assert.match(out, /^\S+ {2}whole\n20260101-0400-aaaa {2}cannot be trusted: line 3 is not JSON\n$/);
  assert.equal(exit, 3);
});

test('pause and stop must be told to the run that goes on, and say so when nobody would hear it', async () => {
  const told: string[] = [];
  const tellRun = (wish: string) => {
    told.push(wish);
    return Promise.resolve('told' as const);
  };
  assert.equal((await call(['pause'], { actions: { tellRun } })).exit, 0);
  assert.equal((await call(['stop'], { actions: { tellRun } })).exit, 0);
  assert.deepEqual(told, ['pause', 'stop']);
  const idle = { ...stored(paused), tellRun: () => Promise.resolve('idle' as const) };
  const { exit, err } = await call(['pause'], { actions: idle });
  assert.match(err, /is not being carried, so nobody would hear it/);
  assert.equal(exit, 4);
});

test('hold must refuse a time that is over: nothing would be held', async () => {
  const { exit, err } = await call(['hold', 'pve2', '--reason', 'new disk', '--until', '2020-01-01'], { actions: {} });
  assert.equal(exit, 2);
  assert.match(
    err,
    /^proxroll: pve2 was not put on hold: 2020-01-01 00:00 is over\n {4}seen: by the clock of this node it is 2026-11-22 04:26\n/,
  );
});

test('the time of a hold must be told, and left on the node, by the clock of this node', async () => {
  const was = process.env['TZ'];
  process.env['TZ'] = 'Europe/Berlin';
  try {
    const texts: string[] = [];
    const hold: Actions['hold'] = (_node, wish) => Promise.resolve(void texts.push(holdText(wish)));
    const { out } = await call(['hold', 'pve2', '--reason', 'new disk', '--until', '2027-07-01'], { actions: { hold } });
    assert.equal(out, 'pve2 is on hold until 2027-07-01 00:00. Take it away with: proxroll unhold pve2\n');
    assert.deepEqual(texts, ['until: 2027-07-01T00:00+02:00\nreason: new disk\n']);
    const endMs = Date.UTC(2027, 5, 30, 22);
    assert.deepEqual([stillHolds(texts[0] ?? '', endMs - 1), stillHolds(texts[0] ?? '', endMs + 1)], [true, false]);
  } finally {
    if (was === undefined) delete process.env['TZ'];
    else process.env['TZ'] = was;
  }
});

test('what runs have left on this node must be told although Proxmox VE does not answer', async () => {
  const needs: string[] = [];
  const entrance = (actions: Partial<Actions>): Partial<Entrance> => ({
    connect: (_globals, _config, need) => {
      needs.push(need);
      return Promise.resolve(actions as Actions);
    },
  });
  const actions = {
    ...stored(paused),
    tellRun: () => Promise.resolve('told' as const),
    readRun: () => Promise.resolve({ state: paused, entries: entriesOf(untilPaused) }),
    readEarlier: () => Promise.resolve([]),
    settled: () => Promise.resolve(),
    abandon: () => Promise.resolve({ kind: 'nothing' as const }),
  };
  for (const argv of ['status', 'loans', 'report', 'history', 'history show RUN', 'pause', 'stop', 'abandon'])
    await call(argv.split(' '), { entrance: entrance(actions) });
  assert.deepEqual([...new Set(needs)], ['records']);
  assert.ok(needs.length >= 8);
  await call(['check'], { entrance: entrance(checking()) });
  assert.equal(needs.at(-1), 'cluster');
});

test('hold must refuse a time that is none, and pass on a reason and a time', async () => {
  const held: unknown[] = [];
  const hold = (node: string, wish: unknown) => {
    held.push([node, wish]);
    return Promise.resolve();
  };
  assert.equal((await call(['hold', 'pve2', '--reason', 'new disk', '--until', 'tomorrow'], { actions: { hold } })).exit, 2);
  assert.equal((await call(['hold', 'pve2', '--reason', 'new disk', '--until', '2026-12-01T06:00Z'], { actions: { hold } })).exit, 0);
  assert.deepEqual(held, [['pve2', { reason: 'new disk', untilMs: Date.UTC(2026, 11, 1, 6) }]]);
});
