import type { Command } from 'commander';
import { Exit } from './exit-codes.ts';
import { gathered } from './gathered.ts';
import { textOptions, type Session } from './session.ts';

export function addPlan(program: Command, session: Session): void {
  program
    .command('plan')
    .description('show what a run would do, what it would leave out, and why')
    .option('--node <name>', 'only this node; may be given several times', gathered)
    .option('--json', 'print the findings and the plan as JSON')
    .action(async ({ node = [], json }: { node?: readonly string[]; json?: true }) => {
      const [{ blocks }, { bySeverity }, { plannedText }] = await Promise.all([
        import('../model/finding.ts'),
        import('../report/findings.ts'),
        import('./planned-text.ts'),
      ]);
      const { findings, plan } = await (await session.actions()).plan({ nodes: node });
      const blocked = findings.some(blocks);
      if (json) session.json({ blocked, findings: bySeverity(findings), plan });
      else session.say(plannedText(findings, plan, textOptions(session.entrance.out)));
      session.exit = blocked ? Exit.blocked : Exit.ok;
    });
}
