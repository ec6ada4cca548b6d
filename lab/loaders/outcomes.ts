/** What each boot loader did, as the lab saw it: kept in `outcomes.json`, from which `docs/packages.ts` makes its table. */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Suite } from '../suite.ts';

const rowSchema = z.strictObject({
  loader: z.string(),
  /** Which kernel each boot took, the first after the new one was set for one boot, the others after power cuts. */
  boots: z.array(z.string()),
  complaint: z.string().optional(),
});

export type LoaderRow = z.infer<typeof rowSchema>;
export type LoaderOutcomes = Readonly<Record<Suite, readonly LoaderRow[]>>;

const file = new URL('outcomes.json', import.meta.url);

/** @throws when the file is missing or damaged */
export async function recordedLoaders(): Promise<LoaderOutcomes> {
  return z.strictObject({ bookworm: z.array(rowSchema), trixie: z.array(rowSchema) }).parse(JSON.parse(await readFile(file, 'utf8')));
}

export async function recordLoaders(suite: Suite, rows: readonly LoaderRow[]): Promise<void> {
  await writeFile(file, `${JSON.stringify({ ...(await recordedLoaders()), [suite]: rows }, null, 2)}\n`);
}
