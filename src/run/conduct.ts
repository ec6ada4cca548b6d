/**
 * One run from its beginning or from where it stands to its end or its next pause. It looks, lets the pure functions
 * decide, journals what they decided and has the executor carry it out. The world moved meanwhile, so all of it is done
 * again before each node.
 */
import { Unparsable } from '../clients/at.ts';
import { readLockHolder } from '../clients/cluster-lock.ts';
import { blocks, type Finding } from '../model/finding.ts';
import { afterTexts } from '../model/guests-after.ts';
import { loanReturnText, loanText } from '../model/loan.ts';
import { Pause } from '../model/pause.ts';
import type { StepKind } from '../model/step.ts';
import { bootIdOf, type Snapshot } from '../model/snapshot.ts';
import { ShellFailure } from '../ports/shell.ts';
import { makePlan, settledNode } from '../stages/pve/plan.ts';
import { guestsAfter } from './after.ts';
import { briefOnceStopped } from './brief-shell.ts';
import { contextOf, Hosts, type Context, type EventListener } from './context.ts';
import { discover } from './discover.ts';
import { Journal } from './journal.ts';
import { holderText, keepLock, type ClusterLock, type TakenLock } from './lock.ts';
import { untilClear } from './demand.ts';
import { conductNode } from './node-turn.ts';
import { isPassing } from './passing.ts';
import { check } from './preflight.ts';
import { closeRun, putBackAtPause, putBackLeft } from './put-back.ts';
import { forgetWish, StopWished } from './control.ts';
import { giveUpNode } from './give-up.ts';
import { demandKnownSteps, lockOrFindings, readyAgain } from './ready.ts';
import { newRunId } from './run-id.ts';
import { dropStaleMarker, findUnfinished, forgetOldRuns, markUnfinished, saveBeside, unmarkUnfinished } from './runs.ts';
import { demandApproved } from './seen-plans.ts';
import { rebootOnly, type Site } from './site.ts';
import type { RunState } from './state.ts';
import { StopAsked } from './stop.ts';
import { balancerOffSteps, balancerOnSteps, fetchSteps, refreshSteps, runWave } from './waves.ts';

export type Outcome =
  | { readonly kind: 'finished'; readonly state: RunState }
  | { readonly kind: 'paused'; readonly state: RunState }
  /** The own node goes down for its reboot; the next process goes on. */
  | { readonly kind: 'leaving'; readonly state: RunState }
  /** A person asked it to stop: everything that could be given back is, and the run is over. */
  | { readonly kind: 'abandoned'; readonly state: RunState }
  | { readonly kind: 'blocked'; readonly findings: readonly Finding[] }
  | { readonly kind: 'busy'; readonly holder: string };

export interface ConductOptions {
  /** The nodes a person asked for; empty means all. Ignored when a run is taken up again. */
  readonly only: readonly string[];
  /** The digest of the plan a person approved; another one is not carried out. Ignored when a run is taken up again. */
  readonly approved?: string;
  readonly stop: AbortSignal;
  readonly onEvent: EventListener;
  /** Told before a run exists: the findings of the first look. */
  readonly onFindings: (findings: readonly Finding[], snapshot: Snapshot) => void;
  /** Every look at the whole site once the run goes on. */
  readonly onLook?: (snapshot: Snapshot) => void;
}

/**
 * Begins a run, or takes up the one that is not over.
 * @returns how it ended; after `paused` the journal says at which step and why
 * @throws JournalDamaged, StoreFull, or a bug. What the journal says is true then too.
 */
export async function conduct(given: Site, options: ConductOptions): Promise<Outcome> {
  const { ports } = given;
  const site: Site = { ...given, ports: { ...ports, shell: briefOnceStopped(ports.shell, options.stop, ports.clock) } };
  const local = await site.ports.store.lock('run');
  if (local === 'busy') return { kind: 'busy', holder: 'another proxroll on this node' };
  try {
    const ended = await dropStaleMarker(site.ports.store);
    if (ended !== undefined) return { kind: ended.phase === 'paused' ? 'paused' : 'finished', state: ended };
    const unfinished = await findUnfinished(site.ports.store);
    return unfinished === undefined
      ? await beginRun(site, options)
      : await takeUp(unfinished.rebootOnly === 'all' ? rebootOnly(site) : site, options, unfinished);
  } finally {
    await local.release();
  }
}

async function beginRun(site: Site, options: ConductOptions): Promise<Outcome> {
  const { store, clock, random, shell } = site.ports;
  const first = await discover(site);
  const names = new Set(await store.list('runs'));
  const run = newRunId(clock, random, (name) => names.has(name));
  const findings = check(first, site.config, { when: 'start', run, only: options.only });
  if (findings.some(blocks)) {
    // Another node may have begun while we looked: then what stands against us is its work, and it is the one to name.
    const wasFree = first.lock.known && first.lock.value === 'free';
    const rival = await readLockHolder({ shell, host: { name: first.ownNode, own: true } });
    if (wasFree && rival.known && rival.value !== 'free') return { kind: 'busy', holder: holderText(rival.value) };
  }
  options.onFindings(findings, first);
  if (findings.some(blocks)) return { kind: 'blocked', findings };
  const taken = await lockOrFindings(site, options.stop, first, run);
  if (taken.kind === 'blocked') options.onFindings(taken.findings, first);
  if (taken.kind !== 'taken') return taken;
  return underLock(taken.lock, async () => {
    const began = {
      type: 'run.began' as const,
      run,
      node: first.ownNode,
      bootId: bootIdOf(first, first.ownNode),
      version: site.version,
      cluster: first.membership.kind === 'cluster' ? first.membership.name : first.ownNode,
      only: options.only,
      ...(options.approved === undefined ? {} : { approved: options.approved }),
      ...(site.config.upgrade === 'none' ? { rebootOnly: site.config.reboot === 'always' ? ('all' as const) : ('due' as const) } : {}),
      findings,
    };
    const journal = await Journal.begin(store, clock, began);
    journal.listen(options.onEvent);
    options.onEvent({ v: 1, seq: 0, at: clock.now(), event: began }, journal.state);
    await forgetWish(store);
    await markUnfinished(store, run);
    await forgetOldRuns(store, { keep: site.config.keep_runs, beforeMs: clock.now() - site.config.keep_days * 86_400_000 });
    return carry(site, options, journal, first, taken.lock, false);
  });
}

/** The journal is open before the cluster is locked: only the own process writes to it, and waiting has to be told. */
async function takeUp(site: Site, options: ConductOptions, unfinished: RunState): Promise<Outcome> {
  const { store, clock } = site.ports;
  const journal = await Journal.open(store, clock, unfinished.run);
  demandKnownSteps(journal);
  journal.listen(options.onEvent);
  await forgetWish(store);
  let ready: { readonly first: Snapshot; readonly taken: TakenLock };
  try {
    ready = await readyAgain(site, options.stop, journal);
  } catch (error) {
    if (!(error instanceof Pause)) throw error;
    await journal.record({ type: 'run.paused', code: error.code, ...error.reason });
    await unmarkUnfinished(store);
    return { kind: 'paused', state: journal.state };
  }
  const { first, taken } = ready;
  if (taken.kind === 'busy') return taken;
  return underLock(taken.lock, async () => {
    await markUnfinished(store, unfinished.run);
    await journal.record({ type: 'run.resumed', node: first.ownNode, bootId: bootIdOf(first, first.ownNode), version: site.version });
    return carry(site, options, journal, first, taken.lock, unfinished.phase === 'paused');
  });
}

/** Gives the lock back, except on the way into the own reboot: until this node is back, nobody else is to begin a run. */
async function underLock(lock: ClusterLock, work: () => Promise<Outcome>): Promise<Outcome> {
  let keeps = false;
  try {
    const outcome = await work();
    keeps = outcome.kind === 'leaving';
    return outcome;
  } finally {
    if (!keeps) await lock.release();
  }
}

async function carry(
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
  await putBackLeft(context);
  await runWave('balancer-on', () => balancerOnSteps(context.state().loans), context);
}

/** Says in the journal why nothing goes on, puts back what can be put back, and leaves the rest to a person. */
async function stopped(error: unknown, context: Context, journal: Journal): Promise<Outcome> {
  const inFlight = [...context.state().steps.values()].find((step) => step.status === 'in-flight');
  if (error instanceof StopAsked && error.step.kind === 'reboot' && error.step.node === context.hosts.own)
    return { kind: 'leaving', state: journal.state };
  if (error instanceof StopWished) {
    await closeRun(context);
    return { kind: 'abandoned', state: journal.state };
  }
  const pause = asPause(error, context);
  if (pause === undefined) throw error;
  await context.record({
    type: 'run.paused',
    code: pause.code,
    ...pause.reason,
    ...(inFlight === undefined ? {} : { step: inFlight.step.id }),
  });
  await forgetWish(context.site.ports.store);
  if (pause.code !== 'asked') await putBackAtPause(context);
  await unmarkUnfinished(context.site.ports.store);
  return { kind: 'paused', state: journal.state };
}

function lockLost(holder: string): Pause {
  return new Pause('lock.lost', {
    what: 'another run took the cluster while this one went on',
    seen: `the lock is held by ${holder}`,
    next: 'wait until that run is over, then: proxroll resume',
  });
}

/** Steps that are one transient unit, or a boot: they need nobody to end. */
const goesOnAlone: readonly StepKind[] = ['refresh', 'fetch', 'upgrade', 'reboot'];

/** @returns nothing for a bug */
function asPause(error: unknown, context: Context): Pause | undefined {
  if (error instanceof Pause) return error;
  if (error instanceof StopAsked)
    return new Pause('asked', {
      what: 'the run was asked to stop',
      seen: goesOnAlone.includes(error.step.kind)
        ? `${error.step.id} is in flight and goes on without proxroll`
        : `it stands in ${error.step.id}; what is under way there ends by itself, and nothing new is begun`,
      next: 'go on with: proxroll resume',
    });
  if (context.stop.aborted && isPassing(error))
    return new Pause('asked', {
      what: 'the run was asked to stop',
      seen: `it was looking at the cluster (${error.message})`,
      next: 'go on with: proxroll resume',
    });
  if (error instanceof Unparsable)
    return new Pause('foreign.unparsable', {
      what: `${error.host} gave an answer that cannot be understood`,
      seen: error.message,
      next: 'run the command by hand and look at its output, then: proxroll resume',
    });
  if (error instanceof ShellFailure && error.kind !== 'dry-run')
    return new Pause('host.silent', {
      what: `${error.host} does not answer`,
      seen: error.message,
      next: `look at ${error.host}, then: proxroll resume`,
    });
  if (isPassing(error))
    return new Pause('host.silent', {
      what: 'a command failed',
      seen: error.message,
      next: `look at ${context.hosts.own}, then: proxroll resume`,
    });
  return undefined;
}
