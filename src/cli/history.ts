import type { Command } from 'commander';
import { Exit } from './exit-codes.ts';
import type { Session } from './session.ts';

export function addHistory(program: Command, session: Session): void {
  const history = program
    .command('history')
    .description('list the runs of this node, or tell one of them event by event')
    .argument('[run]', 'the run to tell')
    .option('--json', 'print it as JSON')
    .action(async (run: string | undefined, { json }: { json?: true }) => {
      const { historyJson, historyText, runText } = await import('../report/history.ts');
      const actions = await session.actions();
      if (run !== undefined) {
        const { entries } = await actions.readRun(run);
        if (json) session.json(entries);
        else session.say(runText(entries));
        return;
      }
      const runs = await actions.readRuns();
      if (json) session.json(historyJson(runs));
      else session.say(historyText(runs));
    });
  history
    .command('verify')
    .description('read every journal from its first line to its last and say which can be trusted')
    .option('--json', 'print it as JSON')
    .action(async (_options: { json?: true }, command: Command) => {
      // `--json` is an option of `history` too, and commander gives it to that one.
      const { json } = command.optsWithGlobals<{ json?: true }>();
      const runs = (await (await session.actions()).readRuns()).map((run) =>
        run.kind === 'read' ? { run: run.state.run, whole: true as const } : { run: run.run, whole: false as const, why: run.detail },
      );
      if (json) session.json(runs);
      else for (const run of runs) session.say(run.whole ? `${run.run}  whole` : `${run.run}  cannot be trusted: ${run.why}`);
      if (runs.length === 0 && !json) session.say('There are no runs yet.');
      if (runs.some((run) => !run.whole)) session.exit = Exit.blocked;
    });
}
