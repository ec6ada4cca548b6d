import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/**
 * A name for a run that sorts by time and may stand in unit names and paths: `20261122-0400-3fa9` (UTC).
 * @param isUsed two runs of one minute must not write into one journal
 */
export function newRunId(clock: Clock, random: Random, isUsed: (run: string) => boolean): string {
  const iso = new Date(clock.now()).toISOString();
  const minute = `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 16).replace(':', '')}`;
  for (;;) {
    const run = `${minute}-${random.hex(2)}`;
    if (!isUsed(run)) return run;
  }
}
