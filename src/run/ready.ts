/** The first look and the cluster's lock: what a run needs before it may begin or go on. */
import type { Finding } from '../model/finding.ts';
import { Pause, type PauseReason } from '../model/pause.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { pveHandlers } from '../stages/pve/steps/index.ts';
import { discover } from './discover.ts';
import { JournalDamaged, type Journal } from './journal.ts';
import { takeLock, type TakenLock } from './lock.ts';
import type { Site } from './site.ts';
import { minutesMs } from './step-limits.ts';
import { untilReady } from './waiting.ts';

/** A release that knows more steps may have planned them. @throws JournalDamaged, and nothing is done on the word of this journal */
export function demandKnownSteps({ state }: Journal): void {
  const strange = [...state.steps.values()].find(({ step }) => !Object.hasOwn(pveHandlers, step.kind));
  if (strange === undefined) return;
  throw new JournalDamaged(
    state.run,
    `it plans ${strange.step.id}, and this proxroll knows no step ${strange.step.kind}; resume it with release ${state.version}, or abandon it there`,
    state,
  );
}

/** Before anything has begun nobody is kept waiting for long. */
const firstPatienceMs = 60_000;

/** For a run that is to begin, after a look that said that there is quorum. @returns the lock, or why nothing is started */
export async function lockOrFindings(
  site: Site,
  stop: AbortSignal,
  first: Snapshot,
  run: string,
): Promise<TakenLock | { readonly kind: 'blocked'; readonly findings: readonly Finding[] }> {
  try {
    const next = 'pvecm status; when the cluster has quorum, start again';
    return await takeLock(site, first, run, { patienceMs: firstPatienceMs, stop, next, told: () => Promise.resolve() });
  } catch (error) {
    if (!(error instanceof Pause)) throw error;
    return { kind: 'blocked', findings: [{ check: 'quorum', severity: 'blocker', subject: 'cluster', ...error.reason }] };
  }
}

/**
 * For a run that is taken up: after a power cut the cluster file system and quorum are as late as the slowest server. Waiting is
 * told in the journal.
 * @throws Pause when they take longer than a node may to come back
 */
export async function readyAgain(
  site: Site,
  stop: AbortSignal,
  journal: Journal,
): Promise<{ readonly first: Snapshot; readonly taken: TakenLock }> {
  const { deadlines } = site.config;
  const { node, run } = journal.state;
  const wait = {
    clock: site.ports.clock,
    patienceMs: minutesMs(deadlines.reboot + deadlines.rejoin),
    stop,
    told: ({ what, seen, next }: PauseReason) =>
      journal.record({ type: 'warned', subject: node, what: `the run waits: ${what} (${seen})`, next }),
  };
  const what = `${node} cannot tell how the cluster is`;
  const first = await untilReady({ ...wait, what, next: `on ${node}: systemctl status pve-cluster; then: proxroll resume` }, () =>
    discover(site),
  );
  const next = 'pvecm status; bring the missing nodes back, then: proxroll resume';
  return { first, taken: await takeLock(site, first, run, { ...wait, next }) };
}
