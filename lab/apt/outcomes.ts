/** What became of each situation of packages. */
import { z } from 'zod';
import { onRecord } from '../outcomes.ts';

const rowSchema = z.strictObject({
  /** What was done to the node. */
  situation: z.string(),
  /** What proxroll said, without what differs from run to run. */
  finding: z.string(),
  /** `finished`, `blocked`, or `paused` with the code of the pause. */
  decision: z.string(),
  /** What dpkg had when it was over, against before. */
  end: z.string(),
});

export type AptRow = z.infer<typeof rowSchema>;

export const aptOutcomes = onRecord(new URL('outcomes.json', import.meta.url), rowSchema, ({ situation }) => situation, 'docs/packages.md');
