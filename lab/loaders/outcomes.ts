/** What each boot loader did. */
import { z } from 'zod';
import { onRecord } from '../outcomes.ts';

const rowSchema = z.strictObject({
  loader: z.string(),
  /** Which kernel each boot took, the first after the new one was set for one boot, the others after power cuts. */
  boots: z.array(z.string()),
  complaint: z.string().optional(),
});

export type LoaderRow = z.infer<typeof rowSchema>;

export const loaderOutcomes = onRecord(new URL('outcomes.json', import.meta.url), rowSchema, ({ loader }) => loader, 'docs/packages.md');
