/** What a person reads before agreeing to a run: the plan, and what stands against it. */
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import { findingsText, type TextOptions } from '../report/findings.ts';
import { planText } from '../report/plan.ts';

/** The findings come last: they decide, and the end is what stays on the screen. */
export function plannedText(findings: readonly Finding[], plan: Plan, options: TextOptions): string {
  const telling = findings.filter((finding) => finding.severity !== 'info');
  return `${planText(plan, options)}\n${findingsText(telling, options)}`;
}
