import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Receiver } from '../../src/model/receiver.ts';
import { notBackFile } from '../../src/report/not-back.ts';
import { simDiscord, simGotify, simNtfy } from '../../src/sim/receivers.ts';
import { selfSigned } from '../certificate.ts';
import { missing } from '../monitoring/programs.ts';
import { stateOf, untilReboot } from '../report/a-run.ts';
import { httpService } from './http-service.ts';
import { smtpService } from './smtp-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxroll-not-back-'));
after(() => rmSync(folder, { recursive: true }));
const base = { severity: 'info', about: [] } as const;
const waitedMs = 50 * 60_000;

/** As the guard on a peer calls it. */
function curl(config: string): Promise<{ readonly exit: number | null; readonly said: string }> {
  const file = join(folder, 'config');
  writeFileSync(file, config);
  const child = spawn('curl', ['--config', file]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve) => child.once('exit', (exit) => resolve({ exit, said })));
}

test(
  'a peer must tell every receiver by curl alone, with secrets in no argument and no secret printed',
  { skip: missing('curl') },
  async () => {
    const [discord, ntfy, gotify] = [simDiscord('/api/webhooks/1/Token'), simNtfy('tk_1'), simGotify('Agot')];
    const hook = { answer: () => ({ status: 200, headers: {}, body: 'printed' }) };
    const services = await Promise.all([discord, ntfy, gotify, hook].map(({ answer }) => httpService(answer)));
    const smtp = await smtpService({ tls: 'none', certificate: selfSigned() });
    const [a = '', b = '', c = '', d = ''] = services.map(({ origin }) => origin);
    const receivers: readonly Receiver[] = [
      { ...base, name: 'channel', kind: 'discord', url: `${a}/api/webhooks/1/Token` },
      { ...base, name: 'phone', kind: 'ntfy', server: b, topic: 'patches', token: 'tk_1' },
      { ...base, name: 'own', kind: 'gotify', server: c, token: 'Agot' },
      {
        ...base,
        name: 'hook',
        kind: 'webhook',
        url: `${d}/x`,
        method: 'PUT',
        headers: { 'x-key': 'a"b\\c' },
        contentType: 'text/plain',
        template: '@{{host}} says\n\t"{{outcome}}"',
      },
      {
        ...base,
        name: 'office',
        kind: 'mail',
        to: ['admin@example.org'],
        from: 'pve@example.org',
        smtp: { host: '127.0.0.1', port: smtp.port, tls: 'none' },
      },
    ];
    // It meets the rate limit first: curl tries again.
    services[1]?.instead.push({ status: 429, headers: { 'retry-after': '1' }, body: '{}' });
    const config = notBackFile(receivers, stateOf(untilReboot), 'pve3', waitedMs);
    assert.ok(config !== undefined);
    const { exit, said } = await curl(config);
    assert.equal(exit, 0, said);
    assert.doesNotMatch(said, /Token|tk_1|Agot|printed/);
    for (const { kept } of [discord, ntfy, gotify])
      assert.deepEqual(
        kept.map(({ title }) => title),
        ['homelab, pve3: pve1 is not back'],
      );
    const asked = services[3]?.asked[0];
    assert.deepEqual([asked?.method, asked?.headers?.['x-key'], asked?.body], ['PUT', 'a"b\\c', '@pve3 says\n\t"pve1 is not back"']);
    const [letter] = smtp.letters;
    assert.deepEqual(letter?.to, ['admin@example.org']);
    assert.match(letter?.text ?? '', /^Subject: \[proxroll\] homelab, pve3: pve1 is not back/m);
    assert.match(letter?.text ?? '', /was on loan: pve2 is in HA maintenance/);
    await Promise.all([...services, smtp].map((one) => one.close()));
  },
);

test('one receiver that refuses must not keep the others from being told', { skip: missing('curl') }, async () => {
  const ntfy = simNtfy();
  const [gone, there] = [await httpService(() => ({ status: 404, headers: {}, body: '' })), await httpService(ntfy.answer)];
  const config = notBackFile(
    [
      { ...base, name: 'channel', kind: 'discord', url: `${gone.origin}/api/webhooks/1/Token` },
      { ...base, name: 'phone', kind: 'ntfy', server: there.origin, topic: 'patches' },
    ],
    stateOf(untilReboot),
    'pve2',
    waitedMs,
  );
  await curl(config ?? '');
  assert.equal(ntfy.kept.length, 1);
  await Promise.all([gone.close(), there.close()]);
});

test('nobody to tell must leave no file', () => {
  const state = stateOf(untilReboot);
  assert.equal(notBackFile([], state, 'pve2', waitedMs), undefined);
  assert.equal(notBackFile([{ ...base, name: 'root', kind: 'mail', to: ['root'] }], state, 'pve2', waitedMs), undefined);
  const picky: Receiver = { ...base, about: ['finished'], name: 'phone', kind: 'ntfy', server: 'https://n.example', topic: 'x' };
  assert.equal(notBackFile([picky], state, 'pve2', waitedMs), undefined);
});

test('a mail server that is named by its IPv6 address must be one that curl can find', () => {
  const office: Receiver = {
    ...base,
    name: 'office',
    kind: 'mail',
    to: ['admin@example.org'],
    smtp: { host: '2001:db8::25', port: 25, tls: 'none' },
  };
  assert.match(notBackFile([office], stateOf(untilReboot), 'pve2', waitedMs) ?? '', /^url = "smtp:\/\/\[2001:db8::25\]:25"$/m);
});
