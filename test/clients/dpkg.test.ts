import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import { auditQuery, compatibilityVersions, installedQuery } from '../../src/clients/dpkg.ts';
import { assertUnparsable, parsed } from './said.ts';

test('an audit without words means whole, with words means not', () => {
  assert.equal(parsed(auditQuery, ''), '');
  assert.match(parsed(auditQuery, 'The following packages are only half configured:\n linux-image\n'), /^The following/);
  assert.match(parsed(auditQuery, 'The following packages are in a mess:\n x\n', { exitCode: 1 }), /mess/);
});

test('an audit that could not be made is not taken for a good one', () => {
  assert.throws(() => parsed(auditQuery, '', { exitCode: 2, stderr: 'dpkg: error: cannot open' }), CommandFailed);
  assert.throws(() => parsed(auditQuery, '', { exitCode: 1 }), CommandFailed);
});

test('installed and half installed packages have a version, removed ones do not', () =>
  assert.deepEqual(
    {
      ...parsed(
        installedQuery,
        'ii \tbash\t5.2\nhi \tpve-manager\t9.0.3\nrc \told\t1\niF \tbroken\t2\nun \tnever\t\niU \tunpacked\t3\nii R\tagain\t4\n',
      ),
    },
    { bash: '5.2', 'pve-manager': '9.0.3', broken: '2', unpacked: '3', again: '4' },
  ));

test('only packages that decide compatibility are kept for comparing nodes', () =>
  assert.deepEqual(compatibilityVersions({ bash: '5.2', corosync: '3.1.9', 'pve-manager': '9.0.3' }), {
    corosync: '3.1.9',
    'pve-manager': '9.0.3',
  }));

test('an empty or garbled package list is refused', () => {
  const command = installedQuery.command.argv.join(' ');
  assertUnparsable(() => parsed(installedQuery, ''), { command, field: /^the package list$/ });
  assertUnparsable(() => parsed(installedQuery, 'ii \tbash\n'), { command, field: /^a package$/ });
});
