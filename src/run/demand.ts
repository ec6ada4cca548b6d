import { blocks, type Finding } from '../model/finding.ts';
import { Pause } from '../model/pause.ts';

/** Passes when no finding blocks. @throws Pause that names every one that does, not only the first */
export function demandClear(findings: readonly Finding[]): void {
  const blocking = findings.filter(blocks);
  if (blocking.length === 0) return;
  throw new Pause('check.blocked', {
    what: blocking.map((finding) => finding.what).join('; '),
    seen: blocking.map((finding) => finding.seen).join('; '),
    next: `${blocking.map((finding) => finding.next).join('; ')}; then: proxroll resume`,
  });
}
