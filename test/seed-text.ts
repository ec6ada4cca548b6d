/** A failing seed as it is told: what it chose, what was wrong, and the one command that repeats it. */
import type { SeedResult } from '../src/sim/seeds.ts';
import { endingText } from './swept.ts';

export function seedText({ seed, drawn, rehearsal, wrong }: SeedResult): string {
  const before = rehearsal.setbacks.map(endingText);
  return [
    `seed ${seed}`,
    ...drawn.map((line) => `  ${line}`),
    ...wrong.map((text) => `  WRONG ${text}`),
    `  it ended: ${endingText(rehearsal.ending)}${before.length === 0 ? '' : `; before that: ${before.join(', ')}`}`,
    `  again: npm run seeds -- --only ${seed}`,
  ].join('\n');
}
