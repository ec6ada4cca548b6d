import type { Command } from 'commander';
import { Exit } from './exit-codes.ts';
import { textOptions, type Session } from './session.ts';

export function addAbandon(program: Command, session: Session): void {
  program
    .command('abandon')
    .description('give back everything the unfinished run has on loan, and close it')
    .option('--json', 'print what is left as JSON')
    .action(async ({ json }: { json?: true }) => {
      const [{ plainView }, { statusJson, statusText }] = await Promise.all([import('../report/live.ts'), import('../report/status.ts')]);
      const { out, err, clock } = session.entrance;
      const view = plainView(err);
      const actions = await session.records();
      const result = await actions.abandon((entry, state) => view.entry(entry, state));
      switch (result.kind) {
        case 'abandoned':
          if (json) session.json(statusJson(result.state));
          else session.say(statusText(result.state, clock.now(), textOptions(out)));
          session.exit = result.state.loans.length === 0 ? Exit.ok : Exit.paused;
          await actions.settled();
          return;
        case 'nothing':
          session.remark('There is no unfinished run.');
          return;
        case 'busy':
          session.remark(`proxroll: ${result.holder} is at work; stop it first: systemctl stop proxroll`);
          session.exit = Exit.busy;
          return;
        default:
          return result satisfies never;
      }
    });
}
