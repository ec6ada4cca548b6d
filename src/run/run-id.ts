import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** A name for a run that sorts by time and may stand in unit names and paths: `20261122-0400-3fa9` (UTC). */
export function newRunId(clock: Clock, random: Random): string {
  const iso = new Date(clock.now()).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 16).replace(':', '')}-${random.hex(2)}`;
}
