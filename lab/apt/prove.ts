/** The proof `apt`: every situation of `situations.ts` made real with the lab's repository, judged by finding, decision and end state. */
import { heading, section, seconds, table, verdictsText } from '../proof-text.ts';
import { tell } from '../operator.ts';
import { verdict } from '../verdict.ts';
import { aptOutcomes, type AptRow } from './outcomes.ts';
import { situations } from './situations.ts';
import { makeAptStage, on } from './stage.ts';
import type { LabRun } from '../lab-run.ts';
import type { Suite } from '../suite.ts';
import type { Verdict } from '../verdict.ts';

export const aptNames: readonly string[] = situations.map(({ name }) => name);

/**
 * @param only names of situations; empty means all
 * @param record whether what is seen takes the place of what was recorded, instead of being held against it
 * @returns every obligation with whether it held
 */
export async function proveApt(
  labRun: LabRun,
  deb: string,
  suite: Suite,
  only: readonly string[],
  record: boolean,
): Promise<readonly Verdict[]> {
  heading(`apt, ${suite}`);
  const stage = await makeAptStage(labRun, deb, suite);
  if (only.length > 0 && !only.includes('conffile')) {
    // Each of the others begins on a node that has the new release.
    await stage.cluster.repository.publish('v2');
    await on(stage, 'apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y dist-upgrade');
  }
  const verdicts: Verdict[] = [];
  for (const { name, title, prove } of situations.filter((each) => only.length === 0 || only.includes(each.name))) {
    heading(`${suite}: ${title}`);
    const beganMs = Date.now();
    try {
      verdicts.push(...(await prove(stage)));
    } catch (error) {
      verdicts.push(verdict(`${name}: it could be carried out`, [error instanceof Error ? error.message : String(error)]));
    }
    // What one situation could not bring to its end must not meet the next one.
    await tell(stage.cluster, 'proxroll abandon </dev/null; dpkg --configure -a');
    console.log(`  ${name} took ${seconds(Date.now() - beganMs)}`);
  }
  if (record) await aptOutcomes.record(suite, together((await aptOutcomes.read())[suite], stage.rows));
  else verdicts.push(...(await aptOutcomes.compare(suite, stage.rows)));
  section(
    `what became of it on ${suite}`,
    table(
      ['situation', 'decision', 'end'],
      stage.rows.map(({ situation, decision, end }) => [situation, decision, end]),
    ),
  );
  section(`obligations of apt on ${suite}`, verdictsText(verdicts));
  return verdicts;
}

/** What was seen now, and what is on record of the situations that were not tried this time. */
function together(recorded: readonly AptRow[], seen: readonly AptRow[]): readonly AptRow[] {
  const rowOf = new Map([...recorded, ...seen].map((row) => [row.situation, row]));
  return situations.flatMap(({ judged }) => judged.flatMap((situation) => rowOf.get(situation) ?? []));
}
