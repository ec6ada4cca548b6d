/** Going on only when nothing stands against it. */
import { blocks, type Finding } from '../model/finding.ts';
import { Pause } from '../model/pause.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Context } from './context.ts';
import { isPassing } from './passing.ts';

/** Some states pass by themselves: a short task, an HA master that is just changing, metrics after a boot. */
const patienceMs = 120_000;
const pollMs = 10_000;

/**
 * Looks at the site until nothing blocks, for two minutes at most.
 * @param freshMs a last look that is younger than this is taken for the first one
 * @returns the look that was clear @throws Pause that names every finding that blocks, not only the first
 */
export async function untilClear(context: Context, checks: (snapshot: Snapshot) => readonly Finding[], freshMs = 0): Promise<Snapshot> {
  const { clock } = context.site.ports;
  const until = clock.elapsed() + patienceMs;
  let fresh = clock.now() - context.seen().takenAtMs < freshMs;
  for (;;) {
    const late = clock.elapsed() >= until || context.stop.aborted;
    const snapshot = fresh ? context.seen() : await lookOrNothing(context, late);
    fresh = false;
    const findings = snapshot === undefined ? [] : checks(snapshot);
    if (snapshot !== undefined && !findings.some(blocks)) return snapshot;
    if (late && snapshot !== undefined) throw blocked(findings);
    await clock.sleep(pollMs, context.stop);
  }
}

/** @returns nothing when not even the own node told anything, which may pass @throws that error when it is `late` */
export async function lookOrNothing(context: Context, late: boolean): Promise<Snapshot | undefined> {
  try {
    return await context.look();
  } catch (error) {
    if (late || !isPassing(error)) throw error;
    return undefined;
  }
}

function blocked(findings: readonly Finding[]): Pause {
  const blocking = findings.filter(blocks);
  return new Pause('check.blocked', {
    what: blocking.map((finding) => finding.what).join('; '),
    seen: blocking.map((finding) => finding.seen).join('; '),
    next: `${[...new Set(blocking.map((finding) => finding.next))].join('; ')}; then: proxroll resume`,
  });
}
