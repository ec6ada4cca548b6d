import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Unparsable } from '../../src/clients/at.ts';
import { clusterResourcesQuery } from '../../src/clients/cluster-resources.ts';
import { haManagerStatusQuery } from '../../src/clients/ha-manager.ts';
import { membersQuery } from '../../src/clients/pmxcfs.ts';
import { clusterTasksQuery } from '../../src/clients/pvesh.ts';
import type { Query } from '../../src/clients/query.ts';
import { quorumQuery } from '../../src/clients/quorum.ts';
import { simulationQuery } from '../../src/clients/apt-simulation.ts';
import { recording } from '../recorded.ts';
import { assertUnparsable, parsed } from './said.ts';

/** Where nothing printed is an answer: no holds, no failed units, a whole dpkg. */
const mayBeSilent = new Set([
  'archivesQuery',
  ...[
    'auditQuery',
    'containersUpQuery',
    'failedUnitsQuery',
    'guestConfigsQuery',
    'holdsQuery',
    'installTimesQuery',
    'keptConffilesQuery',
    'staleProcessesQuery',
    'vmProcessesQuery',
    'kernelErrorsQuery',
    'nextEntryQuery',
    'ownUnitsQuery',
  ],
  ...['rebootMarkQuery', 'rebootPackagesQuery', 'repositoriesQuery'],
]);

/** Where any text is taken as it is, or where only the exit code counts. */
const mayBeAnything = new Set([
  'auditQuery',
  'failedUnitsQuery',
  'holdsQuery',
  'kernelErrorsQuery',
  'ownUnitsQuery',
  'rebootMarkQuery',
  'rebootPackagesQuery',
  'zpoolQuery',
]);

const folder = new URL('../../src/clients/', import.meta.url);
for (const file of readdirSync(folder).sort()) {
  const module = (await import(new URL(file, folder).href)) as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(module)) {
    if (!name.endsWith('Query') || typeof value !== 'object') continue;
    const query = value as Query<unknown>;
    const command = query.command.argv.join(' ');
    if (!mayBeSilent.has(name))
      test(`${name} does not take silence for an answer`, () => assertUnparsable(() => parsed(query, ''), { command, field: /./ }));
    if (!mayBeAnything.has(name))
      test(`${name} does not take a greeting for an answer`, () =>
        assertUnparsable(() => parsed(query, 'Welcome to pve2\nlast login: never\n'), { command, field: /./ }));
  }
}

/** Names are for people; a cut through the last of them changes nothing that is decided. */
const votesQuery: Query<unknown> = {
  command: quorumQuery.command,
  parse: (answer, host) => {
    const { members, ...status } = quorumQuery.parse(answer, host);
    return { ...status, votes: members.map(({ nodeId, votes }) => [nodeId, votes]) };
  },
};

const cut: readonly (readonly [query: Query<unknown>, version: string, name: string])[] = [
  [membersQuery, 'pve-9.2', 'cat-members'],
  [clusterResourcesQuery, 'pve-9.2', 'stale-10s-resources'],
  [clusterTasksQuery, 'pve-9.2', 'midmig-cluster-tasks'],
  [haManagerStatusQuery, 'pve-9.2', 'ha-maint-t30-manager_status'],
  [votesQuery, 'pve-9.2', 'corosync-quorumtool-s-3nodes'],
  [simulationQuery, 'debian-12', 'apt-get-s-dist-upgrade-whole'],
];
for (const [query, version, name] of cut)
  test(`${name}, cut short wherever, is refused and never read as less`, () => {
    const whole = recording(version, name).stdout.trimEnd();
    const expected = query.parse({ exitCode: 0, stdout: whole, stderr: '', tookMs: 0 }, 'pve2');
    // Every place would take long for the large ones; these are enough to hit every line and most fields.
    for (let end = 0; end < whole.length; end += Math.max(1, Math.floor(whole.length / 300))) {
      let read: unknown;
      try {
        read = parsed(query, whole.slice(0, end));
      } catch (error) {
        assert.ok(error instanceof Unparsable, String(error));
        continue;
      }
      assert.deepEqual(read, expected, `read something else when cut at ${end}`);
    }
  });
