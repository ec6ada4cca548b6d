import type { Command } from 'commander';
import { holdLine } from '../report/hold-line.ts';
import { Exit } from './exit-codes.ts';
import { textOptions, type Session } from './session.ts';

export function addStatus(program: Command, session: Session): void {
  program
    .command('status')
    .description('say where the run is, or how the last one ended')
    .option('-f, --follow', 'watch the run until it ends; ^C ends the watching, not the run')
    .option('--json', 'print it as JSON')
    .action(async ({ follow: following, json }: { follow?: true; json?: true }) => {
      const [{ newestRun }, { follow }, { statusJson, statusText }] = await Promise.all([
        import('./standing-run.ts'),
        import('./follow.ts'),
        import('../report/status.ts'),
      ]);
      const { out, clock } = session.entrance;
      const actions = await session.records();
      const carried = await actions.isCarried();
      if (following && carried) {
        session.exit = await follow(session, actions, json ? session.entrance.err : out, json === true);
        return;
      }
      const [state, holds] = await Promise.all([newestRun(actions), actions.holds()]);
      const tellHolds = () => holds.forEach((hold) => session.say(holdLine(hold)));
      if (state === undefined) {
        if (json) session.json({ phase: 'none', holds });
        else session.say('There has been no run on this node yet.');
        if (!json) tellHolds();
        return;
      }
      const lost = state.phase === 'running' && !carried;
      const earlier = state.phase === 'running' ? await actions.readEarlier(state.run) : [];
      if (json) session.json({ ...statusJson(state, clock.now(), earlier), carried, holds });
      else session.say(statusText(state, clock.now(), textOptions(out), earlier));
      if (!json) tellHolds();
      if (lost) session.remark('proxroll: nobody carries this run at the moment; go on with: proxroll resume');
      session.exit = state.phase === 'paused' || lost ? Exit.paused : Exit.ok;
    });
}
