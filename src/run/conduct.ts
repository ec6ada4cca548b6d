/** One run from its beginning, or from where it stands: who may begin, under which locks, and what the journal says first. */
import { readLockHolder } from '../clients/cluster-lock.ts';
import { blocks } from '../model/finding.ts';
import { Pause } from '../model/pause.ts';
import { bootIdOf, type Snapshot } from '../model/snapshot.ts';
import { briefOnceStopped } from './brief-shell.ts';
import { discover } from './discover.ts';
import { Journal } from './journal.ts';
import { holderText, type ClusterLock, type TakenLock } from './lock.ts';
import { check } from './preflight.ts';
import { forgetWish } from './control.ts';
import { demandKnownSteps, lockOrFindings, readyAgain } from './ready.ts';
import { newRunId } from './run-id.ts';
import { dropStaleMarker, findUnfinished, forgetOldRuns, markUnfinished, unmarkUnfinished } from './runs.ts';
import { rebootOnly, type Site } from './site.ts';
import type { RunState } from './state.ts';
import { carry } from './carry.ts';
import type { ConductOptions, Outcome } from './outcome.ts';

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

/**
 * Gives the lock back, except on the way into the own reboot: until this node is back, nobody else is to begin a run. Nor where the work
 * ends with an error: what it ordered last may still happen, such as a reboot whose answer was lost. Then the lock expires by itself.
 */
async function underLock(lock: ClusterLock, work: () => Promise<Outcome>): Promise<Outcome> {
  const outcome = await work();
  if (outcome.kind !== 'leaving') await lock.release();
  return outcome;
}
