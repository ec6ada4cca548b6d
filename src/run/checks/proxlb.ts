/** ProxLB does not move guests while we do. */
import type { Check, CheckContext, Said } from './scope.ts';
import { notKnown } from './scope.ts';

export const checkProxlb: Check = (context) => [...proxlbRuns(context), ...managerRebalances(context)];

/** From 9.2 on the HA manager may move its guests by itself at any time, onto a node that has just come back too (facts 4.9). */
function managerRebalances({ snapshot: { crs, ha } }: CheckContext): readonly Said[] {
  if (crs === undefined || !/(^|,)ha-auto-rebalance=(1|yes|on|true)(,|$)/.test(crs) || (ha.known && ha.value.kind === 'unused')) return [];
  const without = crs.split(',').filter((word) => !word.startsWith('ha-auto-rebalance'));
  return [
    {
      severity: 'blocker',
      subject: 'cluster',
      what: 'the HA manager rebalances by itself and would move guests at the same time',
      seen: `crs is ${crs} in datacenter.cfg`,
      next: `for the time of the run: pvesh set /cluster/options ${without.length === 0 ? '--delete crs' : `--crs ${without.join(',')}`}; afterwards: pvesh set /cluster/options --crs ${crs}`,
    },
  ];
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
