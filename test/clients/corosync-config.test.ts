import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import { corosyncConfigQuery } from '../../src/clients/corosync-config.ts';
import { askMembers } from '../../src/clients/pmxcfs.ts';
import type { Shell } from '../../src/ports/shell.ts';
import { recording } from '../recorded.ts';
import { assertUnparsable, parsed, said } from './said.ts';

const [shared, local] = ['/etc/pve/corosync.conf', '/etc/corosync/corosync.conf'];
const command = `grep -H . ${shared} ${local}`;
const recorded = recording('pve-9.2', 'cat-corosync-conf').stdout;

/** What grep prints of a file: its path before every line that holds anything. */
function grepped(path: string, text: string): string {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => `${path}:${line}\n`).join('');
}

const missing = (path: string) => `grep: ${path}: No such file or directory\n`;
const file = {
  version: 3,
  clusterName: 'testclu',
  nodes: ['pve1', 'pve2', 'pve3'].map((name, at) => ({ name, nodeId: at + 1 })),
};

test('the cluster and the node have the same configuration', () =>
  assert.deepEqual(parsed(corosyncConfigQuery, grepped(shared, recorded) + grepped(local, recorded)), { cluster: file, local: file }));

test('a node without a cluster has no configuration', () =>
  assert.deepEqual(parsed(corosyncConfigQuery, '', { exitCode: 2, stderr: missing(shared) + missing(local) }), {}));

test('a copy that is missing is told from one that is there', () =>
  assert.deepEqual(parsed(corosyncConfigQuery, grepped(shared, recorded), { exitCode: 2, stderr: missing(local) }), { cluster: file }));

test('what is commented out does not count', () => {
  const text = `# config_version: 9\n${recorded}`;
  assert.equal(parsed(corosyncConfigQuery, grepped(shared, text), { exitCode: 2, stderr: missing(local) }).cluster?.version, 3);
});

test('a list without names has addresses for them, as in Proxmox VE', () => {
  const text = recorded.replace('    name: pve1\n', '');
  const names = parsed(corosyncConfigQuery, grepped(local, text), { exitCode: 2, stderr: missing(shared) }).local?.nodes.map(
    ({ name }) => name,
  );
  assert.deepEqual(names, ['10.99.0.11', 'pve2', 'pve3']);
});

test('a file that cannot be read is not a file that is missing', () =>
  assert.throws(
    () =>
      parsed(corosyncConfigQuery, grepped(local, recorded), {
        exitCode: 2,
        stderr: `grep: ${shared}: Transport endpoint is not connected\n`,
      }),
    CommandFailed,
  ));

test('what sudo remarks beside the answer is no complaint about a file', () => {
  const stderr = `sudo: unable to resolve host pve2: Name or service not known\n${missing(local)}`;
  assert.deepEqual(parsed(corosyncConfigQuery, grepped(shared, recorded), { exitCode: 2, stderr }), { cluster: file });
  assert.throws(() => parsed(corosyncConfigQuery, '', { exitCode: 2 }), CommandFailed);
});

test('a file without a version is no configuration', () =>
  assertUnparsable(() => parsed(corosyncConfigQuery, grepped(shared, 'totem {\n}\n'), { exitCode: 2, stderr: missing(local) }), {
    command,
    field: /^\/etc\/pve\/corosync\.conf$/,
  }));

const alone = '{"nodename":"pve1","version":1}';

function ownNode(config: ReturnType<typeof said>): Parameters<typeof askMembers>[0] {
  const shell: Shell = {
    run: (_host, { argv }) => Promise.resolve(argv[0] === 'cat' ? said(alone) : config),
    runAll: () => Promise.reject(new Error('nobody asks several things at once here')),
    disconnect: () => Promise.resolve(),
  };
  return { shell, host: { name: 'this node', own: true } };
}

test('a node without members and without a configuration of corosync is a lone node', async () => {
  const answer = said('', { exitCode: 2, stderr: missing(shared) + missing(local) });
  assert.deepEqual(await askMembers(ownNode(answer)), { kind: 'lone', ownNode: 'pve1' });
});

for (const path of [shared, local])
  test(`a node that shows no members and has ${path} is a member without quorum, and no lone node`, async () => {
    const answer = said(grepped(path, recorded), { exitCode: 2, stderr: missing(path === shared ? local : shared) });
    const members = await askMembers(ownNode(answer));
    assert.ok(members.kind === 'cluster');
    assert.equal(members.quorate, false);
    assert.deepEqual(
      members.nodes.map(({ name, online }) => [name, online]),
      [
        ['pve1', true],
        ['pve2', false],
        ['pve3', false],
      ],
    );
    assert.ok(members.unheard?.includes(`${path} names pve1, pve2, pve3`));
  });
