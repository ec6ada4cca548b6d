import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainText, subjectOf } from '../../src/model/message.ts';
import { blockedMessage, notBackMessage } from '../../src/report/message.ts';
import { letterOf } from '../../src/report/letter.ts';
import { messagesOf } from './messages.ts';
import { at, stateOf, untilFinished, untilPaused, type Told } from './a-run.ts';

function heard(told: readonly Told[]): readonly string[] {
  return messagesOf(told).map((message) => `${message.severity} ${message.kind} | ${subjectOf(message)}`);
}

test('a run must be told at its start, before each reboot and at its end, and nothing between', () => {
  assert.deepEqual(heard(untilFinished), [
    'info started | homelab, pve1: run started: pve2, then pve1',
    'info reboot | homelab, pve1: pve2 reboots now',
    'warning finished | homelab, pve1: run finished, 2 nodes patched',
  ]);
});

test('a pause must say where, what was seen, what is next and what is on loan', () => {
  const paused = messagesOf(untilPaused).at(-1);
  assert.ok(paused !== undefined);
  assert.equal(paused.severity, 'error');
  assert.equal(
    `${subjectOf(paused)}\n\n${plainText(paused)}`,
    `homelab, pve1: run paused at pve2 rejoin: pve2 has not rejoined the cluster

The run keeps its place and waits for a person. Code: rejoin.deadline.

seen: 2 of 3 members present after 20 min
next: look at the console of pve2, then: proxroll resume
pve2: 4 of 7 steps done, stands at rejoin
pve1: not begun
on loan: pve2 is in HA maintenance; by hand: ha-manager crm-command node-maintenance disable pve2
on loan: vm 101 (db) is away from pve2, on pve3; by hand: on pve3: qm migrate 101 pve2 --online 1

run 20261122-0400-3fa9`,
  );
});

test('the end must say what each machine got, what was left and what was noticed', () => {
  const finished = messagesOf(untilFinished).at(-1);
  assert.deepEqual(
    finished?.facts.map(({ name, value }) => `${name}: ${value}`),
    [
      'pve2: 2 packages, rebooted, 6 min 30 s',
      'pve1: 2 packages, not rebooted; left: a reboot is due and was left, because reboot is set to never',
      'left: pve3: nothing pending, no reboot due',
      'warning: pve1: postfix.service has failed since the upgrade; next: journalctl -u postfix on pve1',
    ],
  );
});

test('the start must say which packages and which reboots are foreseen, and what is left out', () => {
  const [started] = messagesOf(untilFinished);
  assert.deepEqual(started?.facts[0], {
    name: 'pve2',
    value: '2 packages, 1 of them security; reboot: kernel 6.14.8-pve will be installed, 6.14.5-pve is running',
  });
  assert.deepEqual(started?.facts.at(-1), { name: 'not planned: pve3', value: 'nothing pending, no reboot due' });
});

test('a pause that a person asked for must not ring anybody out of bed', () => {
  const last = untilPaused.at(-1);
  assert.ok(last !== undefined && last[1].type === 'run.paused');
  const asked: Told = [last[0], { ...last[1], code: 'asked' }];
  assert.equal(messagesOf([...untilPaused.slice(0, -1), asked]).at(-1)?.severity, 'info');
});

test('a plan without anything to do must be told at its end only', () => {
  const empty: readonly Told[] = [
    ...untilFinished.slice(0, 1),
    [1, { type: 'plan.made', plan: { takenAtMs: 0, tracks: [], left: [] } }],
    [2, { type: 'run.finished', patched: [], left: [] }],
  ];
  assert.deepEqual(heard(empty), ['info finished | homelab, pve1: run finished, nothing had to be patched']);
});

test('what keeps a run from starting must be told with every reason', () => {
  const finding = { check: 'quorum', subject: 'cluster', what: 'no quorum', seen: '1 of 3', next: 'bring pve3 back' } as const;
  const message = blockedMessage({ cluster: 'homelab', host: 'pve1' }, 0, [
    { ...finding, severity: 'blocker' },
    { ...finding, severity: 'warning', what: 'not this one' },
  ]);
  assert.equal(subjectOf(message), 'homelab, pve1: no run was started: 1 finding against it');
  assert.match(plainText(message), /cluster: no quorum; 1 of 3; bring pve3 back/);
  assert.doesNotMatch(plainText(message), /not this one/);
});

test('a node that is not back must be named by the peer that says so', () => {
  const message = notBackMessage(stateOf(untilPaused), 'pve3', 50 * 60_000);
  assert.equal(subjectOf(message), 'homelab, pve3: pve1 is not back');
  assert.match(message.text, /within 50 min/);
});

test('a lone node must not be named twice', () => {
  assert.equal(subjectOf({ cluster: 'pve1', host: 'pve1', outcome: 'run finished' }), 'pve1: run finished');
});

test('a mail must name host, cluster and outcome in its subject, and say the same in HTML and in text', () => {
  const [message] = messagesOf(untilPaused).slice(-1);
  assert.ok(message !== undefined);
  const letter = letterOf(
    { to: ['root'] },
    { ...message, facts: [...message.facts, { name: 'odd <b>', value: 'a & "b"' }], atMs: at(1520) },
  );
  assert.equal(letter.subject, '[proxroll] homelab, pve1: run paused at pve2 rejoin: pve2 has not rejoined the cluster');
  assert.equal(letter.from, 'proxroll <root@pve1>');
  assert.match(letter.html, /odd &lt;b&gt;<\/th><td[^>]*>a &amp; &quot;b&quot;</);
  // Nothing is loaded from elsewhere, and nothing runs.
  assert.doesNotMatch(letter.html, /<script|<img|<link|url\(|href=/);
  for (const { value } of message.facts) {
    assert.ok(letter.text.includes(value), value);
    assert.ok(letter.html.includes(value), value);
  }
});

test('a line break from outside must not begin a header', () => {
  const [message] = messagesOf(untilFinished);
  assert.ok(message !== undefined);
  assert.doesNotMatch(letterOf({ to: ['root'] }, { ...message, outcome: 'x\r\nBcc: someone@example.org' }).subject, /[\r\n]/);
});
