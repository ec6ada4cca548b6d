/** What became of each kind of guest. */
import { z } from 'zod';
import { onRecord } from '../outcomes.ts';

const rowSchema = z.strictObject({
  guest: z.string(),
  /** What proxroll said against it while nothing was allowed for it; empty when nothing. */
  refused: z.string(),
  /** The policy that it had in the run, and what it came from. */
  policy: z.string(),
  /** The way in the plan; empty for one that does not run. */
  planned: z.string(),
  /** What the hosts say it did. */
  seen: z.string(),
});

export type GuestRow = z.infer<typeof rowSchema>;

export const guestOutcomes = onRecord(new URL('outcomes.json', import.meta.url), rowSchema, ({ guest }) => guest, 'docs/guests.md');
