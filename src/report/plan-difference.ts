/** Two plans side by side: what is only in the first is marked `-`, what is only in the second `+`. */
import type { PlanDifference } from '../model/plan-facts.ts';
import { painter } from './colour.ts';
import type { TextOptions } from './findings.ts';
import { hanging } from './paragraph.ts';

/** @returns text that ends in a line break; plans that do the same say so */
export function planDifferenceText(differences: readonly PlanDifference[], { width, colour }: TextOptions): string {
  if (differences.length === 0) return 'Both plans do the same.\n';
  const paint = painter(colour);
  const abouts = [...new Set(differences.map(({ about }) => about))];
  return abouts
    .flatMap((about) => [
      paint('bold', about),
      ...differences
        .filter((difference) => difference.about === about)
        .flatMap(({ change, what }) => hanging(change === 'gone' ? '  - ' : '  + ', what, width)),
    ])
    .concat('')
    .join('\n');
}
