/** Balancers that would move guests while we do: ProxLB's service on a node, and a setting of the HA manager. */
import { setCrs } from '../../../clients/crs.ts';
import { clusterConfigQuery } from '../../../clients/cluster-config.ts';
import { proxlbQuery, startProxlb, stopProxlb } from '../../../clients/proxlb.ts';
import { ask } from '../../../clients/query.ts';
import { rebalances, withoutRebalance } from '../../../model/crs.ts';
import type { Loan } from '../../../model/loan.ts';
import { loanReturnText } from '../../../model/loan.ts';
import type { BalancerOffStep, BalancerOnStep } from '../../../model/step.ts';
import { at, atOwn, type Context } from '../../../run/context.ts';
import type { Handler } from '../../../run/handler.ts';

export const balancerOff: Handler<BalancerOffStep> = {
  remember: () => Promise.resolve({}),
  run: async ({ node, balancer }, _remembered, context) => {
    if (balancer === 'ha-manager') return stopRebalancing(node, context);
    await context.record({ type: 'loan.taken', loan: { kind: 'proxlb', node } });
    await stopProxlb(at(context, node));
  },
  satisfied: async ({ node, balancer }, _remembered, context) => {
    if (balancer === 'ha-manager') {
      const crs = await crsNow(context);
      return rebalances(crs) ? { yes: false, seen: `crs is still ${crs ?? ''}` } : { yes: true };
    }
    return (await ask(at(context, node), proxlbQuery)) ? { yes: false, seen: `ProxLB still runs on ${node}` } : { yes: true };
  },
  pollMs: 1000,
  late: ({ node, balancer }, seen) => ({
    code: 'balancer.failed',
    reason:
      balancer === 'ha-manager'
        ? {
            what: 'the HA manager could not be kept from rebalancing by itself',
            seen,
            next: 'see whether /etc/pve can be written (pvecm status), then: proxroll resume',
          }
        : { what: `ProxLB on ${node} does not stop`, seen, next: `on ${node}: systemctl stop proxlb.service, then: proxroll resume` },
  }),
};

export const balancerOn: Handler<BalancerOnStep> = {
  remember: () => Promise.resolve({}),
  run: async ({ node, balancer }, _remembered, context) => {
    if (balancer !== 'ha-manager') return startProxlb(at(context, node));
    const loan = rebalanceLoan(context);
    // What somebody else has written meanwhile is theirs, and stays.
    if (loan !== undefined && (await crsNow(context)) === loan.during) await setCrs(atOwn(context), loan.crs);
  },
  satisfied: async ({ node, balancer }, _remembered, context) => {
    if (balancer === 'ha-manager') return rebalancesAgain(context);
    if (!(await ask(at(context, node), proxlbQuery))) return { yes: false, seen: `ProxLB does not run on ${node}` };
    await context.record({ type: 'loan.returned', loan: { kind: 'proxlb', node } });
    return { yes: true };
  },
  pollMs: 1000,
  late: ({ node, balancer }, seen) => ({
    code: 'balancer.failed',
    reason:
      balancer === 'ha-manager'
        ? {
            what: 'the setting that lets the HA manager rebalance could not be put back',
            seen,
            next: 'proxroll loans names the command that puts it back; then: proxroll resume',
          }
        : {
            what: `ProxLB on ${node} does not start again`,
            seen,
            next: `on ${node}: systemctl start proxlb.service, then: proxroll resume`,
          },
  }),
};

/** What stood there is in the journal before anything else is written; a new process that finds it keeps to that. */
async function stopRebalancing(node: string, context: Context): Promise<void> {
  const crs = await crsNow(context);
  if (crs === undefined || !rebalances(crs)) return;
  const loan = { kind: 'rebalance', node, crs, during: withoutRebalance(crs) } as const;
  await context.record({ type: 'loan.taken', loan });
  await setCrs(atOwn(context), loan.during);
}

async function rebalancesAgain(context: Context): Promise<{ readonly yes: true } | { readonly yes: false; readonly seen: string }> {
  const loan = rebalanceLoan(context);
  if (loan === undefined) return { yes: true };
  const crs = await crsNow(context);
  if (crs === loan.during) return { yes: false, seen: `crs is still ${crs}` };
  const changed = crs === loan.crs ? undefined : `somebody has changed crs to ${crs ?? 'nothing'} meanwhile, and it stays so`;
  if (changed !== undefined)
    await context.record({ type: 'warned', subject: 'cluster', what: changed, next: `as it was before the run: ${loanReturnText(loan)}` });
  await context.record({ type: 'loan.returned', loan, ...(changed === undefined ? {} : { detail: changed }) });
  return { yes: true };
}

function rebalanceLoan(context: Context): Extract<Loan, { kind: 'rebalance' }> | undefined {
  return context.state().loans.find((loan) => loan.kind === 'rebalance');
}

async function crsNow(context: Context): Promise<string | undefined> {
  return (await ask(atOwn(context), clusterConfigQuery)).crs;
}
