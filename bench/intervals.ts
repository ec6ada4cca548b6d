/** Stretches of time, and how much of it they cover. */

export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The time in which at least one of them was going on: of work side by side the longest counts. */
export function coveredMs(intervals: readonly Interval[]): number {
  return merged(intervals).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

/** The same time as stretches that do not touch, in their order. */
export function merged(intervals: readonly Interval[]): readonly Interval[] {
  const whole: Interval[] = [];
  for (const next of [...intervals].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = whole.at(-1);
    if (last === undefined || next.fromMs > last.toMs) whole.push(next);
    else whole[whole.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, next.toMs) };
  }
  return whole;
}

/** What of `within` none of them covers. */
export function gaps(intervals: readonly Interval[], within: Interval): readonly Interval[] {
  const free: Interval[] = [];
  let at = within.fromMs;
  for (const { fromMs, toMs } of merged(intervals)) {
    if (fromMs > at) free.push({ fromMs: at, toMs: Math.min(fromMs, within.toMs) });
    at = Math.max(at, toMs);
  }
  if (at < within.toMs) free.push({ fromMs: at, toMs: within.toMs });
  return free.filter(({ fromMs, toMs }) => toMs > fromMs);
}
