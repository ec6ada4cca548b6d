import type { Command } from 'commander';
import type { Config } from '../config/schema.ts';
import type { ConfigProblem } from '../config/load.ts';
import { Exit } from './exit-codes.ts';
import { Refused } from './refused.ts';
import type { Session } from './session.ts';

export function addConfig(program: Command, session: Session): void {
  const config = program.command('config').description('check or show the configuration');
  config
    .command('check')
    .description('say every problem of the configuration with its line')
    .option('--json', 'print the problems as JSON')
    .action(async ({ json }: { json?: true }) => {
      const { configProblemText } = await import('../config/load.ts');
      const loaded = await session.entrance.readConfig(session.globals);
      const problems = 'problems' in loaded ? loaded.problems : await problemsOfReceivers(session, loaded.config);
      if (json) session.json({ problems });
      else session.say(problems.length === 0 ? 'The configuration is good.' : problems.map(configProblemText).join('\n'));
      session.exit = problems.length === 0 ? Exit.ok : Exit.usage;
    });
  config
    .command('show')
    .description('show every key with the value in force, and what is a default')
    .option('--json', 'print the values as JSON')
    .action(async ({ json }: { json?: true }) => {
      const { configText } = await import('../config/show.ts');
      const effective = await session.config();
      if (json) session.json(effective);
      else session.say(configText(effective));
    });
  config
    .command('sudoers')
    .description('print the smallest sudoers file for ssh_user, for /etc/sudoers.d/proxroll on every node')
    .action(async () => {
      const effective = await session.config();
      if (effective.ssh_user === 'root')
        throw new Refused(
          'ssh_user is root, who needs no sudo',
          '',
          'name another user as ssh_user in the config first, if that is wanted',
        );
      session.say(await session.entrance.sudoers(effective));
    });
}

/** Receivers are asked, without being told anything. */
async function problemsOfReceivers({ entrance, globals }: Session, config: Config): Promise<readonly ConfigProblem[]> {
  if (Object.keys(config.receivers).length === 0) return [];
  const [{ receiverProblems }, { defaultConfigFile }] = await Promise.all([import('./telling.ts'), import('../config/load.ts')]);
  const file = globals.configFile ?? defaultConfigFile;
  return receiverProblems(await entrance.receivers(config), file, await entrance.readText(file));
}
