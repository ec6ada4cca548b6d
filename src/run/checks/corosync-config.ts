/**
 * Every node starts corosync from the configuration that the cluster has (facts 2.2). One that does not runs on with the old one for
 * months, and is refused by the others after its next boot.
 */
import type { CorosyncConfigFacts } from '../../model/node.ts';
import type { Check, Said } from './scope.ts';
import { notKnown } from './scope.ts';

const shared = '/etc/pve/corosync.conf';
const local = '/etc/corosync/corosync.conf';

export const checkCorosyncConfig: Check = ({ snapshot, allHosts }) => {
  if (snapshot.membership.kind === 'lone') return [];
  const ofOwn = allHosts.find(({ node }) => node === snapshot.ownNode)?.facts.corosyncConfig;
  const version = ofOwn?.known === true ? ofOwn.value.cluster?.version : undefined;
  return allHosts.flatMap(({ node, facts: { corosyncConfig: config } }) => {
    if (config === undefined) return [];
    if (!config.known) return [notKnown(node, `it is unknown which configuration corosync on ${node} starts from`, config.why)];
    return apart(node, config.value, snapshot.ownNode, version);
  });
};

function apart(node: string, config: CorosyncConfigFacts, ownNode: string, version: number | undefined): readonly Said[] {
  const { cluster, local: copy } = config;
  const compare = `on ${node}: diff ${shared} ${local}`;
  if (cluster !== undefined && version !== undefined && cluster.version !== version)
    return [
      {
        severity: 'blocker',
        subject: node,
        what: `the cluster file system of ${node} is not that of ${ownNode}`,
        seen: `${shared} has config_version ${cluster.version} on ${node}, and ${version} on ${ownNode}`,
        next: `on ${node}: systemctl status pve-cluster corosync; journalctl -u pve-cluster`,
      },
    ];
  const wanted = cluster?.version ?? version;
  if (wanted === undefined || copy?.version === wanted) return [];
  return [
    {
      severity: 'blocker',
      subject: node,
      what: `${node} would not find the cluster after its next boot`,
      seen: `${local} there ${copy === undefined ? 'is missing' : `has config_version ${copy.version}`}, and ${shared} has ${wanted}`,
      next: `${compare}; when ${shared} is the right one: cp ${shared} ${local}, then corosync-cfgtool -R`,
    },
  ];
}
