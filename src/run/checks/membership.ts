/** Every configured node is a member, also the excluded ones: a node that is missing already is the failure the cluster can afford. */
import type { Check } from './scope.ts';

export const checkOnline: Check = ({ snapshot }) =>
  snapshot.nodes
    // A node that has not heard of its cluster knows nothing of the others.
    .filter((node) => !node.online && !(snapshot.membership.kind === 'cluster' && snapshot.membership.unheard !== undefined))
    .map((node) => ({
      severity: 'blocker',
      subject: node.name,
      what: `${node.name} is offline`,
      seen: 'corosync on this node does not see it as a member',
      next: `start ${node.name} and wait until it is back; only when it is gone for good and never comes up again: pvecm delnode ${node.name}`,
    }));
