import type { Command } from 'commander';
import type { Session } from './session.ts';

export function addResume(program: Command, session: Session): void {
  program
    .command('resume')
    .description('go on with a paused or interrupted run, and follow it')
    .option('--json', 'print how it ended as JSON')
    .action(async ({ json }: { json?: true }) => {
      const [{ unfinishedRun }, { follow }] = await Promise.all([import('./standing-run.ts'), import('./follow.ts')]);
      const actions = await session.actions();
      if ((await unfinishedRun(actions)) === undefined) {
        session.remark('There is no run to go on with.');
        return;
      }
      if (!(await actions.isCarried())) await actions.startService({ nodes: [] });
      session.exit = await follow(session, actions, session.entrance.err, json === true);
    });
}
