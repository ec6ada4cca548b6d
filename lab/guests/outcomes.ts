/** What became of each kind of guest, as a run of the lab saw it: kept in `outcomes.json`, from which `docs/guests.ts` makes a table. */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { verdict, type Verdict } from '../verdict.ts';
import type { Suite } from '../suite.ts';

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
export type GuestOutcomes = Readonly<Record<Suite, readonly GuestRow[]>>;

const file = new URL('outcomes.json', import.meta.url);

/** @throws when the file is missing or damaged */
export async function recordedGuests(): Promise<GuestOutcomes> {
  return z.strictObject({ bookworm: z.array(rowSchema), trixie: z.array(rowSchema) }).parse(JSON.parse(await readFile(file, 'utf8')));
}

/** Puts what was seen on one suite in the place of what was recorded. */
export async function recordGuests(suite: Suite, rows: readonly GuestRow[]): Promise<void> {
  await writeFile(file, `${JSON.stringify({ ...(await recordedGuests()), [suite]: rows }, null, 2)}\n`);
}

/** @returns an obligation a row: the documents tell what was seen now */
export async function asRecorded(suite: Suite, rows: readonly GuestRow[]): Promise<readonly Verdict[]> {
  const recorded = (await recordedGuests())[suite];
  return rows.map((row) => {
    const known = recorded.find(({ guest }) => guest === row.guest);
    const same = JSON.stringify(known) === JSON.stringify(row);
    return verdict(
      `${row.guest}: docs/guests.md tells of it as it was seen`,
      same ? [] : [`seen ${JSON.stringify(row)}, recorded ${JSON.stringify(known) ?? 'nothing'}`],
    );
  });
}
