/** A person put a file on the node that says: leave this machine alone. It is left out of the run, and that is said. */
import { ownHoldPath } from '../../model/hold.ts';
import type { Check } from './scope.ts';
import { notKnown } from './scope.ts';

export const checkHolds: Check = ({ allHosts, config, scope }) =>
  allHosts.flatMap(({ node, facts: { hold } }) => {
    if (config.excluded_nodes.includes(node) || (scope.when === 'before-node' && scope.node !== node)) return [];
    if (!hold.known) return [notKnown(node, `it is unknown whether ${node} is on hold`, hold.why)];
    if (hold.value === 'none') return [];
    const text = hold.value.text.trim();
    return [
      {
        severity: 'warning',
        subject: node,
        what: `${node} is on hold: it is not patched and takes no guests`,
        seen: `${hold.value.path}${text === '' ? ' is there' : ` says: ${text.replaceAll('\n', ', ')}`}`,
        next: `when it may be touched again: ${hold.value.path === ownHoldPath ? `proxroll unhold ${node}` : `on ${node}: rm ${hold.value.path}`}`,
      },
    ];
  });
