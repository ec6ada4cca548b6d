/** Reasons as people read them, by what they are about, each with what would lift it. */
import { painter } from './colour.ts';
import type { TextOptions } from './findings.ts';
import { hanging } from './paragraph.ts';

export interface Reason {
  readonly subject: string;
  readonly why: string;
  readonly lift: string;
}

/** @param asked what was asked about; everything when missing @returns text that ends in a line break */
export function whyNotText(reasons: readonly Reason[], asked: string | undefined, { width, colour }: TextOptions): string {
  if (reasons.length === 0) return `Nothing is in the way${asked === undefined ? '' : ` of ${asked}`}.\n`;
  const paint = painter(colour);
  const subjects = [...new Set(reasons.map(({ subject }) => subject))];
  return subjects
    .flatMap((subject) => [
      paint('bold', subject),
      ...reasons
        .filter((reason) => reason.subject === subject)
        .flatMap(({ why, lift }) => [...hanging('  ', why, width), ...(lift === '' ? [] : hanging('    lifted by: ', lift, width))]),
    ])
    .concat('')
    .join('\n');
}
