import type { Command } from 'commander';
import type { Wish } from '../run/control.ts';
import { Exit } from './exit-codes.ts';
import type { Session } from './session.ts';

/** `pause` and `stop`: a person's word to the run that goes on. */
export function addControl(program: Command, session: Session): void {
  program
    .command('pause')
    .description('let the run pause after the step in flight; it keeps its place')
    .action(() => tell(session, 'pause', 'The run pauses after the step in flight. Go on later with: proxroll resume'));
  program
    .command('stop')
    .description('let the run end at the next safe point and give back what is on loan')
    .action(() => tell(session, 'stop', 'The run ends at the next safe point. Watch it: proxroll status --follow'));
}

async function tell(session: Session, wish: Wish, heard: string): Promise<void> {
  const actions = await session.records();
  if ((await actions.tellRun(wish)) === 'told') {
    session.say(heard);
    return;
  }
  const { unfinishedRun } = await import('./standing-run.ts');
  const state = await unfinishedRun(actions);
  if (state === undefined) session.remark('No run is going on.');
  else {
    session.remark(
      `proxroll: run ${state.run} is not being carried, so nobody would hear it; go on with: proxroll resume, or give it up with: proxroll abandon`,
    );
    session.exit = Exit.paused;
  }
}
