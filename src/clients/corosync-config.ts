/**
 * corosync's configuration as it lies on a node: the cluster's file below `/etc/pve`, and the copy that corosync starts from (facts 2.2).
 * A node without a cluster has neither.
 */
import type { CorosyncConfigFacts, CorosyncFile } from '../model/node.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { answerQuery, complaintsOf, unparsable } from './query.ts';

const shared = '/etc/pve/corosync.conf';
const local = '/etc/corosync/corosync.conf';

/** Without `-s`, so that a file that is not there can be told from one that cannot be read. @throws CommandFailed, Unparsable */
export const corosyncConfigQuery: Query<CorosyncConfigFacts> = answerQuery(
  reads(deadlines.file, 'grep', '-H', '.', shared, local),
  (answer, source, fail) => {
    const complaints = complaintsOf(answer, 'grep');
    const unread = complaints.filter((line) => !line.includes('No such file or directory'));
    if (answer.exitCode > 2 || unread.length > 0 || (answer.exitCode === 2 && complaints.length === 0)) throw fail();
    const fileAt = (path: string): CorosyncFile | undefined => {
      if (complaints.some((line) => line.includes(`${path}:`))) return undefined;
      const lines = answer.stdout.split('\n').flatMap((line) => (line.startsWith(`${path}:`) ? [line.slice(path.length + 1)] : []));
      return fileIn(lines.filter((line) => !line.trimStart().startsWith('#')).join('\n'), () => unparsable(source, path, lines.join('\n')));
    };
    const [cluster, own] = [fileAt(shared), fileAt(local)];
    return { ...(cluster === undefined ? {} : { cluster }), ...(own === undefined ? {} : { local: own }) };
  },
);

function fileIn(text: string, broken: () => Error): CorosyncFile {
  const version = valueIn(text, 'config_version');
  if (version === undefined || !/^\d+$/.test(version)) throw broken();
  const nodes = [...text.matchAll(/(?:^|\n)\s*node\s*\{([^}]*)\}/g)].map(([, body = '']) => {
    // Proxmox VE takes the address where a hand-written list has no names.
    const [name, id] = [valueIn(body, 'name') ?? valueIn(body, 'ring0_addr'), valueIn(body, 'nodeid')];
    if (name === undefined || id === undefined || !/^\d+$/.test(id)) throw broken();
    return { name, nodeId: Number(id) };
  });
  const clusterName = valueIn(text, 'cluster_name') ?? '';
  return { version: Number(version), clusterName, nodes: nodes.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function valueIn(text: string, key: string): string | undefined {
  return new RegExp(`(?:^|\\n)\\s*${key}:[ \\t]*(\\S+)`).exec(text)?.[1];
}
