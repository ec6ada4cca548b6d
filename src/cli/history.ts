import type { Command } from 'commander';
import type { Session } from './session.ts';

export function addHistory(program: Command, session: Session): void {
  program
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
}
