import { InvalidArgumentError, type Command } from 'commander';
import type { Session } from './session.ts';

export function addDemo(program: Command, session: Session): void {
  program
    .command('demo')
    .description('patch a simulated cluster of five nodes before your eyes; nothing real is touched')
    .option('--seed <number>', 'another course of events', wholeNumber, 1)
    .option('--speed <factor>', 'times faster than real time; 0 is as fast as it goes', wholeNumber, 60)
    .option('--json', 'print how it ended as JSON')
    .action(async ({ seed, speed, json }: { seed: number; speed: number; json?: true }) => {
      const [{ viewOn }, { reportOutcome }] = await Promise.all([import('../report/live.ts'), import('./outcome.ts')]);
      const view = viewOn(session.entrance.err);
      try {
        const outcome = await session.entrance.demo({ seed, speed }, view);
        if (!json) session.say('');
        session.exit = reportOutcome(session, outcome, json === true);
      } finally {
        view.end();
      }
    });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
