import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed } from '../../src/clients/at.ts';
import {
  cephFacts,
  cephConfiguredQuery,
  cephStatusQuery,
  nooutCommand,
  nooutHostsQuery,
  okToStopQuery,
  osdTreeQuery,
} from '../../src/clients/ceph.ts';
import type { Answer, Argv, Shell } from '../../src/ports/shell.ts';
import { ShellFailure } from '../../src/ports/shell.ts';
import { assertUnparsable, parsed, said } from './said.ts';

const status = {
  health: {
    status: 'HEALTH_WARN',
    checks: { OSDMAP_FLAGS: { severity: 'HEALTH_WARN', muted: false }, PG_NOT_SCRUBBED: { muted: true }, RECENT_CRASH: { muted: 0 } },
    mutes: [{ code: 'RECENT_CRASH', ttl: '' }],
  },
  osdmap: { num_osds: 6, num_up_osds: '5' },
  pgmap: {
    num_pgs: 100,
    pgs_by_state: [
      { state_name: 'active+clean', count: 90 },
      { state_name: 'active+clean+scrubbing+deep', count: 4 },
      { state_name: 'active+undersized+degraded', count: 6 },
    ],
  },
};
const tree = {
  nodes: [
    { id: -1, name: 'default', type: 'root', children: [-3, -5] },
    { id: -3, name: 'pve1', type: 'host', children: [1, 0] },
    { id: 0, name: 'osd.0', type: 'osd', status: 'up' },
    { id: 1, name: 'osd.1', type: 'osd', status: 'up' },
    { id: -5, name: 'pve2', type: 'host', children: [] },
  ],
  stray: [],
};
const mgr = {
  active_name: 'pve1',
  available: true,
  standbys: [
    { gid: 5, name: 'pve3' },
    { gid: 4, name: 'pve2' },
  ],
};
const dump = { crush_node_flags: { pve2: ['noout', 'nodown'], pve3: ['noup'] } };

test('muted checks are left out and only settled placement groups are settled', () =>
  assert.deepEqual(parsed(cephStatusQuery, JSON.stringify(status)), {
    health: 'HEALTH_WARN',
    checks: ['OSDMAP_FLAGS'],
    osds: 6,
    osdsUp: 5,
    unsettledPgs: 6,
  }));

test('placement groups that no state accounts for are unsettled', () => {
  const text = JSON.stringify({
    health: { status: 'HEALTH_OK' },
    osdmap: { osdmap: { num_osds: 1, num_up_osds: 1 } },
    pgmap: { num_pgs: 3 },
  });
  assert.equal(parsed(cephStatusQuery, text).unsettledPgs, 3);
});

test('an answer without the number of OSDs is refused', () =>
  assertUnparsable(() => parsed(cephStatusQuery, '{"health":{"status":"HEALTH_OK"},"pgmap":{}}'), {
    command: 'ceph --connect-timeout 10 -s -f json',
    field: /^osdmap$/,
  }));

test('OSDs are told by host, and hosts with noout by name', () => {
  assert.deepEqual(parsed(osdTreeQuery, JSON.stringify(tree)), { pve1: [0, 1], pve2: [] });
  assert.deepEqual(parsed(nooutHostsQuery, JSON.stringify(dump)), ['pve2']);
  assert.deepEqual(parsed(nooutHostsQuery, '{}'), []);
});

test('stopping is safe only when Ceph says so', () => {
  const query = okToStopQuery([0, 1]);
  assert.deepEqual(parsed(query, '{"ok_to_stop":true,"osds":[0,1],"num_not_ok_pgs":0}'), { safe: true });
  assert.deepEqual(parsed(query, '{"ok_to_stop":false,"num_not_ok_pgs":7}', { exitCode: 16 }), {
    safe: false,
    why: '7 placement groups would become unreachable',
  });
  assert.deepEqual(parsed(query, '', { exitCode: 16, stderr: 'Error EBUSY: unsafe to stop\n' }), {
    safe: false,
    why: 'Error EBUSY: unsafe to stop',
  });
  assert.throws(() => parsed(query, '', { exitCode: 1, stderr: 'timed out' }), CommandFailed);
  assert.deepEqual(query.command.argv.slice(3), ['0', '1', '-f', 'json']);
});

test('a cluster without a Ceph of its own is not asked for more', () => {
  assert.equal(parsed(cephConfiguredQuery, '', { exitCode: 1, stderr: 'cat: /etc/pve/ceph.conf: No such file or directory\n' }), false);
  const began = '[global]\n\tauth_client_required = cephx\n\tfsid = 4f2c2f5e\n\tpublic_network = 10.1.1.11/24\n';
  assert.equal(parsed(cephConfiguredQuery, `${began}\tmon_host = 10.1.1.11 10.1.1.12\n\n[client]\n\tkeyring = x\n`), true);
  assert.equal(parsed(cephConfiguredQuery, `${began}\n[mon.pve1]\n\thost = pve1\n`), true);
});

test('a Ceph that somebody began to set up, without a monitor, is none', () => {
  const began = '[global]\n\tfsid = 4f2c2f5e\n\tmon_allow_pool_delete = true\n\tpublic_network = 10.1.1.11/24\n';
  assert.equal(parsed(cephConfiguredQuery, began), false);
  assert.equal(parsed(cephConfiguredQuery, `${began}\tmon_host = \n\n[client]\n\tkeyring = x\n`), false);
  assert.equal(parsed(cephConfiguredQuery, `${began}\t# mon_host = 10.1.1.11\n`), false);
});

const conf = '[global]\n\tmon_host = 10.1.1.11\n';

function atSaying(stat: Answer, ...answers: readonly Answer[]) {
  const shell: Shell = { run: async () => stat, runAll: async () => answers, disconnect: async () => undefined };
  return { shell, host: { name: 'pve1', own: true } };
}
const json = (data: unknown) => said(JSON.stringify(data));

test('the four answers make one reading', async () => {
  assert.deepEqual(
    await cephFacts(
      atSaying(said(conf), json({ ...status, quorum_names: ['pve2', 'pve1'], monmap: { num_mons: 3 } }), json(tree), json(dump), json(mgr)),
    ),
    {
      known: true,
      value: {
        kind: 'present',
        health: 'HEALTH_WARN',
        checks: ['OSDMAP_FLAGS'],
        osds: 6,
        osdsUp: 5,
        unsettledPgs: 6,
        osdsByHost: { pve1: [0, 1], pve2: [] },
        nooutHosts: ['pve2'],
        monitors: { inQuorum: ['pve1', 'pve2'], configured: 3 },
        managers: { active: 'pve1', standbys: ['pve2', 'pve3'] },
      },
    },
  );
  assert.deepEqual(await cephFacts(atSaying(said('', { exitCode: 1, stderr: 'No such file or directory' }))), {
    known: true,
    value: { kind: 'absent' },
  });
});

test('one answer that is missing leaves the whole unknown, and so does silence', async () => {
  const half = await cephFacts(atSaying(said(conf), json(status), said('', { exitCode: 1, stderr: 'timed out' }), json(dump), json(mgr)));
  assert.ok(!half.known && /timed out/.test(half.why));
  const { host } = atSaying(said(''));
  const dead: Shell = {
    run: () => Promise.reject(new ShellFailure('no-answer', 'pve1', ['stat'], 'hung')),
    runAll: () => assert.fail(),
    disconnect: async () => undefined,
  };
  assert.equal((await cephFacts({ shell: dead, host })).known, false);
});

test('noout is set for one host and not for all', () => {
  const words = (argv: Argv) => argv.join(' ');
  assert.equal(words(nooutCommand('pve2', 'set').argv), 'ceph osd set-group noout pve2');
  assert.equal(words(nooutCommand('pve2', 'unset').argv), 'ceph osd unset-group noout pve2');
});
