/** Steps of several nodes side by side, before the first node's turn and after the last one's. */
import type { Config } from '../config/schema.ts';
import type { SharedWave } from '../model/event.ts';
import { rebalances } from '../model/crs.ts';
import { counted } from '../model/count.ts';
import type { Loan } from '../model/loan.ts';
import { isEmptySet } from '../model/packages.ts';
import type { Track } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { stepId, type Step } from '../model/step.ts';
import { reasonToLeave } from '../stages/pve/plan.ts';
import { pveHandlers } from '../stages/pve/steps/index.ts';
import type { Context } from './context.ts';
import { executeStep } from './execute.ts';

/**
 * Plans the wave if the journal has none yet, then carries it out. All of its steps are heard before the first pause is raised.
 * @param anew plans it once more, whatever the journal has
 */
export async function runWave(name: SharedWave, plan: () => readonly Step[], context: Context, anew = false): Promise<void> {
  let steps = anew ? undefined : context.state().waves.find((planned) => planned.wave === name)?.steps;
  if (steps === undefined) {
    steps = plan();
    if (steps.length === 0) return;
    await context.record({ type: 'steps.planned', wave: name, steps });
  }
  const results = await Promise.allSettled(steps.map((step) => executeStep(step, pveHandlers, context)));
  const failed = results.find((result): result is PromiseRejectedResult => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

export function refreshSteps(snapshot: Snapshot, config: Config, only: readonly string[]): readonly Step[] {
  if (config.upgrade === 'none') return [];
  return snapshot.nodes
    .filter((node) => reasonToLeave(node, config, only) === undefined)
    .map(({ name }) => ({
      id: stepId(name, 'refresh'),
      kind: 'refresh',
      node: name,
      why: 'what is pending is only known from fresh lists',
    }));
}

export function fetchSteps(tracks: readonly Track[]): readonly Step[] {
  return tracks
    .filter((track) => !isEmptySet(track.set))
    .map(({ node, set }) => ({
      id: stepId(node, 'fetch'),
      kind: 'fetch',
      node,
      why: `${counted(set.changes.length, 'package')}, before any node is touched`,
      ...(set.chosen === undefined ? {} : { chosen: set.chosen }),
    }));
}

export function balancerOffSteps(snapshot: Snapshot, config: Config): readonly Step[] {
  const proxlb = snapshot.nodes.filter((node) => node.host.answered && node.host.facts.proxlb.known && node.host.facts.proxlb.value);
  const managed = snapshot.ha.known && snapshot.ha.value.kind === 'used' && rebalances(snapshot.crs);
  return [
    ...(config.deactivate_proxlb ? proxlb : []).map(({ name }): Step => {
      return { id: stepId(name, 'balancer-off'), kind: 'balancer-off', node: name, why: 'ProxLB would move guests at the same time' };
    }),
    ...(config.deactivate_rebalance && managed ? [rebalanceOff(snapshot.ownNode)] : []),
  ];
}

function rebalanceOff(node: string): Step {
  return {
    id: 'pve/cluster/balancer-off',
    kind: 'balancer-off',
    balancer: 'ha-manager',
    node,
    why: 'the HA manager would move guests at the same time',
  };
}

export function balancerOnSteps(loans: readonly Loan[]): readonly Step[] {
  const why = 'return what we borrowed';
  return loans.flatMap((loan): readonly Step[] => {
    if (loan.kind === 'proxlb') return [{ id: stepId(loan.node, 'balancer-on'), kind: 'balancer-on', node: loan.node, why }];
    if (loan.kind !== 'rebalance') return [];
    return [{ id: 'pve/cluster/balancer-on', kind: 'balancer-on', balancer: 'ha-manager', node: loan.node, why }];
  });
}
