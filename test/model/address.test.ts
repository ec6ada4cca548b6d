import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesIn } from '../../src/model/address.ts';

const all = ['127.0.0.1', '10.1.2.3', '10.1.3.3', 'fd00:1::5', 'fe80::1'];
const cases: readonly (readonly [string, string, readonly string[] | undefined])[] = [
  ['those of the network are found', '10.1.2.0/24', ['10.1.2.3']],
  ['the length counts', '10.1.0.0/16', ['10.1.2.3', '10.1.3.3']],
  ['the host part of the network does not matter', '10.1.2.77/24', ['10.1.2.3']],
  ['none is found where there is none', '192.0.2.0/24', []],
  ['IPv6 is told apart', 'fd00:1::/64', ['fd00:1::5']],
  ['what is no network says nothing', '10.1.2.0', undefined],
  ['nor does one that is too long', '10.1.2.0/33', undefined],
];
for (const [obligation, network, found] of cases)
  test(`addresses of a network: ${obligation}`, () => assert.deepEqual(addressesIn(network, all), found));
