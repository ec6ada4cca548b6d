/**
 * Puts the run of `proxroll demo --speed 0 --seed 7` into `docs/reading-the-journal.md`: `node --import tsx docs/journal.ts`. Its words about the
 * run are written by hand. `test/docs/journal.test.ts` fails when the page is behind.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { plainView } from '../src/report/live.ts';
import type { Terminal } from '../src/report/terminal.ts';
import { demo } from '../src/sim/demo.ts';

const page = new URL('reading-the-journal.md', import.meta.url);
const indent = '    ';

export function standingJournalPage(): string {
  return readFileSync(page, 'utf8');
}

/** The page as it stands, with the run as it is today. @throws Error when there is no run in it */
export async function journalPage(): Promise<string> {
  const lines = (await demoLines(7)).map((line) => `${indent}${line}\n`).join('');
  const [before, , after] = standingJournalPage().split(/((?:^ {4}\d\d:\d\d:\d\d .*\n)+)/m);
  if (before === undefined || after === undefined) throw new Error(`${page.pathname} has no run in it`);
  return `${before}${lines}${after}`;
}

/** What `proxroll demo --speed 0` prints into a pipe, up to the summary. */
export async function demoLines(seed: number): Promise<readonly string[]> {
  process.env['TZ'] = 'UTC';
  let text = '';
  const pipe: Terminal = {
    write: (more) => void (text += more),
    isTerminal: false,
    colour: false,
    columns: () => 80,
    rows: () => 24,
    onResize: () => () => undefined,
  };
  const view = plainView(pipe);
  await demo({ seed, speed: 0, version: '0.1.0' }, view);
  view.end();
  return text.trimEnd().split('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(page, await journalPage());
