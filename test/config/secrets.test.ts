import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { readReceivers, type SecretPlaces } from '../../src/config/secrets.ts';
import { redactor } from '../../src/model/redact.ts';

interface Setting {
  readonly files?: Readonly<Record<string, string | { readonly text: string; readonly mode: number }>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly credentialsFolder?: string;
}

function places({ files = {}, env = {}, credentialsFolder }: Setting): SecretPlaces {
  return {
    env: (name) => env[name],
    credentialsFolder,
    read: (file) => {
      const found = files[file];
      if (found === undefined) return Promise.reject(Object.assign(new Error(`ENOENT: ${file}`), { code: 'ENOENT' }));
      return Promise.resolve(typeof found === 'string' ? { text: found, mode: 0o100600 } : found);
    },
  };
}

function read(yaml: string, setting: Setting = {}) {
  const loaded = loadConfig(`receivers:\n${yaml}`, 'config.yaml');
  assert.ok('config' in loaded, JSON.stringify(loaded));
  return readReceivers(loaded.config, places(setting));
}

const phone = (where: string) => `  phone: { kind: ntfy, topic: patches, token: ${where} }`;

test('a secret must be read from a file, from the environment and from a credential, without its line break', async () => {
  const ways: readonly [where: string, setting: Setting][] = [
    ['{ file: /etc/proxroll/token }', { files: { '/etc/proxroll/token': 'tk_1\n' } }],
    ['{ env: NTFY_TOKEN }', { env: { NTFY_TOKEN: 'tk_1' } }],
    [
      '{ credential: ntfy }',
      { credentialsFolder: '/run/credentials/proxroll.service', files: { '/run/credentials/proxroll.service/ntfy': 'tk_1\n' } },
    ],
    // Called by hand: from where systemd would take it.
    ['{ credential: ntfy }', { files: { '/etc/credstore/ntfy': 'tk_1' } }],
  ];
  for (const [where, setting] of ways) {
    const { receivers, problems } = await read(phone(where), setting);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      receivers.map((receiver) => receiver.kind === 'ntfy' && receiver.token),
      ['tk_1'],
    );
  }
});

const missing: readonly [where: string, setting: Setting, what: RegExp][] = [
  ['{ file: /etc/proxroll/token }', {}, /^\/etc\/proxroll\/token does not exist$/],
  ['{ file: /etc/proxroll/token }', { files: { '/etc/proxroll/token': '\n' } }, /is empty$/],
  ['{ file: /etc/proxroll/token }', { files: { '/etc/proxroll/token': 'one\ntwo\n' } }, /more than one line/],
  ['{ env: NTFY_TOKEN }', {}, /^the environment variable NTFY_TOKEN is not set$/],
  ['{ credential: ntfy }', {}, /in none of \/etc\/credstore/],
  ['{ credential: ntfy }', { credentialsFolder: '/run/credentials/x' }, /LoadCredential=ntfy/],
];
for (const [where, setting, what] of missing)
  test(`a receiver without its secret must be left out and named: ${where} ${String(what)}`, async () => {
    const { receivers, problems } = await read(`${phone(where)}\n  root: { kind: mail, to: [root] }`, setting);
    assert.deepEqual(
      receivers.map(({ name }) => name),
      ['root'],
    );
    assert.deepEqual(
      problems.map(({ receiver, key }) => [receiver, ...key].join('.')),
      ['phone.token'],
    );
    assert.match(problems[0]?.what ?? '', what);
  });

test('a secret file that everybody may read must be named, and its receiver still be told', async () => {
  const { receivers, problems } = await read(phone('{ file: /t }'), { files: { '/t': { text: 'tk_1', mode: 0o100644 } } });
  assert.equal(receivers.length, 1);
  assert.deepEqual(
    problems.map(({ what }) => what),
    ['/t can be read by everybody (mode 0644): chmod 600 /t'],
  );
});

test('a file of certificates that holds none must be named', async () => {
  const { receivers, problems } = await read('  own: { kind: gotify, server: https://g.example, token: { env: T }, ca_file: /ca }', {
    env: { T: 'x' },
    files: { '/ca': 'nothing' },
  });
  assert.equal(receivers.length, 0);
  assert.match(problems[0]?.what ?? '', /no certificate/);
});

test('what is no address must be named without repeating it', async () => {
  const { problems } = await read('  channel: { kind: discord, url: { env: HOOK } }', { env: { HOOK: 'hunter2-is-no-address' } });
  assert.deepEqual(
    problems.map(({ what }) => what),
    ['holds something that is no address'],
  );
});

test('every form in which a secret may be repeated must be known to the redactor, and no host', async () => {
  const { secrets } = await read(
    `  channel: { kind: discord, url: { env: HOOK } }
  office: { kind: mail, to: [a@b.example], smtp: { host: m.example, user: me, password: { env: PASSWORD } } }`,
    {
      env: {
        HOOK: 'https://discord-with-a-long-name.example/api/webhooks/1234/abcdefghijklmnop?thread=zyxwvutsrqpon',
        PASSWORD: 'Pa55 "word"',
      },
    },
  );
  const redact = redactor(secrets);
  const said = [
    'POST https://discord-with-a-long-name.example/api/webhooks/1234/abcdefghijklmnop?thread=zyxwvutsrqpon',
    'Unknown token abcdefghijklmnop',
    'Pa55 "word"',
    JSON.stringify({ password: 'Pa55 "word"' }),
    encodeURIComponent('Pa55 "word"'),
    Buffer.from('Pa55 "word"').toString('base64'),
    `AUTH PLAIN ${Buffer.from('\0me\0Pa55 "word"').toString('base64')}`,
  ];
  for (const text of said) assert.doesNotMatch(redact(text), /abcdefghijklmnop|Pa55|UGE1NS|AG1lAF/, text);
  assert.equal(redact('https://discord-with-a-long-name.example: refused'), 'https://discord-with-a-long-name.example: refused');
});

test('a secret that stands in the config itself must be refused and not be repeated', () => {
  const loaded = loadConfig(
    `receivers:
  a: { kind: mail, to: [x@y.example], smtp: { host: h, user: u, password: hunter2 } }
  b: { kind: discord, url: "https://discord.example/hunter2" }
  c: { kind: ntfy, topic: "hunter2!", token: [hunter2] }
  d: { kind: webhook, url: "https://u:hunter2@x.example/", headers: { x: "hunter2\\u0001" } }
  e: hunter2
  f: { kind: gotify, server: hunter2, token: { file: hunter2 } }
  g: { kind: discord, url: { value: hunter2 } }`,
    'config.yaml',
  );
  assert.ok('problems' in loaded);
  assert.ok(loaded.problems.length >= 9);
  for (const { what } of loaded.problems) assert.doesNotMatch(what, /hunter2/);
});

const mistyped: readonly [yaml: string, what: RegExp][] = [
  ['phone: { kind: ntfi, topic: x }', /receivers\.phone\.kind must be one of mail, discord, ntfy, gotify, webhook/],
  ['phone: { kind: ntfy, topc: x }', /unknown key receivers\.phone\.topc: did you mean topic\?/],
  ['phone: { kind: ntfy, topic: { fil: /x } }', /unknown key receivers\.phone\.topic\.fil: did you mean file\?/],
  ['office: { kind: mail, to: [a@b], smtp: { host: h, prt: 1 } }', /unknown key receivers\.office\.smtp\.prt: did you mean port\?/],
  ['office: { kind: mail, to: [root], smtp: { host: h } }', /must have addresses with a host/],
  [
    'office: { kind: mail, to: [a@b], smtp: { host: h, tls: none, user: u, password: { env: P } } }',
    /must not send a password without TLS/,
  ],
  ['hook: { kind: webhook, url: "https://x.example/", template: "{{subjct}}" }', /placeholders that mean nothing: subjct/],
  ['phone: { kind: ntfy, topic: x, severity: err }', /severity must be one of info, warning, error, not the text "err"/],
];
for (const [yaml, what] of mistyped)
  test(`a mistake must be told in words that help: ${yaml}`, () => {
    const loaded = loadConfig(`receivers:\n  ${yaml}`, 'config.yaml');
    assert.ok('problems' in loaded);
    assert.match(loaded.problems.map((problem) => problem.what).join('\n'), what);
  });

const withoutTls: readonly string[] = [
  'home: { kind: ntfy, topic: x, server: "http://n.example", ca_file: /ca }',
  'home: { kind: gotify, server: "http://g.example", token: { env: T }, ca_file: /ca }',
  'home: { kind: webhook, url: "http://w.example/", ca_file: /ca }',
];
for (const yaml of withoutTls)
  test(`certificates to trust without TLS must be named, as nothing could be sent: ${yaml}`, async () => {
    const { receivers, problems } = await read(`  ${yaml}`, { files: { '/ca': '-----BEGIN CERTIFICATE-----\n' }, env: { T: 'tk_1' } });
    assert.deepEqual(receivers, []);
    assert.deepEqual(problems, [
      { receiver: 'home', key: ['ca_file'], what: 'names certificates to trust, but the address begins with http: and has no TLS' },
    ]);
  });
