/** The report of a run in its folder: as text, as JSON and as a page. */
import { reportPage } from '../report/page/page.ts';
import { reportText } from '../report/report-text.ts';
import { runReport } from '../report/run-report.ts';
import type { Store } from '../ports/store.ts';
import { journalPath, parseJournal } from '../run/journal.ts';
import { readEarlier, saveBeside } from '../run/runs.ts';

export type Written = { readonly kind: 'written'; readonly path: string } | { readonly kind: 'failed'; readonly why: string };

/** Lines of the text that lies in the folder. */
const width = 110;

/**
 * Writes all three anew. Never throws: the run is over or stands still, and what is told of it must change nothing about that. It can be made
 * again from the journal at any time.
 */
export async function writeReport(store: Store, run: string, redact: (text: string) => string): Promise<Written> {
  try {
    const { entries } = parseJournal(run, (await store.read(journalPath(run))) ?? '');
    const report = runReport(entries, await readEarlier(store, run));
    await saveBeside(store, run, 'report.json', redact(`${JSON.stringify(report, null, 2)}\n`));
    await saveBeside(store, run, 'report.txt', redact(reportText(report, { width, colour: false })));
    await saveBeside(store, run, 'report.html', redact(reportPage(report)));
    return { kind: 'written', path: `runs/${run}/report.html` };
  } catch (error) {
    return { kind: 'failed', why: (error as Error).message };
  }
}
