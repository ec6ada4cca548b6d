import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { nodeHttp } from '../../src/adapters/node-http.ts';
import { nodeMail } from '../../src/adapters/node-mail.ts';
import type { Message } from '../../src/model/message.ts';
import type { MailReceiver, Receiver } from '../../src/model/receiver.ts';
import { deliver, probe } from '../../src/report/deliver.ts';
import { simDiscord, simGotify, simNtfy } from '../../src/sim/receivers.ts';
import { selfSigned } from '../certificate.ts';
import { messagesOf } from '../report/messages.ts';
import { untilPaused } from '../report/a-run.ts';
import { httpService } from './http-service.ts';
import { smtpService } from './smtp-service.ts';

const certificate = selfSigned();
const base = { severity: 'info', about: [] } as const;
const post = { http: nodeHttp(), mail: nodeMail() };

const paused = messagesOf(untilPaused).at(-1);
assert.ok(paused !== undefined);
const message: Message = paused;

/** Every limit broken at once, in more bytes than characters. */
const huge: Message = {
  ...message,
  outcome: 'ü'.repeat(900),
  text: '日本語'.repeat(3000),
  facts: Array.from({ length: 60 }, (_, index) => ({ name: `node ${index} ${'n'.repeat(400)}`, value: '🎉'.repeat(1500) })),
};

describe('Discord', async () => {
  const discord = simDiscord('/api/webhooks/1/TOKEN-of-the-channel');
  const service = await httpService(discord.answer);
  after(() => service.close());
  const receiver: Receiver = { ...base, name: 'channel', kind: 'discord', url: `${service.origin}/api/webhooks/1/TOKEN-of-the-channel` };

  test('a message must be kept as an embed, and mention nobody', async () => {
    assert.deepEqual(await deliver(receiver, { ...message, outcome: '@everyone look' }, post), { kind: 'delivered' });
    assert.match(service.asked.at(-1)?.url ?? '', /\?wait=true$/);
    const kept = discord.kept.at(-1)?.body as { embeds: [{ title: string; color: number; fields: unknown[] }]; allowed_mentions: object };
    assert.equal(kept.embeds[0].title, 'homelab, pve1: @everyone look');
    assert.equal(kept.embeds[0].color, 0xe74c3c);
    assert.equal(kept.embeds[0].fields.length, message.facts.length);
    assert.deepEqual(kept.allowed_mentions, { parse: [] });
  });

  test('a message beyond every limit must be kept all the same', async () => {
    assert.deepEqual(await deliver(receiver, huge, post), { kind: 'delivered' });
  });

  test('a message without text and facts must be kept', async () => {
    assert.deepEqual(await deliver(receiver, { ...message, text: '', facts: [] }, post), { kind: 'delivered' });
  });

  test('its rate limit must be honoured with the seconds it asks for', async () => {
    service.instead.push({
      status: 429,
      headers: { 'retry-after': '9' },
      body: '{"message":"You are being rate limited.","retry_after":1.337,"global":false}',
    });
    assert.deepEqual(await deliver(receiver, message, post), {
      kind: 'later',
      why: 'answered 429: You are being rate limited.',
      afterMs: 1337,
    });
  });

  test('trouble of its own must pass, a webhook that is gone must not', async () => {
    service.instead.push({ status: 500, headers: {}, body: '<html>Internal Server Error</html>' });
    assert.deepEqual(await deliver(receiver, message, post), { kind: 'later', why: 'answered 500' });
    const gone = { ...receiver, url: `${service.origin}/api/webhooks/1/other` };
    assert.deepEqual(await deliver(gone, message, post), { kind: 'refused', why: 'answered 404: Unknown Webhook, code 10015' });
    assert.equal(await probe(gone, post), 'answered 404: there is no such webhook any more');
    assert.equal(await probe(receiver, post), undefined);
  });
});

describe('ntfy', async () => {
  const ntfy = simNtfy('tk_secret');
  const service = await httpService(ntfy.answer, certificate);
  after(() => service.close());
  const receiver: Receiver = {
    ...base,
    name: 'phone',
    kind: 'ntfy',
    server: service.origin,
    topic: 'patches',
    token: 'tk_secret',
    click: 'https://pve1.example:8006/',
    trusts: certificate.cert,
  };

  test('a message must be kept with priority, tags and what a tap opens', async () => {
    assert.deepEqual(await deliver(receiver, message, post), { kind: 'delivered' });
    const { topic, priority, tags, click } = ntfy.kept.at(-1)?.body as Record<string, unknown>;
    assert.deepEqual(
      { topic, priority, tags, click },
      { topic: 'patches', priority: 5, tags: ['rotating_light', 'proxroll'], click: 'https://pve1.example:8006/' },
    );
    assert.match(ntfy.kept.at(-1)?.text ?? '', /next: look at the console of pve2/);
  });

  test('a message beyond its limits must be kept as a message', async () => {
    assert.deepEqual(await deliver(receiver, huge, post), { kind: 'delivered' });
    const { message: text } = ntfy.kept.at(-1)?.body as { message: string };
    assert.ok(Buffer.byteLength(text) <= 4096 && text.endsWith('…') && !text.includes('\ufffd'));
  });

  test('429 and 500 must pass, a wrong token must not', async () => {
    service.instead.push({ status: 429, headers: {}, body: '{"code":42901,"http":429,"error":"limit reached: too many requests"}' });
    assert.deepEqual(await deliver(receiver, message, post), {
      kind: 'later',
      why: 'answered 429: limit reached: too many requests, code 42901',
    });
    service.instead.push({ status: 500, headers: {}, body: '' });
    assert.equal((await deliver(receiver, message, post)).kind, 'later');
    assert.deepEqual(await deliver({ ...receiver, token: 'tk_wrong' }, message, post), {
      kind: 'refused',
      why: 'answered 401: unauthorized, code 40101',
    });
  });

  test('a certificate that is not trusted must be named, and nothing is sent', async () => {
    const { trusts: _, ...distrustful } = receiver;
    const before = service.asked.length;
    assert.equal((await deliver(distrustful, message, post)).kind, 'refused');
    assert.match(
      (await probe(distrustful, post)) ?? '',
      /^has a certificate that is not trusted: https:\/\/127\.0\.0\.1:\d+: self.signed certificate/,
    );
    assert.equal(service.asked.length, before);
    assert.equal(await probe(receiver, post), undefined);
  });
});

describe('Gotify', async () => {
  const gotify = simGotify('Atoken');
  const service = await httpService(gotify.answer);
  after(() => service.close());
  const receiver: Receiver = { ...base, name: 'own', kind: 'gotify', server: service.origin, token: 'Atoken' };

  test('a message must be kept with its priority, the token in no address', async () => {
    assert.deepEqual(await deliver(receiver, message, post), { kind: 'delivered' });
    assert.equal((gotify.kept.at(-1)?.body as { priority: number }).priority, 8);
    assert.doesNotMatch(service.asked.at(-1)?.url ?? '', /Atoken/);
  });

  test('an empty message must not be refused', async () => {
    const { run: _, ...bare } = message;
    assert.deepEqual(await deliver(receiver, { ...bare, text: '', facts: [] }, post), { kind: 'delivered' });
  });

  test('a wrong token must be refused in its own words', async () => {
    const { kind, why } = (await deliver({ ...receiver, token: 'x' }, message, post)) as { kind: string; why: string };
    assert.equal(kind, 'refused');
    assert.match(why, /^answered 401: Unauthorized, you need to provide a valid access token/);
  });
});

describe('a webhook', async () => {
  const service = await httpService(({ url }) => ({
    status: url.endsWith('/moved') ? 302 : 200,
    headers: { location: 'http://127.0.0.1:9/' },
    body: '',
  }));
  after(() => service.close());
  const receiver = {
    ...base,
    name: 'hook',
    kind: 'webhook',
    url: `${service.origin}/hook`,
    method: 'POST',
    headers: {},
    contentType: 'application/json',
  } as const;

  test('without a template it must get the whole message as JSON', async () => {
    await deliver(receiver, message, post);
    const body = JSON.parse(service.asked.at(-1)?.body ?? '') as Record<string, unknown>;
    assert.equal(body['subject'], 'homelab, pve1: run paused at pve2 rejoin: pve2 has not rejoined the cluster');
    assert.deepEqual(body['facts'], message.facts);
  });

  test('a template must be filled so that the body stays JSON, whatever a message holds', async () => {
    const nasty = { ...message, outcome: '"}, "x": "\n\\ {{run}}' };
    await deliver(
      { ...receiver, method: 'PUT', headers: { 'x-key': 'k' }, template: '{"text": "{{ subject }}", "level": "{{severity}}"}' },
      nasty,
      post,
    );
    const { method, headers, body } = service.asked.at(-1) ?? {};
    assert.deepEqual(JSON.parse(body ?? ''), { text: 'homelab, pve1: "}, "x": "\n\\ {{run}}', level: 'error' });
    assert.deepEqual([method, headers?.['x-key']], ['PUT', 'k']);
  });

  test('a form must be encoded, plain text must not', async () => {
    await deliver(
      { ...receiver, contentType: 'application/x-www-form-urlencoded', template: 'text={{severity}}&c={{cluster}}' },
      { ...message, cluster: 'a&b=c' },
      post,
    );
    assert.equal(service.asked.at(-1)?.body, 'text=error&c=a%26b%3Dc');
    await deliver({ ...receiver, contentType: 'text/plain', template: '{{cluster}}' }, { ...message, cluster: 'a&b' }, post);
    assert.equal(service.asked.at(-1)?.body, 'a&b');
  });

  test('a redirect must not carry the message elsewhere', async () => {
    assert.deepEqual(await deliver({ ...receiver, url: `${service.origin}/moved` }, message, post), {
      kind: 'refused',
      why: 'answered 302',
    });
  });
});

describe('mail', () => {
  const login = { user: 'proxroll', password: 'Pa55-of-the-mail' };
  const receiver = (port: number, tls: 'starttls' | 'implicit' | 'none', more: object = {}): MailReceiver => ({
    ...base,
    name: 'office',
    kind: 'mail',
    to: ['admin@example.org', 'second@example.org'],
    from: 'pve@example.org',
    smtp: { host: '127.0.0.1', port, tls, ...(tls === 'none' ? {} : { login, trusts: certificate.cert }), ...more },
  });

  for (const tls of ['starttls', 'implicit', 'none'] as const)
    test(`a letter must arrive by ${tls}, in HTML and in text`, async () => {
      const server = await smtpService({ tls, certificate, ...(tls === 'none' ? {} : { login }) });
      try {
        assert.equal(await probe(receiver(server.port, tls), post), undefined);
        assert.deepEqual(await deliver(receiver(server.port, tls), { ...message, cluster: 'Büro' }, post), { kind: 'delivered' });
        const [letter] = server.letters;
        assert.ok(letter !== undefined);
        assert.deepEqual([letter.from, letter.to], ['pve@example.org', ['admin@example.org', 'second@example.org']]);
        assert.deepEqual([letter.secure, letter.user], tls === 'none' ? [false, ''] : [true, 'proxroll']);
        assert.match(letter.text, /^Subject: =\?UTF-8\?[QB]\?/m);
        assert.match(letter.text, /^Auto-Submitted: auto-generated\r?$/m);
        assert.match(letter.text, /^Content-Type: multipart\/alternative/m);
        assert.match(letter.text, /^Content-Type: text\/plain; charset=utf-8/m);
        assert.match(letter.text, /^Content-Type: text\/html; charset=utf-8/m);
      } finally {
        await server.close();
      }
    });

  test('a server that offers no STARTTLS must get neither login nor letter', async () => {
    const server = await smtpService({ tls: 'none', certificate });
    const delivery = await deliver(receiver(server.port, 'starttls'), message, post);
    await server.close();
    assert.equal(delivery.kind, 'refused');
    assert.match(delivery.why, /offers no TLS that can be trusted/);
    assert.equal(server.letters.length, 0);
  });

  test('a certificate that is not trusted must be named', async () => {
    const server = await smtpService({ tls: 'starttls', certificate, login });
    const distrustful = {
      ...receiver(server.port, 'starttls'),
      smtp: { host: '127.0.0.1', port: server.port, tls: 'starttls', login },
    } as const;
    assert.match((await probe(distrustful, post)) ?? '', /offers no TLS that can be trusted: .*self.signed certificate/);
    await server.close();
  });

  test('a wrong password must be named as such', async () => {
    const server = await smtpService({ tls: 'starttls', certificate, login: { ...login, password: 'other' } });
    assert.match((await probe(receiver(server.port, 'starttls'), post)) ?? '', /refused the login/);
    await server.close();
  });

  const codes: readonly [code: number, kind: string][] = [
    [451, 'later'],
    [554, 'refused'],
  ];
  for (const [code, kind] of codes)
    test(`a letter that meets ${code} must be ${kind}`, async () => {
      const server = await smtpService({ tls: 'starttls', certificate, login, refuses: code });
      assert.equal((await deliver(receiver(server.port, 'starttls'), message, post)).kind, kind);
      await server.close();
    });

  test('a server that is not there must be tried later', async () => {
    const server = await smtpService({ tls: 'starttls', certificate });
    await server.close();
    const delivery = await deliver(receiver(server.port, 'starttls'), message, post);
    assert.equal(delivery.kind, 'later');
    assert.match(delivery.why, /cannot be reached/);
  });
});

describe('the sendmail of the node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'proxroll-sendmail-'));
  after(() => rmSync(folder, { recursive: true }));
  const program = (name: string, script: string): string => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const receiver: MailReceiver = { ...base, name: 'root', kind: 'mail', to: ['root', 'admin@example.org'] };
  const by = (sendmail: string) => ({ http: post.http, mail: nodeMail(sendmail) });

  test('it must be given the whole letter on stdin, and nothing but addresses as arguments', async () => {
    const keep = program('keep', `printf '%s\\n' "$@" >${folder}/words; cat >${folder}/letter`);
    assert.deepEqual(await deliver(receiver, message, by(keep)), { kind: 'delivered' });
    assert.equal(readFileSync(join(folder, 'words'), 'utf8'), '-i\n-B\n8BITMIME\n-f\nroot@pve1\n--\nroot\nadmin@example.org\n');
    const letter = readFileSync(join(folder, 'letter'), 'utf8');
    assert.match(letter, /^Subject: \[proxroll\] homelab, pve1: run paused at/m);
    assert.match(letter, /^To: root, admin@example\.org$/m);
    assert.doesNotMatch(letter, /\r/);
  });

  const ends: readonly [script: string, kind: string, why: RegExp][] = [
    ['echo "queue is full" >&2; exit 75', 'later', /exit code 75: queue is full/],
    ['exit 67', 'refused', /exit code 67/],
  ];
  for (const [script, kind, why] of ends)
    test(`it must be heard when it says: ${script}`, async () => {
      const delivery = await deliver(receiver, message, by(program('fails', script)));
      assert.equal(delivery.kind, kind);
      assert.match('why' in delivery ? delivery.why : '', why);
    });

  test('a node without it must be named', async () => {
    assert.match((await probe(receiver, by(join(folder, 'nothing')))) ?? '', /there is no .*nothing on this node/);
    assert.equal((await deliver(receiver, message, by(join(folder, 'nothing')))).kind, 'refused');
  });
});
