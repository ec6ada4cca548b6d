import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { configSchema } from '../../src/config/schema.ts';
import { bundle, type Bundle } from '../../src/report/bundle.ts';
import { tar } from '../../src/report/tar.ts';
import { beganAtMs, entriesOf, untilPaused, type Told } from './a-run.ts';

const run = '20261122-0400-3fa9';
const secret = (index: number) => `pl4nted-S3cret-${String(index).padStart(3, '0')}-Zx9`;

/** Ways in which a secret, a name or an address gets into what is told, each with something of its own. */
const ways: readonly ((index: number) => string)[] = [
  (index) => `https://user:${secret(index)}@repo.example/debian`,
  (index) => `E: 401 for http://${secret(index)}@download.example`,
  (index) => `curl -H "Authorization: Bearer ${secret(index)}"`,
  (index) => `PVEAPIToken=${secret(index)}`,
  (index) => `password=${secret(index)}`,
  (index) => `"password": "${secret(index)}"`,
  (index) => `api_key: ${secret(index)}`,
  (index) => `https://chat.example/api/webhooks/1234/${secret(index)}`,
  (index) => `/etc/proxroll/hold says: ask ${secret(index)}`,
  (index) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${secret(index)}\n-----END OPENSSH PRIVATE KEY-----`,
];

function bundled(told: readonly Told[], files: Readonly<Record<string, string>> = {}): Bundle {
  const journal = entriesOf(told)
    .map((entry) => `${JSON.stringify(entry)}\n`)
    .join('');
  const config = configSchema.parse({ ssh_keys: [`/root/${secret(300)}`] });
  return bundle({
    run,
    files: { 'journal.jsonl': journal, ...files },
    config,
    version: '0.1.0',
    redact: (text) => text.replaceAll('known', '[secret]'),
  });
}

const textOf = ({ files }: Bundle) => files.map((file) => file.text).join('\n');

test('two hundred secrets, planted wherever a text from outside can stand, must not be in the archive', () => {
  const planted = Array.from({ length: 200 }, (_, index) => (ways[index % ways.length] ?? String)(index));
  const told = planted.map((text, index): Told =>
    index % 3 === 0
      ? [1521, { type: 'warned', subject: 'pve1', what: text, next: text }]
      : index % 3 === 1
        ? [1521, { type: 'guest.stays', vmid: 101, title: 'vm 101 (db)', on: 'pve2', detail: text }]
        : [1521, { type: 'run.paused', code: 'host.silent', what: text, seen: text, next: text }],
  );
  const text = textOf(
    bundled([...untilPaused, ...told], { 'upgrade-pve2.log': planted.join('\n'), 'snapshot.json': JSON.stringify({ planted }, null, 2) }),
  );
  assert.deepEqual(
    Array.from({ length: 301 }, (_, index) => secret(index)).filter((one) => text.includes(one)),
    [],
  );
});

test('what is needed to find a bug must stay: nodes, vmids, versions, kernels, times, codes', () => {
  const text = textOf(bundled(untilPaused));
  for (const kept of [
    'pve2',
    '"vmid":101',
    '3.5.1-1+deb13u1',
    '6.14.8-pve',
    'Debian-Security:13/stable-security',
    'rejoin.deadline',
    String(beganAtMs),
    run,
  ])
    assert.ok(text.includes(kept), kept);
});

test('names of guests, addresses and texts of people must have a mark each, the same wherever they stood', () => {
  const told: readonly Told[] = [
    ...untilPaused,
    [1521, { type: 'warned', subject: 'vm 101 (db)', what: '10.0.0.12 and fd00:12::7 do not answer, write to ops@example.org', next: '' }],
    [1522, { type: 'warned', subject: 'pve1', what: '10.0.0.12 again', next: '' }],
  ];
  const snapshot = JSON.stringify({
    guests: [{ vmid: 101, kind: 'qemu', name: 'db', tags: ['payroll'] }],
    hold: { path: '/x', text: 'ask Jo' },
  });
  const made = bundled(told, { 'snapshot.json': snapshot });
  const text = textOf(made);
  assert.doesNotMatch(text, /\(db\)|"db"|10\.0\.0\.12|fd00:12|ops@example|payroll|ask Jo/);
  assert.match(text, /\[address 1\] again/);
  assert.deepEqual(
    made.taken.find(({ what }) => what === 'e-mail address'),
    { what: 'e-mail address', times: 1, different: 1 },
  );
});

test('the archive must say itself what was taken out, and what is known as a secret must be gone', () => {
  const made = bundled([...untilPaused, [1521, { type: 'warned', subject: 'pve1', what: 'it is known', next: '' }]]);
  assert.doesNotMatch(textOf(made), /is known/);
  assert.match(
    made.files.find(({ path }) => path === `${run}/taken-out.txt`)?.text ?? '',
    /^taken out: secret of the configuration, 1 different one, in 1 place$/m,
  );
});

test('the archive must be one that tar reads, with every file whole', () => {
  const files = [
    { path: 'run/a.txt', text: 'ä'.repeat(700) },
    { path: 'run/empty', text: '' },
  ];
  const input = tar(files, beganAtMs);
  assert.equal(execFileSync('tar', ['-tf', '-'], { input, encoding: 'utf8' }), 'run/a.txt\nrun/empty\n');
  assert.equal(execFileSync('tar', ['-xOf', '-', 'run/a.txt'], { input, encoding: 'utf8' }), files[0]?.text);
  assert.throws(() => tar([{ path: 'x'.repeat(101), text: '' }], 0), /too long/);
});
