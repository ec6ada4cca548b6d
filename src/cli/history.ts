import type { Command } from 'commander';
import { Exit } from './exit-codes.ts';
import { textOptions, type Session } from './session.ts';

export function addHistory(program: Command, session: Session): void {
  const history = program
    .command('history')
    .description('list the runs of this node, tell one of them, compare two, or say when a node was last patched')
    .argument('[run]', 'the run to tell')
    .option('--json', 'print it as JSON')
    .action(async (run: string | undefined, { json }: { json?: true }) => {
      if (run !== undefined) {
        await show(session, run, json === true);
        return;
      }
      const { historyJson, historyText } = await import('../report/history.ts');
      const runs = await (await session.records()).readRuns();
      if (json) session.json(historyJson(runs));
      else session.say(historyText(runs));
    });
  history
    .command('show')
    .description('tell a run event by event, as its journal has it')
    .argument('<run>', 'the run to tell')
    .option('--json', 'print it as JSON')
    .action((run: string, _options: { json?: true }, command: Command) => show(session, run, wantsJson(command)));
  history
    .command('diff')
    .description('say what two runs did differently: nodes, versions, times')
    .argument('<run>', 'the one')
    .argument('<other>', 'the other')
    .option('--json', 'print it as JSON')
    .action(async (run: string, other: string, _options: { json?: true }, command: Command) => {
      const { runsDiff, runsDiffText } = await import('../report/history-diff.ts');
      const actions = await session.records();
      const diff = runsDiff((await actions.readRun(run)).state, (await actions.readRun(other)).state);
      if (wantsJson(command)) session.json(diff);
      else session.say(runsDiffText(diff, textOptions(session.entrance.out)));
    });
  history
    .command('node')
    .description('say when a node was last patched, by which run, and from what to what')
    .argument('<node>', 'the node')
    .option('--json', 'print it as JSON')
    .action(async (node: string, _options: { json?: true }, command: Command) => {
      const { nodeHistory, nodeHistoryText } = await import('../report/node-history.ts');
      const runs = (await (await session.records()).readRuns()).flatMap((run) => (run.kind === 'read' ? [run.state] : []));
      const works = nodeHistory(runs, node);
      const known = runs.some((state) => [...state.steps.values()].some(({ step }) => step.node === node));
      if (wantsJson(command)) session.json(works);
      else session.say(nodeHistoryText(node, works, known, textOptions(session.entrance.out)));
    });
  history
    .command('verify')
    .description('read every journal from its first line to its last and say which can be trusted')
    .option('--json', 'print it as JSON')
    .action(async (_options: { json?: true }, command: Command) => {
      const json = wantsJson(command);
      const runs = (await (await session.records()).readRuns()).map((run) =>
        run.kind === 'read' ? { run: run.state.run, whole: true as const } : { run: run.run, whole: false as const, why: run.detail },
      );
      if (json) session.json(runs);
      else for (const run of runs) session.say(run.whole ? `${run.run}  whole` : `${run.run}  cannot be trusted: ${run.why}`);
      if (runs.length === 0 && !json) session.say('There are no runs yet.');
      if (runs.some((run) => !run.whole)) session.exit = Exit.blocked;
    });
}

/** `--json` is an option of `history` too, and commander gives it to that one. */
function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: true }>().json === true;
}

async function show(session: Session, run: string, json: boolean): Promise<void> {
  const { runText } = await import('../report/history.ts');
  const { entries } = await (await session.records()).readRun(run);
  if (json) session.json(entries);
  else session.say(runText(entries));
}
