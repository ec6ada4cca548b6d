import assert from 'node:assert/strict';
import { test } from 'node:test';
import { known, unknown } from '../../../src/model/reading.ts';
import { baselineOf, startsGuests } from '../../../src/stages/pve/node-now.ts';
import { node, snapshot } from '../../builders.ts';

const cases: readonly [what: string, uptimeS: number, word: string | undefined, starts: boolean][] = [
  ['has just booted and starts them', 20, 'activating', true],
  ['has waited for quorum for an hour', 3600, 'activating', true],
  ['has just booted and has not come to it', 20, 'inactive', true],
  ['has just booted and says nothing of it', 20, undefined, true],
  ['has just booted and is through', 20, 'active', false],
  ['has just booted and could not', 20, 'failed', false],
  ['is up for long and through', 3600, 'active', false],
  ['is up for long and never starts any', 3600, 'inactive', false],
];
for (const [what, uptimeS, word, starts] of cases)
  test(`a node ${starts ? 'may' : 'must not be taken to'} start guests when it ${what}`, () => {
    assert.equal(startsGuests(uptimeS, { corosync: 'active', ...(word === undefined ? {} : { 'pve-guests': word }) }), starts);
  });

const up = ['docker0', 'eno1', 'tailscale0', 'vmbr0', 'vmbr0v100', 'wg0'];
const named: readonly [what: string, configured: Parameters<typeof withLinks>[0], missed: readonly string[]][] = [
  ['names some of them', known(['eno1', 'eno2', 'vmbr0', 'wg0']), ['eno1', 'vmbr0', 'wg0']],
  ['names none, as something else looks after them', known([]), up],
  ['cannot be read', unknown('grep failed'), up],
  ['was not asked for, in an older run', undefined, up],
];
function withLinks(configured: ReturnType<typeof known<readonly string[]>> | ReturnType<typeof unknown> | undefined) {
  return snapshot({
    nodes: [node('pve1', { facts: { links: known(up), ...(configured === undefined ? {} : { configuredLinks: configured }) } })],
  });
}
for (const [what, configured, missed] of named)
  test(`interfaces that are missed after a boot, where the configuration of the node ${what}`, () =>
    assert.deepEqual(baselineOf('pve1', withLinks(configured)).links, missed));
