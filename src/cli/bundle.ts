import type { Command } from 'commander';
import type { Session } from './session.ts';

export function addBundle(program: Command, session: Session): void {
  program
    .command('bundle')
    .description('put a run into an archive for a bug report, without names, addresses and secrets')
    .argument('<run>', 'the run')
    .option('-o, --output <file>', 'write it to this file; proxroll-RUN.tar.gz here when missing')
    .action(async (run: string, { output }: { output?: string }) => {
      const [{ bundle, takenText }, { tar }, { gzipSync }] = await Promise.all([
        import('../report/bundle.ts'),
        import('../report/tar.ts'),
        import('node:zlib'),
      ]);
      const { entrance } = session;
      const actions = await session.records();
      const { files, taken } = bundle({
        run,
        files: texts(await actions.readFolder(run)),
        config: await session.config(),
        version: entrance.version,
        redact: (text) => actions.redact(text),
      });
      const file = output ?? `proxroll-${run}.tar.gz`;
      await entrance.writeBytes(file, gzipSync(tar(files, entrance.clock.now())));
      session.say(`Written: ${file}, with ${files.map(({ path }) => path.slice(run.length + 1)).join(', ')}`);
      session.say(takenText(taken));
      session.remark('Look at it before you give it away: tar -xzf, then read. What nobody could know to be private is still in it.');
    });
}

/** The page and the data of the report are made from the journal and would only say it again. */
function texts(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).filter(([name]) => name !== 'report.html' && name !== 'report.json'));
}
