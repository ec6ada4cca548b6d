import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterConfigQuery } from '../../src/clients/cluster-config.ts';
import { replicationStateQuery } from '../../src/clients/pvesr.ts';
import { parsed } from './said.ts';

/** Files as grep prints them. */
function said(files: Readonly<Record<string, string>>): string {
  const all = { '.vmlist': '{', ...files };
  return Object.entries(all)
    .flatMap(([name, text]) => text.split('\n').map((line) => `/etc/pve/${name}:${line}\n`))
    .join('');
}
const read = (files: Readonly<Record<string, string>>) => parsed(clusterConfigQuery, said(files), { exitCode: 2 });

test('rules of affinity are read with their nodes and services, and one that is switched off is none', () => {
  const { haRules } = read({
    'ha/rules.cfg':
      'node-affinity: near\n\tnodes pve1:2,pve2\n\tresources ct:120,vm:101\n\tstrict 1\n\nresource-affinity: apart\n\taffinity negative\n\tresources vm:101,vm:102\n\nnode-affinity: off\n\tnodes pve3\n\tresources vm:103\n\tdisable 1\n',
  });
  assert.deepEqual(haRules, [
    { kind: 'node-affinity', id: 'near', services: ['ct:120', 'vm:101'], nodes: ['pve1', 'pve2'], priorities: { pve1: 2 }, strict: true },
    { kind: 'resource-affinity', id: 'apart', services: ['vm:101', 'vm:102'], affinity: 'negative' },
  ]);
});

test('a group of Proxmox VE 8 is a rule for the services that name it', () => {
  const { haRules } = read({
    'ha/groups.cfg': 'group: fast\n\tnodes pve1:2,pve2:1\n\trestricted 1\n',
    'ha/resources.cfg': 'vm: 101\n\tgroup fast\n\tstate started\n\nct: 120\n\tstate started\n',
  });
  assert.deepEqual(haRules, [
    { kind: 'node-affinity', id: 'fast', services: ['vm:101'], nodes: ['pve1', 'pve2'], priorities: { pve1: 2, pve2: 1 }, strict: true },
  ]);
});

test('a switch that stands there without a value is on, as Proxmox VE reads it', () => {
  const { haRules, replication } = read({
    'ha/groups.cfg': 'group: fast\n\tnodes pve1\n\trestricted\n',
    'replication.cfg': 'local: 101-0\n\ttarget pve2\n\tdisable\n',
  });
  assert.deepEqual(
    haRules.map((rule) => rule.kind === 'node-affinity' && rule.strict),
    [true],
  );
  assert.deepEqual(
    replication.map(({ enabled }) => enabled),
    [false],
  );
});

test('services that stay where the manager sent them are known: by themselves, on Proxmox VE 8 by their group', () => {
  const nine = read({
    'ha/resources.cfg': 'vm: 101\n\tfailback 0\n\tstate started\n\nct: 120\n\tfailback 1\n\nvm: 102\n\tstate started\n',
  });
  const eight = read({
    'ha/groups.cfg': 'group: stay\n\tnodes pve1,pve2\n\tnofailback 1\n\ngroup: back\n\tnodes pve1\n\tnofailback 0\n',
    'ha/resources.cfg': 'vm: 101\n\tgroup stay\n\nct: 120\n\tgroup back\n\nvm: 102\n\tstate started\n',
  });
  assert.deepEqual([nine.withoutFailback, eight.withoutFailback], [['vm:101'], ['vm:101']]);
});

test('a mapping has the nodes of its devices', () => {
  const text =
    'gpu\n\tmap id=10de:1eb8,node=pve1,path=0000:01:00.0\n\tmap id=10de:1eb8,node=pve2,path=0000:02:00.0\n\tlive-migration-capable 1\n';
  assert.deepEqual(read({ 'mapping/pci.cfg': text }).mappings, [{ kind: 'pci', id: 'gpu', nodes: ['pve1', 'pve2'], live: true }]);
});

test('replication jobs are read, switched off or not', () => {
  const text = 'local: 101-0\n\tschedule */15\n\ttarget pve2\n\nlocal: 101-1\n\ttarget pve3\n\tdisable 1\n';
  assert.deepEqual(read({ 'replication.cfg': text }).replication, [
    { id: '101-0', vmid: 101, target: 'pve2', enabled: true },
    { id: '101-1', vmid: 101, target: 'pve3', enabled: false },
  ]);
});

test('an SDN network has the nodes of its zone, one of a zone without limits is everywhere', () => {
  const files = {
    'sdn/zones.cfg': 'vlan: z1\n\tnodes pve1,pve2\n\nsimple: z2\n',
    'sdn/vnets.cfg': 'vnet: lab\n\tzone z1\n\nvnet: all\n\tzone z2\n',
  };
  assert.deepEqual(read(files).networkNodes, { lab: ['pve1', 'pve2'] });
});

test('the balancer of the HA manager is told as it stands there', () =>
  assert.equal(read({ 'datacenter.cfg': 'keyboard: de\ncrs: ha=dynamic,ha-auto-rebalance=1' }).crs, 'ha=dynamic,ha-auto-rebalance=1'));

test('how many workers a node may have is read where it is set', () => {
  assert.equal(read({ 'datacenter.cfg': 'keyboard: de\nmax_workers: 2' }).maxWorkers, 2);
  assert.equal(read({ 'datacenter.cfg': 'keyboard: de' }).maxWorkers, undefined);
});

test('a replica that was never synced is told apart from one whose time makes no sense', () => {
  const head = 'JobID      Enabled    Target                           LastSync             NextSync   Duration  FailCount State\n';
  const lines = [
    '101-0      Yes        local/pve2              2026-03-01_04:00:00  2026-03-01_04:15:00        2.5          0 OK',
    '102-0      Yes        local/pve2                                -              pending          -          0 OK',
    '103-0      Yes        local/pve2                        yesterday              pending          -          0 OK',
    "104-0      Yes        local/pve2              2026-03-01_04:00:00              pending        2.5          3 command 'zfs' failed",
  ];
  assert.deepEqual(parsed(replicationStateQuery, `${head}${lines.join('\n')}\n`), [
    { job: '101-0', lastSyncS: Date.UTC(2026, 2, 1, 4) / 1000, failCount: 0, state: 'OK' },
    { job: '102-0', lastSyncS: 0, failCount: 0, state: 'OK' },
    { job: '104-0', lastSyncS: Date.UTC(2026, 2, 1, 4) / 1000, failCount: 3, state: "command 'zfs' failed" },
  ]);
});

test('the network that migrations go through is read where datacenter.cfg names one', () => {
  const of = (text: string) => read({ 'datacenter.cfg': text }).migrationNetwork;
  assert.deepEqual(
    [of('migration: secure,network=10.1.2.0/24'), of('migration: type=insecure,network=fd00:1::/64'), of('migration: secure')],
    ['10.1.2.0/24', 'fd00:1::/64', undefined],
  );
});

test('the servers of storages are read, by whatever name their type has for it; one that is switched off has none', () => {
  const { storageServers } = read({
    'storage.cfg': [
      'dir: local\n\tpath /var/lib/vz\n\tcontent iso',
      'nfs: nas\n\texport /tank\n\tpath /mnt/pve/nas\n\tserver 192.0.2.50\n\tcontent images',
      'pbs: vault\n\tdatastore tank\n\tserver pbs.home.arpa\n\tcontent backup\n\tusername root@pam',
      'iscsi: san\n\tportal 192.0.2.60:3260\n\ttarget iqn.2003-01.org\n\tcontent none',
      'iscsi: six\n\tportal [2001:db8::60]:3260\n\ttarget iqn.2003-01.org\n\tcontent none',
      'cifs: old\n\tdisable\n\tserver 192.0.2.70\n\tshare x',
    ].join('\n\n'),
  });
  assert.deepEqual(storageServers, { nas: '192.0.2.50', vault: 'pbs.home.arpa', san: '192.0.2.60', six: '2001:db8::60' });
});
