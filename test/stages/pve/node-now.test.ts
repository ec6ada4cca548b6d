import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startsGuests } from '../../../src/stages/pve/node-now.ts';

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
