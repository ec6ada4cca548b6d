import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import {
  expireLock,
  lockHolderQuery,
  readLockHolder,
  refreshLock,
  releaseLock,
  takeLock,
  writeHolderCommand,
} from '../../src/clients/cluster-lock.ts';
import type { Answer, Shell } from '../../src/ports/shell.ts';
import { assertUnparsable, parsed, said } from './said.ts';

function at(answer: Answer) {
  const shell: Shell = { run: async () => answer, runAll: () => assert.fail('no batch here'), disconnect: async () => undefined };
  return { shell, host: { name: 'pve1', own: true } };
}
const failed = (stderr: string) => said('', { exitCode: 1, stderr });
const holder = { node: 'pve2', run: '20261122-0400-3fa9', bootId: 'b', sinceMs: 1795255137000 };

test('the lock is taken by the one whose folder was made, and busy for the other', async () => {
  assert.equal(await takeLock(at(said(''))), 'taken');
  assert.equal(await takeLock(at(failed("mkdir: cannot create directory '/etc/pve/priv/lock/proxroll': File exists"))), 'busy');
});

test('without quorum the lock is neither taken nor busy', () =>
  assert.rejects(takeLock(at(failed("mkdir: cannot create directory '/etc/pve/priv/lock/proxroll': Permission denied"))), CommandFailed));

test('a refresh that fails is said', () => assert.rejects(refreshLock(at(failed('touch: Permission denied'))), CommandFailed));

test('asking for an old lock to go says nothing by itself', () => expireLock(at(failed('touch: Permission denied'))));

test('giving back a lock that is gone is no error', async () => {
  await releaseLock(at(failed('rmdir: failed to remove: No such file or directory')));
  await assert.rejects(releaseLock(at(failed('rmdir: Permission denied'))), CommandFailed);
});

test('the holder is read as it was written, and nobody is free', async () => {
  const { stdin, effect } = writeHolderCommand(holder);
  assert.equal(effect, 'changes');
  assert.deepEqual(parsed(lockHolderQuery, stdin ?? ''), holder);
  assert.deepEqual(await readLockHolder(at(failed('cat: No such file or directory'))), { known: true, value: 'free' });
  assert.equal((await readLockHolder(at(failed('cat: Transport endpoint is not connected')))).known, false);
});

test('a holder file that holds half is refused', () =>
  assertUnparsable(() => parsed(lockHolderQuery, '{"node":"pve2"}'), {
    command: 'cat /etc/pve/priv/proxroll-holder.json',
    field: /^run$/,
  }));
