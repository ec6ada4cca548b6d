/** No balancer moves guests while we do: neither ProxLB nor the HA manager's own. */
import { rebalances, withoutRebalance } from '../../model/crs.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { notKnown } from './scope.ts';

export const checkProxlb: Check = (context) => [...proxlbRuns(context), ...managerRebalances(context)];

/** From 9.2 on the HA manager may move its guests by itself at any time, onto a node that has just come back too (facts 4.9). */
function managerRebalances({ snapshot: { crs, ha }, config, scope }: CheckContext): readonly Said[] {
  if (crs === undefined || !rebalances(crs) || (ha.known && ha.value.kind === 'unused')) return [];
  const seen = `crs is ${crs} in datacenter.cfg`;
  const off = `pvesh set /cluster/options --crs ${withoutRebalance(crs)}`;
  const said = (severity: Said['severity'], what: string, next: string): readonly Said[] => [
    { severity, subject: 'cluster', what, seen, next },
  ];
  if (!config.deactivate_rebalance)
    return said(
      'blocker',
      'the HA manager rebalances by itself and would move guests at the same time',
      `let it be switched off for the time of the run with deactivate_rebalance: true, or do it yourself: ${off}; afterwards: pvesh set /cluster/options --crs ${crs}`,
    );
  if (scope.when === 'before-node')
    return said(
      'blocker',
      'the HA manager rebalances by itself again, although this run had switched that off',
      `find out who did it, then: ${off}`,
    );
  return said('info', 'rebalancing by the HA manager will be switched off for the time of the run', '');
}

const proxlbRuns: Check = ({ allHosts, config, scope }) =>
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
