import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../src/model/message.ts';
import type { Receiver } from '../../src/model/receiver.ts';
import type { Mail } from '../../src/ports/mail.ts';
import { deliver } from '../../src/report/deliver.ts';
import { notifier, type Lost } from '../../src/report/notifier.ts';
import { SimHttp, type HttpFault } from '../../src/sim/http.ts';
import { simDiscord, simNtfy } from '../../src/sim/receivers.ts';
import { VirtualClock } from '../../src/sim/virtual-clock.ts';

const noMail: Mail = { send: () => Promise.reject(new Error('no mail here')), probe: () => Promise.resolve() };

function message(more: Partial<Message> = {}): Message {
  return {
    kind: 'paused',
    severity: 'error',
    cluster: 'homelab',
    host: 'pve1',
    atMs: 0,
    outcome: 'run paused',
    text: '',
    facts: [],
    ...more,
  };
}

const phone: Receiver = { name: 'phone', kind: 'ntfy', severity: 'info', about: [], server: 'https://ntfy.example', topic: 'patches' };
const channel: Receiver = {
  name: 'channel',
  kind: 'discord',
  severity: 'info',
  about: [],
  url: 'https://discord.example/api/webhooks/1/abc',
};

function scene(receivers: readonly Receiver[] = [phone, channel]) {
  const clock = new VirtualClock();
  const ntfy = simNtfy();
  const discord = simDiscord('/api/webhooks/1/abc');
  const http = new SimHttp(clock, { 'https://ntfy.example': ntfy.answer, 'https://discord.example': discord.answer });
  const lost: Lost[] = [];
  const tells = notifier({
    receivers,
    clock,
    deliver: (receiver, said) => deliver(receiver, said, { http, mail: noMail }),
    onLost: (one) => lost.push(one),
  });
  const sentTo = (origin: string): readonly number[] =>
    http.sent.flatMap(({ atMs, request }) => (request.url.startsWith(origin) ? [Math.round((atMs - clock.startMs) / 1000)] : []));
  return { clock, http, ntfy, discord, lost, tells, sentTo };
}

test('every receiver must be told, and nobody is waited for', async () => {
  const { clock, tells, ntfy, discord, lost } = scene();
  tells.tell(message());
  assert.equal(clock.elapsed(), 0);
  await clock.drive(tells.settled(60_000));
  assert.deepEqual([ntfy.kept.length, discord.kept.length, lost.length], [1, 1, 0]);
  assert.ok(clock.elapsed() < 1000);
});

const passing: readonly [what: string, faults: readonly HttpFault[], attemptsAtS: readonly number[]][] = [
  ['is overloaded', [{ answers: { status: 500, headers: {}, body: '' } }, { answers: { status: 503, headers: {}, body: '' } }], [0, 5, 35]],
  ['cannot be reached', [{ fails: 'unreachable' }], [0, 5]],
  ['does not answer', [{ fails: 'no-answer' }], [0, 15]],
  [
    'asks for 60 s of patience in its body',
    [{ answers: { status: 429, headers: { 'retry-after': '1' }, body: '{"retry_after": 60.4}' } }],
    [0, 61],
  ],
  ['asks for patience beyond all measure', [{ answers: { status: 429, headers: {}, body: '{"retry_after": 86400}' } }], [0, 300]],
];
for (const [what, faults, attemptsAtS] of passing)
  test(`a receiver that ${what} must be tried again, and another is told meanwhile`, async () => {
    const { clock, http, tells, discord, ntfy, lost, sentTo } = scene();
    http.fault('https://discord.example', ...faults);
    tells.tell(message());
    await clock.drive(tells.settled(3_600_000));
    assert.deepEqual(sentTo('https://discord.example'), attemptsAtS);
    assert.deepEqual(sentTo('https://ntfy.example'), [0]);
    assert.deepEqual([discord.kept.length, ntfy.kept.length, lost.length], [1, 1, 0]);
  });

test('a receiver that refuses must not be asked the same again, and is said to be lost', async () => {
  const { clock, http, tells, lost, sentTo } = scene([channel]);
  http.fault('https://discord.example', { answers: { status: 404, headers: {}, body: '{"message": "Unknown Webhook", "code": 10015}' } });
  tells.tell(message());
  await clock.drive(tells.settled(60_000));
  assert.deepEqual(sentTo('https://discord.example'), [0]);
  assert.deepEqual(
    lost.map(({ receiver, attempts, why }) => [receiver.name, attempts, why]),
    [['channel', 1, 'answered 404: Unknown Webhook, code 10015']],
  );
});

test('a receiver that stays away must be given up after four attempts, with the last reason', async () => {
  const { clock, http, tells, lost, sentTo } = scene([phone]);
  http.fault('https://ntfy.example', ...Array<HttpFault>(9).fill({ fails: 'unreachable' }));
  tells.tell(message());
  await clock.drive(tells.settled(3_600_000));
  assert.deepEqual(sentTo('https://ntfy.example'), [0, 5, 35, 155]);
  assert.deepEqual(
    lost.map(({ attempts, why }) => [attempts, why]),
    [[4, 'https://ntfy.example: connect ECONNREFUSED, ECONNREFUSED']],
  );
});

test('the end of a run must wait for messages only so long, and say each that was not told', async () => {
  const { clock, http, tells, lost } = scene([phone]);
  http.fault('https://ntfy.example', ...Array<HttpFault>(9).fill({ fails: 'unreachable' }));
  tells.tell(message({ outcome: 'first' }));
  tells.tell(message({ outcome: 'second' }));
  await clock.drive(tells.settled(20_000));
  assert.equal(clock.elapsed(), 20_000);
  assert.deepEqual(
    lost.map(({ message: said }) => said.outcome),
    ['first', 'second'],
  );
});

test('messages to one receiver must arrive in their order', async () => {
  const { clock, http, tells, ntfy } = scene([phone]);
  http.fault('https://ntfy.example', { fails: 'unreachable' });
  for (const outcome of ['one', 'two', 'three']) tells.tell(message({ outcome }));
  await clock.drive(tells.settled(60_000));
  assert.deepEqual(
    ntfy.kept.map(({ title }) => title),
    ['homelab, pve1: one', 'homelab, pve1: two', 'homelab, pve1: three'],
  );
});

test('a burst that meets the rate limit must arrive as a whole', async () => {
  const { clock, tells, discord, lost, sentTo } = scene([channel]);
  for (let index = 0; index < 12; index++) tells.tell(message({ outcome: `message ${index}` }));
  await clock.drive(tells.settled(600_000));
  assert.equal(discord.kept.length, 12);
  assert.equal(lost.length, 0);
  assert.ok(sentTo('https://discord.example').length > 12);
});

test('a receiver must get what it asked for by severity and by kind', async () => {
  const picky: Receiver = { ...phone, name: 'picky', severity: 'warning', about: ['paused', 'reboot'] };
  const { clock, tells, ntfy } = scene([picky]);
  tells.tell(message({ kind: 'finished', severity: 'error', outcome: 'of another kind' }));
  tells.tell(message({ kind: 'reboot', severity: 'info', outcome: 'not severe enough' }));
  tells.tell(message({ kind: 'paused', severity: 'warning', outcome: 'wanted' }));
  tells.tell(message({ kind: 'test', severity: 'info', outcome: 'a test goes to everybody' }));
  await clock.drive(tells.settled(60_000));
  assert.deepEqual(
    ntfy.kept.map(({ title }) => title),
    ['homelab, pve1: wanted', 'homelab, pve1: a test goes to everybody'],
  );
});

test('a defect in sending must be told and not thrown', async () => {
  const clock = new VirtualClock();
  const lost: Lost[] = [];
  const tells = notifier({
    receivers: [phone],
    clock,
    deliver: () => Promise.reject(new Error('a defect')),
    onLost: (one) => lost.push(one),
  });
  tells.tell(message());
  await clock.drive(tells.settled(1000));
  assert.deepEqual(
    lost.map(({ why }) => why),
    ['it could not be sent: a defect'],
  );
});

test('a receiver that is away for a whole run must not fill the memory', async () => {
  const { clock, tells, lost } = scene([{ ...phone, server: 'https://nowhere.example' }]);
  for (let index = 0; index < 80; index++) tells.tell(message({ outcome: `message ${index}` }));
  assert.equal(lost.length, 29);
  await clock.drive(tells.settled(1000));
  assert.equal(lost.length, 80);
});
