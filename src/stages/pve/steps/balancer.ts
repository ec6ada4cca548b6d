import { proxlbQuery, startProxlb, stopProxlb } from '../../../clients/proxlb.ts';
import { ask } from '../../../clients/query.ts';
import type { BalancerOffStep, BalancerOnStep } from '../../../model/step.ts';
import { at } from '../../../run/context.ts';
import type { Handler } from '../../../run/handler.ts';

export const balancerOff: Handler<BalancerOffStep> = {
  remember: () => Promise.resolve({}),
  run: async ({ node }, _remembered, context) => {
    await context.record({ type: 'loan.taken', loan: { kind: 'proxlb', node } });
    await stopProxlb(at(context, node));
  },
  satisfied: async ({ node }, _remembered, context) =>
    (await ask(at(context, node), proxlbQuery)) ? { yes: false, seen: `ProxLB still runs on ${node}` } : { yes: true },
  pollMs: 1000,
  late: ({ node }, seen) => ({
    code: 'balancer.failed',
    reason: { what: `ProxLB on ${node} does not stop`, seen, next: `on ${node}: systemctl stop proxlb.service, then: proxroll resume` },
  }),
};

export const balancerOn: Handler<BalancerOnStep> = {
  remember: () => Promise.resolve({}),
  run: ({ node }, _remembered, context) => startProxlb(at(context, node)),
  satisfied: async ({ node }, _remembered, context) => {
    if (!(await ask(at(context, node), proxlbQuery))) return { yes: false, seen: `ProxLB does not run on ${node}` };
    await context.record({ type: 'loan.returned', loan: { kind: 'proxlb', node } });
    return { yes: true };
  },
  pollMs: 1000,
  late: ({ node }, seen) => ({
    code: 'balancer.failed',
    reason: {
      what: `ProxLB on ${node} does not start again`,
      seen,
      next: `on ${node}: systemctl start proxlb.service, then: proxroll resume`,
    },
  }),
};
