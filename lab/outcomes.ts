/**
 * What the lab saw, on record in an `outcomes.json` beside each proof. The tables of `docs/` are made from it, and a proof that
 * sees something else than what is on record does not hold.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { suites, type Suite } from './suite.ts';
import { verdict, type Verdict } from './verdict.ts';

export interface OnRecord<Row> {
  /** @throws when the file is missing or damaged */
  read(): Promise<Readonly<Record<Suite, readonly Row[]>>>;
  /** Puts what was seen on one suite in the place of what was on record of it. */
  record(suite: Suite, rows: readonly Row[]): Promise<void>;
  /** @returns an obligation a row: the document tells what was seen now */
  compare(suite: Suite, rows: readonly Row[]): Promise<readonly Verdict[]>;
  /** Each row with the suites on which just this was seen, in the order of the last suite. @throws as `read` does */
  withSuites(): Promise<readonly (readonly [row: Row, on: readonly Suite[]])[]>;
}

/** @param nameOf what a row is of: one row each on a suite  @param document the page that shows it */
export function onRecord<Row>(file: URL, row: z.ZodType<Row>, nameOf: (row: Row) => string, document: string): OnRecord<Row> {
  const schema = z.strictObject({ bookworm: z.array(row), trixie: z.array(row) });
  const same = (one: Row | undefined, other: Row) => JSON.stringify(one) === JSON.stringify(other);
  const read = async () => schema.parse(JSON.parse(await readFile(file, 'utf8')));
  return {
    read,
    async record(suite, rows) {
      await writeFile(file, `${JSON.stringify({ ...(await read()), [suite]: rows }, null, 2)}\n`);
    },
    async compare(suite, rows) {
      const recorded = (await read())[suite];
      return rows.map((seen) => {
        const before = recorded.find((each) => nameOf(each) === nameOf(seen));
        return verdict(
          `${nameOf(seen)}: ${document} tells of it as it was seen`,
          same(before, seen) ? [] : [`seen ${JSON.stringify(seen)}, recorded ${JSON.stringify(before) ?? 'nothing'}`],
        );
      });
    },
    async withSuites() {
      const recorded = await read();
      const names = new Set([...suites].reverse().flatMap((suite) => recorded[suite].map(nameOf)));
      return [...names].flatMap((name) => {
        const found: [Row, Suite[]][] = [];
        for (const suite of suites)
          for (const each of recorded[suite].filter((one) => nameOf(one) === name)) {
            const known = found.find(([one]) => same(one, each));
            if (known === undefined) found.push([each, [suite]]);
            else known[1].push(suite);
          }
        return found;
      });
    },
  };
}
