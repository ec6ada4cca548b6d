/** `pvecm status` and `pvecm nodes` (captures `pvecm-`, `q-`). */
import type { Process } from '../process.ts';
import { quorumText } from './corosync-quorumtool.ts';

export function pvecm(process: Process): number {
  const { world, node, argv } = process;
  const missing = "Error: Corosync config '/etc/pve/corosync.conf' does not exist - is this node part of a cluster?";
  if (!world.clustered) return process.fail(2, missing);
  const view = world.corosync.view(node);
  if (argv[1] === 'nodes') {
    process.out('', 'Membership information', '----------------------', '    Nodeid      Votes Name');
    for (const member of view?.members ?? [])
      process.out(`${`${member.id}`.padStart(10)} ${`${member.votes}`.padStart(10)} ${member.name}${member === node ? ' (local)' : ''}`);
    return 0;
  }
  if (argv[1] !== 'status') return process.fail(255, `ERROR: unknown command 'pvecm ${argv[1] ?? ''}'`);
  process.out(
    'Cluster information',
    '-------------------',
    `Name:             ${world.name}`,
    `Config Version:   ${world.nodes.length}`,
    'Transport:        knet',
    'Secure auth:      on',
    '',
  );
  if (view === undefined) return process.fail(1, 'Cannot initialize CMAP service');
  process.write(
    quorumText(
      world,
      node,
      view,
      (id) => `0x${id.toString(16).padStart(8, '0')}`,
      ({ address }) => address,
    ),
  );
  return view.quorate ? 0 : 2;
}
