/** `proxroll config check` and `proxroll notify test` as programs of their own, with real files, credentials, environment and servers. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, chmodSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { simDiscord, simGotify, simNtfy } from '../../src/sim/receivers.ts';
import { selfSigned } from '../certificate.ts';
import { freePort } from '../monitoring/programs.ts';
import { httpService } from './http-service.ts';
import { smtpService } from './smtp-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxroll-config-check-'));
after(() => rmSync(folder, { recursive: true }));
const credentials = join(folder, 'credentials');
mkdirSync(credentials);
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const certificate = selfSigned();

function secretFile(name: string, text: string, mode = 0o600): string {
  const file = join(folder, name);
  writeFileSync(file, `${text}\n`);
  chmodSync(file, mode);
  return file;
}

interface Ran {
  readonly exit: number | null;
  /** A line each, without the file. */
  readonly lines: readonly string[];
  readonly printed: string;
  /** Its argument list as the process list shows it. */
  readonly argv: string;
}

/** @param env of the process, besides what it needs to start */
async function proxroll(receivers: readonly string[], words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const config = join(folder, 'config.yaml');
  writeFileSync(config, `receivers:\n${receivers.map((line) => `  ${line}\n`).join('')}`);
  const argv = ['--import', 'tsx', main, '-c', config, ...words];
  const child = spawn(process.execPath, argv, { cwd: root, env: { PATH: process.env['PATH'], ...env } });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const exit = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const lines = printed.split('\n').filter((line) => line !== '');
  return { exit, lines: lines.map((line) => line.replace(`${config}:`, '')), printed, argv: argv.join(' ') };
}

test('config check must name each secret that cannot be had or lies open, with its line and without the secret', async () => {
  const services = await httpService(simNtfy('tk_Real-secret').answer);
  const ntfy = (more: string) => `{ kind: ntfy, server: "${services.origin}", topic: t, ${more} }`;
  writeFileSync(join(credentials, 'good'), 'tk_Real-secret\n', { mode: 0o600 });
  const { exit, lines, printed } = await proxroll(
    [
      `a: ${ntfy(`token: { file: ${secretFile('good', 'tk_Real-secret')} }`)}`,
      `b: ${ntfy('token: { env: REAL }')}`,
      `c: ${ntfy('token: { credential: good }')}`,
      `d: ${ntfy(`token: { file: ${secretFile('open', 'tk_Real-secret', 0o644)} }`)}`,
      `e: ${ntfy(`token: { file: ${folder}/none }`)}`,
      `f: ${ntfy('token: { env: NOT_SET }')}`,
      `g: ${ntfy('token: { credential: none }')}`,
      `h: ${ntfy(`token: { file: ${secretFile('empty', '')} }`)}`,
      `i: ${ntfy(`token: { file: ${folder} }`)}`,
      `j: { kind: discord, url: { file: ${secretFile('no-address', 'tk_Real-secret')} } }`,
    ],
    ['config', 'check'],
    { REAL: 'tk_Real-secret', CREDENTIALS_DIRECTORY: credentials },
  );
  await services.close();
  assert.equal(exit, 2);
  assert.deepEqual(
    lines,
    [
      `5:54: receivers.d.token: ${folder}/open can be read by everybody (mode 0644): chmod 600 ${folder}/open`,
      `6:54: receivers.e.token: ${folder}/none does not exist`,
      '7:54: receivers.f.token: the environment variable NOT_SET is not set',
      '8:54: receivers.g.token: systemd gave this service no credential none: add LoadCredential=none to it with: systemctl edit proxroll',
      `9:54: receivers.h.token: ${folder}/empty is empty`,
      `10:54: receivers.i.token: ${folder} cannot be read (EISDIR)`,
      '11:23: receivers.j.url: holds something that is no address',
    ]
      // The column follows from the length of the port.
      .map((line) => line.replace(/:54:/, `:${`  d: { kind: ntfy, server: "${services.origin}", topic: t, `.length + 1}:`)),
  );
  assert.doesNotMatch(printed, /tk_Real/);
});

test('config check must name a receiver that is unreachable, not trusted, gone, or refuses the login', async () => {
  const [open, sealed] = [
    await httpService(simDiscord('/api/webhooks/1/Right-token').answer),
    await httpService(simNtfy().answer, certificate),
  ];
  const [gotify, known] = [await httpService(simGotify('Right').answer), await httpService(simNtfy('tk_Right-token').answer)];
  const login = { user: 'proxroll', password: 'Right-password' };
  const [smtp, plain] = [await smtpService({ tls: 'starttls', certificate, login }), await smtpService({ tls: 'none', certificate })];
  const closed = await freePort();
  const ca = secretFile('ca.pem', certificate.cert, 0o644);
  const mail = (more: string, port = smtp.port) =>
    `{ kind: mail, to: [a@b.example], smtp: { host: 127.0.0.1, port: ${port}, user: proxroll, password: ${more} } }`;
  const right = `{ file: ${secretFile('right', 'Right-password')} }`;
  const { exit, lines, printed } = await proxroll(
    [
      `good: { kind: ntfy, server: "${sealed.origin}", topic: t, ca_file: ${ca} }`,
      `owngood: { kind: gotify, server: "${gotify.origin}", token: { file: ${secretFile('gotify', 'Right')} } }`,
      `stranger: { kind: ntfy, server: "${known.origin}", topic: t, token: { file: ${secretFile('stranger', 'tk_Wrong-token')} } }`,
      `friend: { kind: ntfy, server: "${known.origin}", topic: t, token: { file: ${secretFile('friend', 'tk_Right-token')} } }`,
      `away: { kind: ntfy, server: "http://127.0.0.1:${closed}", topic: t }`,
      'noname: { kind: ntfy, server: "https://ntfy.invalid", topic: t }',
      `sealed: { kind: ntfy, server: "${sealed.origin}", topic: t }`,
      `noca: { kind: ntfy, server: "${sealed.origin}", topic: t, ca_file: ${secretFile('no.pem', 'x', 0o644)} }`,
      `gone: { kind: discord, url: { file: ${secretFile('gone', `${open.origin}/api/webhooks/1/Wrong-token-of-mine`)} } }`,
      `fine: { kind: discord, url: { file: ${secretFile('fine', `${open.origin}/api/webhooks/1/Right-token`)} } }`,
      `office: ${mail(right)}`,
      `wrong: ${mail(`{ file: ${secretFile('wrong', 'Wrong-password')} }`).replace(/ \} \}$/, `, ca_file: ${ca} } }`)}`,
      `plain: ${mail(right, plain.port).replace(/ \} \}$/, `, ca_file: ${ca} } }`)}`,
      `nobody: ${mail(right, closed).replace(/ \} \}$/, `, ca_file: ${ca} } }`)}`,
    ],
    ['config', 'check'],
  );
  await Promise.all([open, sealed, gotify, known, smtp, plain].map((one) => one.close()));
  assert.equal(exit, 2);
  const named = new Map(lines.map((line) => [/receivers\.(\w+)/.exec(line)?.[1] ?? line, line]));
  const wanted: readonly (readonly [string, RegExp])[] = [
    ['stranger', /answered 401: the server does not know this token/],
    ['away', /^6:3: .*cannot be reached: http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/],
    ['noname', /cannot be reached: https:\/\/ntfy\.invalid: .*(ENOTFOUND|EAI_AGAIN)/],
    ['sealed', /has a certificate that is not trusted: .*self.signed/],
    ['noca', /^9:\d+: receivers\.noca\.ca_file: .*no\.pem has no certificate in PEM form/],
    ['gone', /answered 404: there is no such webhook any more/],
    ['office', /offers no TLS that can be trusted: .*self.signed/],
    ['wrong', /refused the login/],
    ['plain', /offers no TLS that can be trusted/],
    ['nobody', /cannot be reached/],
  ];
  for (const [name, what] of wanted) assert.match(named.get(name) ?? '', what, printed);
  assert.deepEqual([...named.keys()].sort(), wanted.map(([name]) => name).sort(), printed);
  assert.doesNotMatch(printed, /Right-|Wrong-/);
});

test('notify test as a program must reach real servers with secrets of all three kinds, none of them an argument', async () => {
  const [ntfy, gotify, discord] = [simNtfy('tk_File'), simGotify('A_Credential'), simDiscord('/api/webhooks/1/Token-of-env')];
  const services = await Promise.all([ntfy, gotify, discord].map(({ answer }) => httpService(answer)));
  const [a = '', b = '', c = ''] = services.map(({ origin }) => origin);
  writeFileSync(join(credentials, 'gotify'), 'A_Credential\n', { mode: 0o600 });
  const { exit, lines, argv } = await proxroll(
    [
      `phone: { kind: ntfy, server: "${a}", topic: t, token: { file: ${secretFile('token', 'tk_File')} } }`,
      `own: { kind: gotify, server: "${b}", token: { credential: gotify } }`,
      'channel: { kind: discord, url: { env: HOOK } }',
    ],
    ['notify', 'test'],
    { HOOK: `${c}/api/webhooks/1/Token-of-env`, CREDENTIALS_DIRECTORY: credentials },
  );
  await Promise.all(services.map((service) => service.close()));
  assert.deepEqual(lines, ['phone (ntfy): took the message', 'own (gotify): took the message', 'channel (discord): took the message']);
  assert.equal(exit, 0);
  assert.deepEqual(
    [ntfy, gotify, discord].map(({ kept }) => kept.length),
    [1, 1, 1],
  );
  assert.doesNotMatch(argv, /tk_File|A_Credential|Token-of-env/);
});
