/** ProxLB does not move guests while we do. */
import type { Check } from './scope.ts';
import { notKnown } from './scope.ts';

export const checkProxlb: Check = ({ allHosts, config, scope }) =>
  allHosts.flatMap(({ node, facts: { proxlb } }) => {
    if (!proxlb.known) return [notKnown(node, `it is unknown whether ProxLB runs on ${node}`, proxlb.why)];
    if (!proxlb.value) return [];
    const seen = 'proxlb.service is active';
    if (!config.deactivate_proxlb)
      return [
        {
          severity: 'blocker',
          subject: node,
          what: `ProxLB runs on ${node} and would move guests at the same time`,
          seen,
          next: 'let it be stopped for the time of the run with deactivate_proxlb: true, or stop it yourself',
        },
      ];
    if (scope.when === 'before-node')
      return [
        {
          severity: 'blocker',
          subject: node,
          what: `ProxLB runs on ${node} again, although this run stopped it`,
          seen,
          next: `find out who started it, then on ${node}: systemctl stop proxlb.service`,
        },
      ];
    return [{ severity: 'info', subject: node, what: `ProxLB on ${node} will be stopped for the time of the run`, seen, next: '' }];
  });
