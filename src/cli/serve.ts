/** What the service does: carries the run in this process and writes a line with a priority for everything that happens. */
import { blocks } from '../model/finding.ts';
import { findingLines } from '../report/findings.ts';
import { count } from '../report/paragraph.ts';
import { statusLine } from '../report/status-line.ts';
import { summaryText } from '../report/summary.ts';
import { prioritised, transcriptLine, type Level } from '../report/transcript.ts';
import type { RunState } from '../run/state.ts';
import type { Outcome } from './actions.ts';
import { Exit, type ExitCode } from './exit-codes.ts';
import { exitOf } from './outcome.ts';
import type { Session } from './session.ts';
import { unfinishedRun } from './standing-run.ts';

export async function serve(session: Session, nodes: readonly string[], plan?: string): Promise<ExitCode> {
  const write = (level: Level, text: string) => session.say(prioritised({ level, text }));
  const actions = await session.actions();
  const waiting = session.entrance.startedByTimer ? await unfinishedRun(actions) : undefined;
  if (waiting?.phase === 'paused') {
    write(
      'err',
      `nothing was started by the timer: run ${waiting.run} waits for a person (${waiting.paused?.what ?? 'no reason is known'}); go on with: proxroll resume, or give it up with: proxroll abandon`,
    );
    return Exit.paused;
  }
  actions.tellStatus('looking at the cluster');
  const outcome = await actions.conduct({
    nodes,
    ...(plan === undefined ? {} : { plan }),
    dryRun: false,
    onFindings: (findings) =>
      findingLines(findings.filter(({ severity }) => severity !== 'info')).forEach(({ level, text }) => write(level, text)),
    onEvent: (entry, state) => {
      const { level, text } = transcriptLine(entry.event, state);
      write(level, text);
      actions.tellStatus(statusLine(state));
    },
    onReport: (written) =>
      written.kind === 'written'
        ? write('info', `report written: /var/lib/proxroll/${written.path}; as text: proxroll report`)
        : write('warning', `the report could not be written (${written.why}); make it again with: proxroll report`),
  });
  const last = lastWord(outcome);
  last.text.split('\n').forEach((line) => (line.trim() === '' ? undefined : write(last.level, line)));
  actions.tellStatus(last.text.split('\n')[0] ?? '');
  await actions.settled();
  return exitOf(outcome);
}

function lastWord(outcome: Outcome): { readonly level: Level; readonly text: string } {
  switch (outcome.kind) {
    case 'finished':
      return { level: 'info', text: summary(outcome.state) };
    case 'paused':
      // Why was told as an error already; the summary is for reading on.
      return { level: 'info', text: summary(outcome.state) };
    case 'abandoned':
      return { level: outcome.state.loans.length === 0 ? 'info' : 'err', text: summary(outcome.state) };
    case 'leaving':
      return { level: 'info', text: `${outcome.state.node} reboots now; the run goes on when it is back` };
    case 'nothing-to-do':
      return { level: 'info', text: 'nothing to do: no node has anything pending' };
    case 'blocked':
      return {
        level: 'err',
        text: `nothing was started: ${count(outcome.findings.filter(blocks).length, 'finding')} against it, see above or: proxroll check`,
      };
    case 'busy':
      return { level: 'err', text: `nothing was started: ${outcome.holder} holds the cluster` };
    case 'dry-run':
      return { level: 'info', text: `dry run, refused: ${outcome.refused}` };
    default:
      return outcome satisfies never;
  }
}

function summary(state: RunState): string {
  return summaryText(state, { width: 120, colour: false });
}
