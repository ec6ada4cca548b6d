import type { Command } from 'commander';
import { Exit } from './exit-codes.ts';
import { textOptions, type Session } from './session.ts';

export function addCheck(program: Command, session: Session): void {
  program
    .command('check')
    .description('say whether a run could start now, and every reason why not')
    .option('--json', 'print the findings as JSON')
    .action(async ({ json }: { json?: true }) => {
      const [{ blocks }, { bySeverity, findingsText }, { remarkStandingRun }] = await Promise.all([
        import('../model/finding.ts'),
        import('../report/findings.ts'),
        import('./standing-run.ts'),
      ]);
      const actions = await session.actions();
      const { findings } = await actions.check();
      const blocked = findings.some(blocks);
      if (json) session.json({ blocked, findings: bySeverity(findings) });
      else session.say(findingsText(findings, textOptions(session.entrance.out)));
      await remarkStandingRun(session, actions);
      session.exit = blocked ? Exit.blocked : Exit.ok;
    });
}
