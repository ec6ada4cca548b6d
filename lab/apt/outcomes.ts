/** What became of each situation, as a run of the lab saw it: kept in `outcomes.json`, from which `docs/packages.ts` makes its table. */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { verdict, type Verdict } from '../verdict.ts';
import type { Suite } from '../suite.ts';

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

export type OutcomeRow = z.infer<typeof rowSchema>;
export type Outcomes = Readonly<Record<Suite, readonly OutcomeRow[]>>;

const file = new URL('outcomes.json', import.meta.url);

/** @throws when the file is missing or damaged */
export async function recordedOutcomes(): Promise<Outcomes> {
  return z.strictObject({ bookworm: z.array(rowSchema), trixie: z.array(rowSchema) }).parse(JSON.parse(await readFile(file, 'utf8')));
}

/** Puts what was seen on one suite in the place of what was recorded of the same situations. */
export async function recordOutcomes(suite: Suite, rows: readonly OutcomeRow[], order: readonly string[]): Promise<void> {
  const recorded = await recordedOutcomes();
  const seen = rows.map(({ situation }) => situation);
  const kept = recorded[suite].filter(({ situation }) => !seen.includes(situation) && order.includes(situation));
  const place = ({ situation }: OutcomeRow) => order.indexOf(situation);
  const all = { ...recorded, [suite]: [...kept, ...rows].sort((a, b) => place(a) - place(b)) };
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
}

/** @returns an obligation a row: the documents tell what was seen now */
export async function asRecorded(suite: Suite, rows: readonly OutcomeRow[]): Promise<readonly Verdict[]> {
  const recorded = (await recordedOutcomes())[suite];
  return rows.map((row) => {
    const known = recorded.find(({ situation }) => situation === row.situation);
    const same = JSON.stringify(known) === JSON.stringify(row);
    return verdict(
      `${row.situation}: docs/packages.md tells of it as it was seen`,
      same ? [] : [`seen ${JSON.stringify(row)}, recorded ${JSON.stringify(known) ?? 'nothing'}`],
    );
  });
}
