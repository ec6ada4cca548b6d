/**
 * A run that holds its locks, from where it stands to its end or its next pause. It looks, lets the pure functions decide, journals what
 * they decided and has the executor carry it out. The world moved meanwhile, so all of it is done again before each node.
 */
import { askNamed } from '../clients/query.ts';
import { stoppingQuery, unitStateQuery } from '../clients/systemd.ts';
import { rebootUnit } from '../clients/unit-names.ts';
import { afterTexts } from '../model/guests-after.ts';
import { loanReturnText, loanText } from '../model/loan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Step } from '../model/step.ts';
import { makePlan, settledNode } from '../stages/pve/plan.ts';
import { guestsAfter } from './after.ts';
import { atOwn, contextOf, Hosts, type Context } from './context.ts';
import { discover } from './discover.ts';
import type { Journal } from './journal.ts';
import { keepLock, type ClusterLock } from './lock.ts';
import { untilClear } from './demand.ts';
import { conductNode } from './node-turn.ts';
import { check } from './preflight.ts';
import { isPassing } from './passing.ts';
import { closeRun, putBackAtPause, putBackLeft } from './put-back.ts';
import { forgetWish, StopWished } from './control.ts';
import { giveUpNode } from './give-up.ts';
import { saveBeside, unmarkUnfinished } from './runs.ts';
import { demandApproved } from './seen-plans.ts';
import type { Site } from './site.ts';
import { StopAsked } from './stop.ts';
import { balancerOffSteps, balancerOnSteps, fetchSteps, refreshSteps, runWave } from './waves.ts';
import type { ConductOptions, Outcome } from './outcome.ts';
import { lockLost, pauseFor } from './why-paused.ts';
import { untilWhole } from './whole.ts';

/** @throws StoreFull, or a bug. What the journal says is true then too. */
export async function carry(
  site: Site,
  options: ConductOptions,
  journal: Journal,
  first: Snapshot,
  lock: ClusterLock,
  wasPaused: boolean,
): Promise<Outcome> {
  const over = new AbortController();
  const stop = new AbortController();
  const stopAsked = () => stop.abort();
  if (options.stop.aborted) stopAsked();
  options.stop.addEventListener('abort', stopAsked);
  let lostTo: string | undefined;
  options.onLook?.(first);
  const lookAgain = async () => {
    const seen = await discover(site);
    options.onLook?.(seen);
    return seen;
  };
  const context = contextOf(site, journal, new Hosts(first.ownNode), stop.signal, first, lookAgain);
  const kept = keepLock(lock, site.ports.clock, over.signal, (holder) => {
    lostTo = holder;
    stop.abort();
  });
  try {
    await carryOut(context, wasPaused);
    const { nodesDone, plan } = journal.state;
    const after = plan === undefined || plan.tracks.length === 0 ? undefined : await guestsAfter(context);
    await journal.record({
      type: 'run.finished',
      patched: nodesDone.filter((done) => done.packages > 0 || done.rebooted).map((done) => done.node),
      left: [
        ...journal.state.loans.map((loan) => `${loanText(loan)} (return it with: ${loanReturnText(loan)})`),
        ...(plan?.left ?? []).filter((entry) => entry.why !== settledNode).map((entry) => `${entry.subject}: ${entry.why}`),
        ...nodesDone.flatMap((done) => done.left.map((why) => `${done.node}: ${why}`)),
        ...(after === undefined ? [] : afterTexts(after, journal.state.loans)),
      ],
      ...(after === undefined ? {} : { after }),
    });
    await unmarkUnfinished(site.ports.store);
    return { kind: 'finished', state: journal.state };
  } catch (error) {
    return await stopped(lostTo !== undefined && error instanceof StopAsked ? lockLost(lostTo) : error, context, journal);
  } finally {
    options.stop.removeEventListener('abort', stopAsked);
    over.abort();
    await kept;
  }
}

/** All that is left to do, in order. What the journal calls done is not done again. */
async function carryOut(context: Context, wasPaused: boolean): Promise<void> {
  const { store } = context.site.ports;
  const { config } = context.site;
  const { run, node: ownNode, only } = context.state();
  // A run that paused before it had a plan looks at fresh lists again: what kept it may have been an old one.
  const afresh = wasPaused && context.state().plan === undefined;
  await runWave('refresh', () => refreshSteps(context.seen(), config, only), context, afresh);
  if (context.state().plan === undefined) {
    const snapshot = await untilClear(context, ownNode, (seen) => check(seen, config, { when: 'start', run, only, refreshed: true }));
    const plan = makePlan(snapshot, config, only);
    await demandApproved(store, context.state().approved, plan);
    await saveBeside(store, run, 'snapshot.json', snapshot);
    await saveBeside(store, run, 'plan.json', plan);
    const findings = check(snapshot, config, { when: 'start', run, only, refreshed: true });
    await context.record({ type: 'plan.made', plan, findings });
  }
  const tracks = context.state().plan?.tracks ?? [];
  if (tracks.length === 0) return;
  // A pause has started it again.
  await runWave('balancer-off', () => balancerOffSteps(context.seen(), config), context, wasPaused);
  await runWave('fetch', () => fetchSteps(tracks), context);
  for (const track of tracks) {
    try {
      await conductNode(track.node, context, wasPaused);
    } catch (error) {
      if (!(await giveUpNode(error, track.node, context))) throw error;
    }
  }
  await untilWhole(context);
  await putBackLeft(context);
  await untilWhole(context);
  await runWave('balancer-on', () => balancerOnSteps(context.state().loans), context);
}

/** Says in the journal why nothing goes on, puts back what can be put back, and leaves the rest to a person. */
async function stopped(error: unknown, context: Context, journal: Journal): Promise<Outcome> {
  const inFlight = [...context.state().steps.values()].find((step) => step.status === 'in-flight');
  if (error instanceof StopAsked && (await goesDown(error.step, context))) return { kind: 'leaving', state: journal.state };
  if (error instanceof StopWished) {
    await closeRun(context);
    return { kind: 'abandoned', state: journal.state };
  }
  const pause = pauseFor(error, context);
  if (pause === undefined) throw error;
  await context.record({
    type: 'run.paused',
    code: pause.code,
    ...pause.reason,
    ...(inFlight === undefined ? {} : { step: inFlight.step.id }),
  });
  await forgetWish(context.site.ports.store);
  await putBackAtPause(pause.code, context);
  await unmarkUnfinished(context.site.ports.store);
  return { kind: 'paused', state: journal.state };
}

/** Whether the own node is on its way down, or nobody can say: only then another process goes on by itself. */
async function goesDown({ id, kind, node }: Step, context: Context): Promise<boolean> {
  const { run, steps } = context.state();
  if (kind !== 'reboot' || node !== context.hosts.own || steps.get(id)?.status !== 'in-flight') return false;
  try {
    const { stopping, ordered } = await askNamed(atOwn(context), {
      stopping: stoppingQuery,
      ordered: unitStateQuery(`${rebootUnit(run)}.timer`),
    });
    return !stopping.known || stopping.value || !ordered.known || ordered.value.kind !== 'absent';
  } catch (error) {
    if (!isPassing(error)) throw error;
    return true;
  }
}
