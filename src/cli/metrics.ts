import { InvalidArgumentError, type Command } from 'commander';
import { Exit } from './exit-codes.ts';
import type { Session } from './session.ts';

interface MetricsOptions {
  readonly textfile?: true;
  readonly listen?: string;
}

export function addMetrics(program: Command, session: Session): void {
  program
    .command('metrics')
    .description('look at the nodes and print figures for Prometheus')
    .option('--textfile', "write them for node_exporter's textfile collector instead")
    .option(
      '--listen <address:port>',
      'answer scrapes there until stopped; the nodes are looked at every five minutes at most',
      listenAddress,
    )
    .action(async ({ textfile, listen }: MetricsOptions) => {
      const actions = await session.actions();
      if (listen !== undefined) return actions.listen(listen, (address) => session.remark(`Figures are at http://${address}/metrics`));
      if (textfile !== true) return session.say(await actions.metrics());
      const file = await actions.writeMetrics();
      if (file !== undefined) return session.say(file);
      session.remark('proxroll: nothing was written, as there is no such folder; see metrics.textfile_folder in: proxroll config show');
      session.exit = Exit.usage;
    });
}

function listenAddress(text: string): string {
  if (!/^(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/i.test(text))
    throw new InvalidArgumentError('It must be an address and a port, such as 127.0.0.1:9900.');
  return text;
}
