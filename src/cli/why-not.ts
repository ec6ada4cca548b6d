import type { Command } from 'commander';
import { Exit } from './exit-codes.ts';
import { textOptions, type Session } from './session.ts';

export function addWhyNot(program: Command, session: Session): void {
  program
    .command('why-not [on]')
    .description('say why a node or guest is not dealt with, and what would lift each reason')
    .option('--json', 'print the reasons as JSON')
    .action(async (what: string | undefined, { json }: { json?: true }) => {
      const [{ whyNot }, { whyNotText }] = await Promise.all([import('../run/why-not.ts'), import('../report/why-not.ts')]);
      const config = await session.config();
      const reasons = whyNot(what, await (await session.actions()).plan({ nodes: [] }), config);
      if (reasons === undefined) {
        const { Refused } = await import('./refused.ts');
        throw new Refused(`there is no node and no guest ${what ?? ''}`, '', 'name a node, a vmid or a guest by its name', Exit.usage);
      }
      if (json) session.json({ reasons });
      else session.say(whyNotText(reasons, what, textOptions(session.entrance.out)));
      session.exit = Exit.ok;
    });
}
