import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactor, withoutSecrets } from '../../src/model/redact.ts';

const slips: readonly [text: string, left: string][] = [
  ['GET https://me:hunter2@repo.example/x', 'GET https://[secret]@repo.example/x'],
  ['https://me:p@ss@repo.example', 'https://[secret]@repo.example'],
  ['mount //me:hunter2@nas/share', 'mount //[secret]@nas/share'],
  ['Authorization: Bearer hunter2', 'Authorization: Bearer [secret]'],
  ['Authorization: Basic aHVudGVyMg==', 'Authorization: Basic [secret]'],
  ['PVEAPIToken=root@pam!x=hunter2', 'PVEAPIToken=[secret]'],
  ['-o user=x,password=hunter2,vers=3', '-o user=x,password=[secret],vers=3'],
  ['cipassword: hunter2', 'cipassword: [secret]'],
  ['{"token":"hunter2"}', '{"token":"[secret]"}'],
  ['POST https://chat.example/api/webhooks/1/hunter2', 'POST https://chat.example/[secret]'],
  ['-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\nnext', '[secret]\nnext'],
];
for (const [text, left] of slips)
  test(`a text from outside must lose its secret and keep the rest: ${left.replaceAll('\n', ' ')}`, () => {
    assert.equal(withoutSecrets(text), left);
    // What has gone through it once goes through it again: a log is quoted in a report.
    assert.equal(withoutSecrets(left), left);
  });

const harmless: readonly string[] = [
  'E: Failed to fetch https://deb.debian.org/debian/pool/x.deb  Could not connect (10.0.0.1:3142)',
  'ssh: connect to host root@pve2 port 22: Permission denied (publickey,password).',
  'dpkg: error processing package qemu-server (--configure):',
  'corosync 3.1.9-pve1: link https://[fd00::1]:8006/ is down, write to admin@example.org',
];
for (const text of harmless) test(`what is no secret must stay: ${text}`, () => assert.equal(withoutSecrets(text), text));

const ours: readonly string[] = [
  'receivers.phone.token: /etc/proxroll/ntfy does not exist',
  'add LoadCredential=ntfy to it with: systemctl edit proxroll',
  'receivers.office.smtp.password: the environment variable PASSWORD is not set',
  'phone: { kind: ntfy, token: { file: /etc/proxroll/ntfy } }',
];
for (const text of ours) test(`words of our own about secrets must stay: ${text}`, () => assert.equal(redactor([])(text), text));

test('a known secret must be found in every dress: quoted, in an address, in a page, and broken into lines', () => {
  const redact = redactor(['two "words" & <more>', 'x']);
  for (const text of [
    'two "words" & <more>',
    JSON.stringify({ said: 'two "words" & <more>' }),
    encodeURIComponent('two "words" & <more>'),
    'two &quot;words&quot; &amp; &lt;more&gt;',
    'seen: two "words"\n        & <more>',
  ])
    assert.match(redact(text), /\[secret\]/, text);
});
