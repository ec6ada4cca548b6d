/** What a check says. All findings are gathered before anybody is told, so that one look shows every reason. */

/** `blocker` and `unknown` stop a run from starting or going on; a `warning` is said and the run goes on. */
export type Severity = 'blocker' | 'unknown' | 'warning' | 'info';

export interface Finding {
  /** One word for each check, a section in `docs/checks.md`: `quorum`, `root-space`, … */
  readonly check: string;
  readonly severity: Severity;
  /** What it is about: `cluster`, `pve2`, `vm 101 (db)`. */
  readonly subject: string;
  readonly what: string;
  readonly seen: string;
  /** What to do next; empty only for `info`. */
  readonly next: string;
}

export function blocks(finding: Finding): boolean {
  return finding.severity === 'blocker' || finding.severity === 'unknown';
}
