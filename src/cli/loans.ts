import type { Command } from 'commander';
import { textOptions, type Session } from './session.ts';

export function addLoans(program: Command, session: Session): void {
  program
    .command('loans')
    .description('list what is on loan and how to give it back by hand')
    .option('--json', 'print it as JSON')
    .action(async ({ json }: { json?: true }) => {
      const [{ newestRun }, { loanLines, loansJson }] = await Promise.all([import('./standing-run.ts'), import('../report/status.ts')]);
      const state = await newestRun(await session.records());
      if (json) session.json(state === undefined ? [] : loansJson(state));
      else if (state === undefined || state.loans.length === 0) session.say('Nothing is on loan.');
      else session.say(loanLines(state, textOptions(session.entrance.out).width).join('\n').trimStart());
    });
}
