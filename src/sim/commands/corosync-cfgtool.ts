/** `corosync-cfgtool -s`: the links to every member (capture `corosync-cfgtool-s`). */
import type { Process } from '../process.ts';

export function corosyncCfgtool(process: Process): number {
  const { world, node } = process;
  const view = world.corosync.view(node);
  if (view === undefined) return process.fail(1, 'Could not initialize corosync configuration API error 2');
  process.out(`Local node ID ${node.id}, transport knet`);
  for (let link = 0; link < node.corosyncLinks; link++) {
    process.out(`LINK ID ${link} udp`, `\taddr\t= ${node.address}`, '\tstatus:');
    for (const other of world.nodes) {
      const reached = view.members.includes(other) && !node.deadCorosyncLinks.has(link) && !other.deadCorosyncLinks.has(link);
      const state = other === node ? 'localhost' : reached ? 'connected' : 'disconnected';
      process.out(`\t\tnodeid:${`${other.id}`.padStart(11)}:\t${state}`);
    }
  }
  return 0;
}
