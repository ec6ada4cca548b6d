import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { holdsQuery, repositoriesQuery } from '../../src/clients/apt.ts';
import { fetchBytesQuery, simulationQuery } from '../../src/clients/apt-simulation.ts';
import { CommandFailed, reads } from '../../src/clients/at.ts';
import { clusterResourcesQuery } from '../../src/clients/cluster-resources.ts';
import { auditQuery } from '../../src/clients/dpkg.ts';
import { parseJson } from '../../src/clients/foreign-json.ts';
import { parseGuestConfig } from '../../src/clients/guest-config.ts';
import { haManagerStatusQuery, haResourcesQuery } from '../../src/clients/ha-manager.ts';
import * as host from '../../src/clients/host.ts';
import { corosyncLinksQuery, linksQuery } from '../../src/clients/network.ts';
import { containersUpQuery, pctStatusQuery } from '../../src/clients/pct.ts';
import { membersQuery } from '../../src/clients/pmxcfs.ts';
import { clusterTasksQuery, configNodesQuery, storageConfigQuery } from '../../src/clients/pvesh.ts';
import { preconditionsQuery } from '../../src/clients/preconditions.ts';
import { pveVersionQuery } from '../../src/clients/pveversion.ts';
import { qmStatusQuery } from '../../src/clients/qm.ts';
import type { Query } from '../../src/clients/query.ts';
import { textQuery } from '../../src/clients/query.ts';
import { quorumQuery } from '../../src/clients/quorum.ts';
import type { Argv } from '../../src/ports/shell.ts';
import type { Recording } from '../recorded.ts';
import { answerOf, recordings } from '../recorded.ts';

const guestConfig = (kind: 'qemu' | 'lxc') => textQuery(membersQuery.command, (text) => parseGuestConfig(kind, text.split('\n')));
const accepted = textQuery(membersQuery.command, (text) => text);

/** Which of our queries reads a command, also in forms of it that print the same but that we do not ask. */
const readers: readonly (readonly [command: RegExp, query: Query<unknown>])[] = [
  [/^cat \/etc\/pve\/\.members$/, membersQuery],
  [/^(corosync-quorumtool( -s)?|pvecm status)$/, quorumQuery],
  [/^pvesh get \/cluster\/resources /, clusterResourcesQuery],
  [/^pvesh get \/cluster\/config\/nodes /, configNodesQuery],
  [/^pvesh get \/cluster\/ha\/status\/manager_status /, haManagerStatusQuery],
  [/^pvesh get \/cluster\/ha\/resources /, haResourcesQuery],
  [/^pvesh get \/cluster\/tasks /, clusterTasksQuery],
  [/^pvesh get \/storage /, storageConfigQuery],
  [/^pvesh get \/nodes\/\S+\/qemu\/\d+\/migrate /, preconditionsQuery('pve1', 'qemu', 100)],
  [/^pvesh get \/nodes\/\S+\/lxc\/\d+\/migrate /, preconditionsQuery('pve1', 'lxc', 200)],
  [/^qm status \d+/, qmStatusQuery(100)],
  [/^pct status \d+/, pctStatusQuery(200)],
  [/^pct list$/, containersUpQuery],
  [/^qm config \d+$/, guestConfig('qemu')],
  [/^pct config \d+$/, guestConfig('lxc')],
  [/^pveversion$/, pveVersionQuery],
  [/^ha-manager crm-command node-maintenance /, accepted],
  [/^apt-get -s dist-upgrade$/, simulationQuery],
  [/^apt-get --print-uris /, fetchBytesQuery],
  [/^apt-get indextargets /, repositoriesQuery],
  [/^apt-mark showhold$/, holdsQuery],
  [/^dpkg --audit$/, auditQuery],
  [/^df /, host.fileSystemsQuery],
  [/^cat \/proc\/meminfo$/, host.memoryQuery],
  [/^cat \/etc\/os-release$/, host.codenameQuery],
  [/^cat \/proc\/uptime$/, host.uptimeQuery],
  [/^date /, host.clockQuery],
  [/^stat -c %s \/etc\/subscription$/, host.subscribedQuery],
  [/^cat \/run\/reboot-required\.pkgs$/, host.rebootPackagesQuery],
  [/^ip .*link show$/, linksQuery],
  [/^corosync-cfgtool -s$/, corosyncLinksQuery],
  [/^cat \/etc\/pve\/corosync\.conf$/, accepted],
  [/^head -v /, host.holdQuery(['/etc/proxroll/hold'])],
];

/** Answers that are failures and must be read as such. */
const failures = new Set([
  'corostop-pve2-own-pvecm-status.txt',
  'corostop-pve2-own-quorumtool.txt',
  'ha-maint-unknown-node.txt',
  'pct-config-unknown.txt',
  'pmxcfsdown-pvesh-cluster-resources.txt',
  'q-noquorum-ha-crm-maint.txt',
  'qm-config-unknown.txt',
]);

function readerOf(recording: Recording): Query<unknown> {
  const found = readers.find(([command]) => command.test(recording.command));
  assert.ok(found, `no client reads ${recording.command}`);
  return found[1];
}

for (const version of ['pve-9.2', 'debian-12'])
  for (const recording of recordings(version)) {
    const query = readerOf(recording);
    // Where there is no cluster, quorum is not asked; the recording shows what would be said.
    if (failures.has(recording.name) || recording.name === 'pvecm-status-no-cluster.txt')
      test(`${version}/${recording.name} is a failure that names node and exit code`, () =>
        assert.throws(
          () => query.parse(answerOf(recording), recording.node),
          (error: unknown) =>
            error instanceof Error && error.message.includes(recording.node) && (error instanceof CommandFailed || recording.stdout === ''),
        ));
    else
      test(`${version}/${recording.name} can be read`, () => assert.notEqual(query.parse(answerOf(recording), recording.node), undefined));
  }

/** What no client asks, or asks only for its exit code: the rest of what was recorded. */
for (const recording of recordings('pve-9.2-unread')) {
  const { name, command, node, exitCode, stdout, stderr } = recording;
  const json = / --output-format json$/.test(command) && /^[[{"]/.test(stdout);
  const query = textQuery(reads(1_000, ...(command.split(' ') as unknown as Argv)), (text, source) =>
    json ? parseJson(z.unknown(), text, source) : text,
  );
  if (exitCode === 0)
    test(`pve-9.2-unread/${name} is an answer${json ? ' in JSON' : ''}`, () =>
      assert.notEqual(query.parse(answerOf(recording), node), undefined));
  else
    test(`pve-9.2-unread/${name} is a failure that names node and exit code, and says why in the command's own words`, () =>
      assert.throws(
        () => query.parse(answerOf(recording), node),
        ({ message }: Error) =>
          message.startsWith(`${node}: `) &&
          message.includes(`exit code ${exitCode}`) &&
          message.endsWith((stderr.trim() === '' ? stdout : stderr).trim().split('\n').at(-1) ?? ''),
      ));
}
