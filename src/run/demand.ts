/** Going on only when nothing stands against it. */
import { blocks, type Finding } from '../model/finding.ts';
import { Pause } from '../model/pause.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Context } from './context.ts';

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
    const snapshot = fresh ? context.seen() : await context.look();
    fresh = false;
    const findings = checks(snapshot);
    if (!findings.some(blocks)) return snapshot;
    if (clock.elapsed() >= until || context.stop.aborted) throw blocked(findings);
    await clock.sleep(pollMs, context.stop);
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
