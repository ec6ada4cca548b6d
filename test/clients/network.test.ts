import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesQuery, configuredLinksQuery, corosyncLinksQuery, linksQuery } from '../../src/clients/network.ts';
import { kernelErrorsQuery } from '../../src/clients/kernel-log.ts';
import { pmxcfsWritableQuery } from '../../src/clients/pmxcfs.ts';
import { answerOf, recording } from '../recorded.ts';
import { assertUnparsable, parsed } from './said.ts';

test('an interface is up with its carrier, a bridge without one, and what is not up or belongs to guests is left out', () =>
  assert.deepEqual(linksQuery.parse(answerOf(recording('debian-12', 'ip-details-json-link-show')), 'pve1'), ['eth0', 'peer0', 'vmbr0']));

const row = (ifname: string, flags: readonly string[], kind?: string) => ({
  ifname,
  flags,
  ...(kind === undefined ? {} : { linkinfo: { info_kind: kind } }),
});
const interfaces: readonly (readonly [obligation: string, row: object, names: readonly string[]])[] = [
  ['a network card without a cable is not up', row('eno2', ['NO-CARRIER', 'UP']), []],
  ['a bond without a carrier is not up', row('bond0', ['NO-CARRIER', 'UP'], 'bond'), []],
  ['a VLAN on a bridge without guests is up', row('vmbr0.20', ['UP'], 'vlan'), ['vmbr0.20']],
  ['a bridge that was set down is not up', row('vmbr9', ['BROADCAST'], 'bridge'), []],
  ["the tap of a guest is nobody's network", row('tap101i0', ['UP', 'LOWER_UP'], 'tun'), []],
  ["the bridge of a firewall is nobody's network", row('fwbr101i0', ['UP', 'LOWER_UP'], 'bridge'), []],
  ['the end of a Docker container, named anew with every start, is left out', row('vethd7a4c1e', ['UP', 'LOWER_UP'], 'veth'), []],
  ['the bridge of a Docker network, named anew when it is made again, is left out', row('br-0f3c9a7be21d', ['UP'], 'bridge'), []],
  ['a bridge that a person named br-lan is up', row('br-lan', ['UP'], 'bridge'), ['br-lan']],
];
for (const [obligation, one, names] of interfaces)
  test(obligation, () => assert.deepEqual(parsed(linksQuery, JSON.stringify([one])), names));

test('an answer that is no list of interfaces is refused', () =>
  assertUnparsable(() => parsed(linksQuery, '{}'), { command: 'ip -details -json link show', field: /JSON/ }));

test('interfaces that the node brings up are told, with the ports of its bridges and bonds', () => {
  const told = [
    'auto lo',
    'iface lo inet loopback',
    'iface eno1 inet manual',
    'auto bond0',
    'iface bond0 inet manual',
    '\tbond-slaves eno2 eno3',
    'auto vmbr0 vmbr1',
    'iface vmbr0 inet static',
    '        bridge-ports eno1',
    'iface vmbr1 inet manual',
    '\tbridge_ports none',
    'allow-hotplug enx00e04c680001',
    'auto vnet1',
  ];
  const names = ['bond0', 'eno1', 'eno2', 'eno3', 'enx00e04c680001', 'vmbr0', 'vmbr1', 'vnet1'];
  assert.deepEqual(parsed(configuredLinksQuery, `${told.join('\n')}\n`), names);
  assert.deepEqual(parsed(configuredLinksQuery, '', { exitCode: 2 }), []);
});

test('the connected links of corosync are told by link and node', () => {
  assert.deepEqual(corosyncLinksQuery.parse(answerOf(recording('pve-9.2', 'corosync-cfgtool-s')), 'pve1'), [
    'link 0 to node 2',
    'link 0 to node 3',
  ]);
  const two =
    'Local node ID 1, transport knet\nLINK ID 0 udp\n\tstatus:\n\t\tnodeid:          2:\tconnected\nLINK ID 1 udp\n\tstatus:\n\t\tnodeid:          2:\tdisconnected\n';
  assert.deepEqual(parsed(corosyncLinksQuery, two), ['link 0 to node 2']);
  assertUnparsable(() => parsed(corosyncLinksQuery, ''), { command: 'corosync-cfgtool -s', field: /local node/ });
});

test('an error of the kernel that differs by numbers only is the same one', () =>
  assert.deepEqual(
    parsed(
      kernelErrorsQuery,
      'nvme nvme0: I/O tag 12 (100c) QID 3 timeout\nnvme nvme0: I/O tag 400 (190a) QID 7 timeout\nACPI Error: AE_NOT_FOUND\n',
    ),
    ['nvme nvme0: I/O tag # (#) QID # timeout', 'ACPI Error: AE_NOT_FOUND'],
  ));

const modes: readonly (readonly [stdout: string, state: string])[] = [
  ['lrwxr-xr-x\n', 'writable'],
  ['lr-xr-xr-x\n', 'read-only'],
  ['drwxr-xr-x\n', 'not-mounted'],
];
for (const [stdout, state] of modes)
  test(`/etc/pve with ${stdout.trim()} on its link is ${state}`, () => assert.equal(parsed(pmxcfsWritableQuery, stdout), state));
test('without the link /etc/pve is not mounted', () => {
  const answer = { exitCode: 1, stdout: '', stderr: "stat: cannot statx '/etc/pve/local': No such file or directory\n", tookMs: 1 };
  assert.equal(pmxcfsWritableQuery.parse(answer, 'pve1'), 'not-mounted');
});

test('addresses are those of interfaces that are up, of either family', () => {
  const rows = [
    { ifname: 'lo', flags: ['LOOPBACK', 'UP'], addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
    { ifname: 'vmbr1', flags: ['BROADCAST', 'UP'], addr_info: [{ local: '10.9.9.1' }, { local: 'fd00:9::1' }] },
    { ifname: 'eno2', flags: ['BROADCAST'], addr_info: [{ local: '10.9.9.7' }] },
    { ifname: 'tap101i0', flags: ['UP'] },
  ];
  assert.deepEqual(parsed(addressesQuery, JSON.stringify(rows)), ['127.0.0.1', '10.9.9.1', 'fd00:9::1']);
});
