import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import { clusterTasksQuery, configNodesQuery, qdeviceQuery, runningTasks, storageConfigQuery } from '../../src/clients/pvesh.ts';
import { answerOf, recording } from '../recorded.ts';
import { assertUnparsable, parsed } from './said.ts';

test('corosync nodes come sorted, with votes and ids as numbers', () =>
  assert.deepEqual(configNodesQuery.parse(answerOf(recording('pve-9.2', 'pvesh-cluster-config-nodes')), 'pve1'), [
    { name: 'pve1', nodeId: 1, votes: 1, rings: ['10.99.0.11'] },
    { name: 'pve2', nodeId: 2, votes: 1, rings: ['10.99.0.12'] },
    { name: 'pve3', nodeId: 3, votes: 1, rings: ['10.99.0.13'] },
  ]));

test('a node without votes of its own has the one that corosync gives it, and rings keep their order', () =>
  assert.deepEqual(parsed(configNodesQuery, '[{"node":"a","nodeid":1,"ring1_addr":"10.1.0.1","ring0_addr":"10.0.0.1"}]'), [
    { name: 'a', nodeId: 1, votes: 1, rings: ['10.0.0.1', '10.1.0.1'] },
  ]));

test('a node without id is refused by its place', () =>
  assertUnparsable(() => parsed(configNodesQuery, '[{"node":"a","nodeid":1},{"node":"b"}]'), {
    command: 'pvesh get /cluster/config/nodes --output-format json',
    field: /^\[1\]\.nodeid$/,
  }));

test('no quorum device is an empty object', () => {
  assert.deepEqual(parsed(qdeviceQuery, '{}'), { kind: 'none' });
  assert.deepEqual(parsed(qdeviceQuery, '{"Algorithm":"ffsplit","Model":"Net","State":"Connected","QNetd host":"10.0.0.9:5403"}'), {
    kind: 'configured',
    state: 'Connected',
    algorithm: 'ffsplit',
  });
});

test('a quorum device that does not tell its state is not called connected', () =>
  assert.deepEqual(parsed(qdeviceQuery, '{"Model":"Net"}'), { kind: 'configured', state: 'nothing' }));

test('a running task has neither status nor end, and is the only one that makes a node busy', () => {
  const tasks = clusterTasksQuery.parse(answerOf(recording('pve-9.2', 'midmig-cluster-tasks')), 'pve1');
  assert.deepEqual(runningTasks(tasks), [
    {
      upid: 'UPID:pve2:00000466:0004B0DB:6B016B61:qmigrate:100:root@pam:',
      node: 'pve2',
      type: 'qmigrate',
      id: '100',
      user: 'root@pam',
      startedAtS: 1795255137,
    },
  ]);
  assert.ok(tasks.some((task) => task.outcome === 'migration aborted'));
});

test('a task marked RUNNING runs, and an open console does not count', () => {
  const row = (type: string) => ({ upid: `UPID:${type}`, node: 'pve1', type, starttime: '1', status: 'RUNNING' });
  const tasks = parsed(clusterTasksQuery, JSON.stringify([row('vncproxy'), row('vzdump')]));
  assert.deepEqual(
    runningTasks(tasks).map((task) => task.type),
    ['vzdump'],
  );
});

test('storages are shared by flag or by type, and limited to their nodes', () => {
  const text = JSON.stringify([
    { storage: 'nfs', type: 'nfs', content: 'images,iso', nodes: 'pve2,pve1' },
    { storage: 'dir', type: 'dir', shared: '1', disable: 1 },
    { storage: 'lvm', type: 'lvm', shared: 0, content: 'rootdir,images' },
  ]);
  assert.deepEqual(parsed(storageConfigQuery, text), [
    { storage: 'dir', plugin: 'dir', shared: true, enabled: false, content: [] },
    { storage: 'lvm', plugin: 'lvm', shared: false, enabled: true, content: ['images', 'rootdir'] },
    { storage: 'nfs', plugin: 'nfs', shared: true, enabled: true, content: ['images', 'iso'], nodes: ['pve1', 'pve2'] },
  ]);
});

test('a pvesh that cannot reach the cluster file system is a failure, not an empty cluster', () =>
  assert.throws(
    () => clusterTasksQuery.parse({ exitCode: 111, stdout: '', stderr: 'ipcc_send_rec[1] failed: Connection refused', tookMs: 1 }, 'pve2'),
    CommandFailed,
  ));
