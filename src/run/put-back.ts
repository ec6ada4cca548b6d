/** Returning what is borrowed outside of a node's turn: at a pause what can go back safely, at an abandon everything. */
import type { Loan } from '../model/loan.ts';
import { loanReturnText, loanText } from '../model/loan.ts';
import { Pause, type PauseCode } from '../model/pause.ts';
import type { Step, StepKind } from '../model/step.ts';
import { pveHandlers } from '../stages/pve/steps/index.ts';
import { ask } from '../clients/query.ts';
import { forgetUnit, ownUnitsQuery, stopUnit, unitStateQuery } from '../clients/systemd.ts';
import { at, type Context } from './context.ts';
import { forgetWish } from './control.ts';
import { executeStep } from './execute.ts';
import { isPassing } from './passing.ts';
import { unmarkUnfinished } from './runs.ts';
import type { RunState } from './state.ts';
import { StopAsked } from './stop.ts';

/**
 * What a pause gives back at once. Balancers and guards always. A node's HA maintenance and noout only while its packages have not
 * begun to change: later they protect a node that is half patched or away, and stay until it is whole. Guests stay where they
 * run; moving them again helps nobody before a person has decided.
 */
function loansToPutBackAtPause({ loans, steps, nodesDone }: RunState): readonly Loan[] {
  const changing = new Set(
    [...steps.values()].flatMap(({ step, status }) => (changes.includes(step.kind) && status !== 'waiting' ? [step.node] : [])),
  );
  for (const { node } of nodesDone) changing.delete(node);
  return loans.filter(
    (loan) =>
      isBalancer(loan) || loan.kind === 'guard' || ((loan.kind === 'ha-maintenance' || loan.kind === 'noout') && !changing.has(loan.node)),
  );
}

/** Nobody's node has it: it is stopped before the first and comes back after the last. */
function isBalancer({ kind }: Loan): boolean {
  return kind === 'proxlb' || kind === 'rebalance';
}

/** Steps after which a node is not what it was. */
const changes: readonly StepKind[] = ['upgrade', 'protect', 'reboot'];

/**
 * Puts back and journals; what cannot be put back is said, and never hides why the run paused. Whoever asked for the pause keeps what is
 * borrowed, but nobody is left waiting for a node that does not go away: its guards would raise an alarm and take our flags away.
 */
export async function putBackAtPause(code: PauseCode, context: Context): Promise<void> {
  const loans = loansToPutBackAtPause(context.state());
  await putBack(code === 'asked' ? loans.filter(({ kind }) => kind === 'guard') : loans, context);
}

/** At the end of a run: what could not be returned in its node's turn is tried once more, now that all nodes are whole. @throws Pause, StopAsked */
export async function putBackLeft(context: Context): Promise<void> {
  const steps = stepsFor(context.state().loans.filter((loan) => !isBalancer(loan)));
  if (steps.length === 0) return;
  await context.record({ type: 'steps.planned', wave: 'put-back', steps });
  for (const step of steps) await executeStep(step, pveHandlers, context);
}

/** Puts back everything that was borrowed for one node; what cannot be put back is said and stays on loan. */
export async function putBackNode(node: string, context: Context): Promise<void> {
  const its = (loan: Loan) => ('node' in loan ? loan.node : loan.home) === node && !isBalancer(loan);
  await putBack(context.state().loans.filter(its), context);
}

/** Gives back what can be given back and closes the run; its last entry names what is still borrowed and how a person returns it. */
export async function closeRun(context: Context): Promise<void> {
  const left = await putBackAll(context);
  await dropOwnUnits(context);
  await context.record({
    type: 'run.abandoned',
    outstanding: left.map((loan) => `${loanText(loan)} (return it with: ${loanReturnText(loan)})`),
  });
  await forgetWish(context.site.ports.store);
  await unmarkUnfinished(context.site.ports.store);
}

/** Transient units of this run that have ended would stand in the next run's way; those still at work are left to finish. */
async function dropOwnUnits(context: Context): Promise<void> {
  const { run } = context.state();
  for (const node of context.seen().nodes.filter((candidate) => candidate.host.answered)) {
    try {
      const on = at(context, node.name);
      for (const unit of (await ask(on, ownUnitsQuery)).filter((name) => name.includes(run))) {
        const { kind } = await ask(on, unitStateQuery(unit));
        if (kind === 'succeeded') await stopUnit(on, unit);
        if (kind === 'failed') await forgetUnit(on, unit);
      }
    } catch (error) {
      if (!isPassing(error)) throw error;
      await context.record({
        type: 'warned',
        subject: node.name,
        what: `units of this run may be left on ${node.name}: ${error.message}`,
        next: `on ${node.name}: systemctl stop 'proxroll-*${run}*'`,
      });
    }
  }
}

/** Returns every loan it can. @returns what is still borrowed */
async function putBackAll(context: Context): Promise<readonly Loan[]> {
  await putBack(context.state().loans, context);
  return context.state().loans;
}

async function putBack(loans: readonly Loan[], outer: Context): Promise<void> {
  // Whoever asked the run to pause or stop wants this done.
  const context: Context = { ...outer, wish: () => Promise.resolve('nothing') };
  const steps = stepsFor(loans);
  if (steps.length === 0) return;
  await context.record({ type: 'steps.planned', wave: 'put-back', steps });
  for (const step of steps) {
    try {
      await executeStep(step, pveHandlers, context);
    } catch (error) {
      if (!(error instanceof Pause) && !(error instanceof StopAsked)) throw error;
      const still = context.state().loans.filter((loan) => ('node' in loan ? loan.node : loan.home) === step.node);
      const why = error instanceof Pause ? `${error.reason.what} (${error.reason.seen})` : 'somebody asked to stop';
      await context.record({
        type: 'warned',
        subject: step.node,
        what: `${step.id} did not succeed: ${why}`,
        next:
          still.length === 0
            ? 'nothing of it is on loan any more'
            : `still borrowed: ${still.map((loan) => `${loanText(loan)} (return it with: ${loanReturnText(loan)})`).join('; ')}`,
      });
    }
  }
}

/** Its own name: the same step of the node's turn is not done by it, and is asked for again when that turn goes on. */
function backId(node: string, kind: StepKind): string {
  return `put-back/${node}/${kind}`;
}

/** One step for each thing to return, guests last: they need their node out of maintenance. */
function stepsFor(loans: readonly Loan[]): readonly Step[] {
  const why = 'return what we borrowed';
  const nodes = (kind: Loan['kind']) => [
    ...new Set(loans.filter((loan) => loan.kind === kind).map((loan) => ('node' in loan ? loan.node : loan.home))),
  ];
  const guests = ['guest-moved', 'guest-stopped', 'guest-left', 'ha-stopped', 'ha-moved'] as const;
  const homes = [...new Set(guests.flatMap(nodes))];
  const awaited = [...new Set(loans.flatMap((loan) => (loan.kind === 'guard' ? [loan.awaited] : [])))];
  return [
    ...awaited.map((node): Step => ({ id: backId(node, 'guard-off'), kind: 'guard-off', node, why: 'nobody is awaited any more' })),
    ...nodes('kernel-trial').map((node): Step => ({ id: backId(node, 'keep-kernel'), kind: 'keep-kernel', node, why })),
    ...nodes('noout').map((node): Step => ({ id: backId(node, 'protect-off'), kind: 'protect-off', node, why })),
    ...nodes('ha-maintenance').map((node): Step => ({ id: backId(node, 'maintenance-off'), kind: 'maintenance-off', node, why })),
    ...homes.map((node): Step => ({ id: backId(node, 'return'), kind: 'return', node, why })),
    ...nodes('proxlb').map((node): Step => ({ id: backId(node, 'balancer-on'), kind: 'balancer-on', node, why })),
    ...nodes('rebalance').map((node): Step => {
      return { id: backId('cluster', 'balancer-on'), kind: 'balancer-on', balancer: 'ha-manager', node, why };
    }),
  ];
}
