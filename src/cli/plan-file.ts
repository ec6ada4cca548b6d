/** A plan as `proxroll plan --json` wrote it, perhaps on another machine and by another release: only what is compared is looked at. */
import { z } from 'zod';
import type { Plan } from '../model/plan.ts';

const texts = z.array(z.string());
const comparedPlan = z.looseObject({
  tracks: z.array(
    z.looseObject({
      node: z.string(),
      steps: z.array(z.looseObject({ kind: z.string() })),
      set: z.looseObject({ changes: z.array(z.looseObject({ name: z.string(), to: z.string() })), removals: texts, keptBack: texts }),
      rebootReasons: texts,
      drained: z.boolean(),
      guests: z.array(z.looseObject({ title: z.string(), way: z.string() })),
    }),
  ),
  left: z.array(z.object({ subject: z.string(), why: z.string() })),
});

/** @returns nothing when it is no such document */
export function planIn(text: string): Plan | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = z.looseObject({ plan: comparedPlan }).safeParse(document);
  return parsed.success ? (parsed.data.plan as unknown as Plan) : undefined;
}
