/** Lengths of time as people read them. */

const units = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const;

/** `400 ms`, `40 s`, `1 min 40 s`, `2 h 5 min`, `3 d 4 h`: the two largest units, the rest cut off. */
export function durationText(ms: number): string {
  if (ms < 0) return `-${durationText(-ms)}`;
  const first = units.findIndex((unit) => ms >= unit.ms);
  if (first === -1) return `${Math.round(ms)} ms`;
  let rest = ms;
  const parts: string[] = [];
  for (const unit of units.slice(first, first + 2)) {
    const count = Math.floor(rest / unit.ms);
    rest -= count * unit.ms;
    if (count > 0) parts.push(`${count} ${unit.name}`);
  }
  return parts.join(' ');
}
