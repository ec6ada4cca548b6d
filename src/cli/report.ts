import { Option, type Command } from 'commander';
import type { Session } from './session.ts';
import { textOptions } from './session.ts';

interface ReportOptions {
  readonly json?: true;
  readonly html?: true;
  readonly output?: string;
}

export function addReport(program: Command, session: Session): void {
  program
    .command('report')
    .description('tell what a run did to which machine, what was not done and why; the newest one unless another is named')
    .argument('[run]', 'the run to report')
    .option('--json', 'print it as JSON')
    .addOption(new Option('--html', 'print it as one page that needs nothing else').conflicts('json'))
    .option('-o, --output <file>', 'write it to this file')
    .action(async (run: string | undefined, { json, html, output }: ReportOptions) => {
      const actions = await session.records();
      const name = run ?? (await newestRun(session));
      if (name === undefined) {
        if (json) session.json({ phase: 'none' });
        else session.say('There has been no run on this node yet.');
        return;
      }
      const [{ runReport }, { entries }, earlier] = await Promise.all([
        import('../report/run-report.ts'),
        actions.readRun(name),
        actions.readEarlier(name),
      ]);
      const text = await rendered(runReport(entries, earlier));
      if (output === undefined) session.say(text);
      else {
        await session.entrance.writeText(output, text);
        session.remark(`Written: ${output}`);
      }

      async function rendered(report: ReturnType<typeof runReport>): Promise<string> {
        if (json) return `${JSON.stringify(report, null, 2)}\n`;
        if (html) return (await import('../report/page/page.ts')).reportPage(report);
        const { out } = session.entrance;
        const { reportText } = await import('../report/report-text.ts');
        return reportText(report, output === undefined ? textOptions(out) : { width: 110, colour: false });
      }
    });
}

async function newestRun(session: Session): Promise<string | undefined> {
  const runs = await (await session.records()).readRuns();
  const last = runs.at(-1);
  return last?.kind === 'damaged' ? last.run : last?.state.run;
}
