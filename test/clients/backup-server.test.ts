import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import { serverTasksQuery } from '../../src/clients/backup-server.ts';
import { recordedText } from '../recorded.ts';
import { parsed } from './said.ts';

test('of all tasks of a backup server those that run are told', () =>
  assert.deepEqual(parsed(serverTasksQuery, recordedText('proxmox-backup', 'task-list-all.CONSTRUCTED')), [
    { type: 'backup', id: 'tank:vm/105', user: 'pve@pbs!node1', startedAtS: 1759999100 },
    { type: 'garbage_collection', id: 'tank', user: 'root@pam', startedAtS: 1759999700 },
    { type: 'verificationjob', id: 'tank:v-8f21c3', user: 'root@pam', startedAtS: 1759999880 },
  ]));

test('what a reboot may cut off without harm is left out, and a type that nobody knows counts as work', () => {
  const types = [
    'aptupdate',
    'logrotate',
    'termproxy',
    'srvreload',
    'acme-renew-cert',
    'realm-sync',
    's3-refresh',
    'tape-backup',
    'reader',
  ];
  const rows = types.map((worker_type) => ({ starttime: 1, worker_type, worker_id: null, user: 'root@pam' }));
  assert.deepEqual(
    parsed(serverTasksQuery, JSON.stringify(rows)).map(({ type }) => type),
    ['s3-refresh', 'tape-backup', 'reader'],
  );
});

test('a backup server whose proxy is down has not said that it works on nothing', () =>
  assert.throws(
    () =>
      parsed(serverTasksQuery, '', {
        exitCode: 255,
        stderr: 'Error: error trying to connect: tcp connect error: Connection refused (os error 111)',
      }),
    CommandFailed,
  ));
