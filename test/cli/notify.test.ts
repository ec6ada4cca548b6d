import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../../src/config/schema.ts';
import type { ReadReceivers } from '../../src/config/secrets.ts';
import { tellingOf } from '../../src/cli/telling.ts';
import type { Receiver } from '../../src/model/receiver.ts';
import type { HttpAnswer } from '../../src/ports/http.ts';
import { HttpFailure } from '../../src/ports/http.ts';
import type { Post } from '../../src/report/deliver.ts';
import { call, type Setting } from './fake-entrance.ts';

const secret = 'tk_do-not-show-me';
const text = `receivers:
  phone: { kind: ntfy, server: https://ntfy.example, topic: patches, token: { env: TOKEN } }
  own:
    kind: gotify
    server: https://gotify.example
    token: { file: /etc/proxroll/gotify }
`;
const phone: Receiver = {
  name: 'phone',
  kind: 'ntfy',
  severity: 'info',
  about: [],
  server: 'https://ntfy.example',
  topic: 'patches',
  token: secret,
};
const own: Receiver = { name: 'own', kind: 'gotify', severity: 'info', about: [], server: 'https://gotify.example', token: 'x' };

function setting(read: Partial<ReadReceivers>, answer: () => HttpAnswer): Setting {
  const config = configSchema.parse({
    receivers: {
      phone: { kind: 'ntfy', server: 'https://ntfy.example', topic: 'patches', token: { env: 'TOKEN' } },
      own: { kind: 'gotify', server: 'https://gotify.example', token: { file: '/etc/proxroll/gotify' } },
    },
  });
  const post: Post = {
    http: { send: () => new Promise((resolve) => resolve(answer())) },
    mail: { send: () => Promise.reject(new Error('no mail')), probe: () => Promise.reject(new Error('no mail')) },
  };
  const telling = tellingOf({ receivers: [phone, own], secrets: [secret], problems: [], ...read }, post, 'pve1');
  return {
    entrance: {
      readConfig: () => Promise.resolve({ config }),
      readText: () => Promise.resolve(text),
      receivers: () => Promise.resolve(telling),
    },
  };
}

const fine = (): HttpAnswer => ({ status: 200, headers: {}, body: '{}' });

test('notify test must say how each receiver took it and exit 0 when all did', async () => {
  const { exit, out } = await call(['notify', 'test'], setting({}, fine));
  assert.equal(out, 'phone (ntfy): took the message\nown (gotify): took the message\n');
  assert.equal(exit, 0);
});

test('notify test must tell only those named', async () => {
  const { out } = await call(['notify', 'test', 'own'], setting({}, fine));
  assert.equal(out, 'own (gotify): took the message\n');
});

test('notify test must refuse a name that no receiver has', async () => {
  const { exit, err } = await call(['notify', 'test', 'fone'], setting({}, fine));
  assert.equal(exit, 2);
  assert.match(err, /no receiver fone\n {4}seen: known are phone, own\n {4}next: /);
});

test('notify test must fail when one was not told, with the reason and without its secret', async () => {
  const echo = (): HttpAnswer => ({ status: 403, headers: {}, body: JSON.stringify({ error: `${secret} is not allowed here` }) });
  const { exit, out } = await call(['notify', 'test', '--json'], setting({}, echo));
  assert.equal(exit, 2);
  const results = JSON.parse(out) as readonly { receiver: string; delivered: boolean; why: string }[];
  assert.deepEqual(results[0], { receiver: 'phone', kind: 'ntfy', delivered: false, why: 'answered 403: [secret] is not allowed here' });
});

test('config check must name a missing secret and a receiver that cannot be reached, with their lines', async () => {
  const { exit, out } = await call(
    ['config', 'check'],
    setting({ receivers: [phone], problems: [{ receiver: 'own', key: ['token'], what: '/etc/proxroll/gotify does not exist' }] }, () => {
      throw new HttpFailure('unreachable', 'https://ntfy.example', 'getaddrinfo ENOTFOUND ntfy.example');
    }),
  );
  assert.equal(exit, 2);
  assert.equal(
    out,
    `/etc/proxroll/config.yaml:6:5: receivers.own.token: /etc/proxroll/gotify does not exist
/etc/proxroll/config.yaml:2:3: receivers.phone: cannot be reached: https://ntfy.example: getaddrinfo ENOTFOUND ntfy.example
`,
  );
});

test('config check must be content with receivers that answer', async () => {
  const { exit, out } = await call(['config', 'check'], setting({}, fine));
  assert.deepEqual({ exit, out }, { exit: 0, out: 'The configuration is good.\n' });
});
