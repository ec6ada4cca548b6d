/** Following a run that the service carries. Whoever follows only watches: ^C ends the watching, not the run. */
import { statusJson } from '../report/status.ts';
import { summaryText } from '../report/summary.ts';
import type { Terminal } from '../report/terminal.ts';
import { viewOn } from '../report/live.ts';
import type { Watcher } from '../report/watcher.ts';
import type { RunState } from '../run/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Actions, Followed } from './actions.ts';
import { Exit, type ExitCode } from './exit-codes.ts';
import { leavingText } from './outcome.ts';
import { textOptions, type Session } from './session.ts';

/** How often the elapsed times on the screen move on. */
const tickMs = 1000;

/** @param on where the view goes; the answer goes to stdout */
export async function follow(session: Session, actions: Actions, on: Terminal, json: boolean): Promise<ExitCode> {
  const view = viewOn(on);
  const interrupted = new AbortController();
  const over = new AbortController();
  const removeListener = session.entrance.onInterrupt(() => interrupted.abort());
  const ticking = tick(view, session.entrance.clock, over.signal);
  let learning: Promise<void> | undefined;
  let followed: Followed;
  try {
    followed = await actions.followRun((entry, state) => {
      view.entry(entry, state);
      learning ??= actions.readEarlier(state.run).then((earlier) => view.learn?.(earlier));
    }, interrupted.signal);
    await learning;
  } finally {
    removeListener();
    over.abort();
    await ticking;
    view.end();
  }
  return report(session, followed, json);
}

async function tick(view: Watcher, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(tickMs, signal);
    if (signal.aborted) return;
    view.tick(clock.now());
  }
}

function report(session: Session, followed: Followed, json: boolean): ExitCode {
  switch (followed.kind) {
    case 'ended':
      return reportEnd(session, followed.state, json);
    case 'no-run':
      session.remark(followed.log.join('\n'));
      return exitCodeOf(followed.exit);
    case 'idle':
      session.remark('No run is going on. The last one: proxroll status');
      return Exit.ok;
    case 'interrupted':
      session.remark('\nNo longer watching; the run goes on. Watch it again: proxroll status --follow');
      return Exit.ok;
    default:
      return followed satisfies never;
  }
}

function reportEnd(session: Session, state: RunState, json: boolean): ExitCode {
  if (json) session.json(statusJson(state));
  else session.say(`\n${summaryText(state, textOptions(session.entrance.out))}`);
  if (state.phase === 'paused') return Exit.paused;
  if (state.phase !== 'running') return Exit.ok;
  if (ownNodeReboots(state)) {
    session.remark(leavingText(state));
    return Exit.ok;
  }
  session.remark('proxroll: the service ended in the middle of the run; see why: journalctl -u proxroll; then go on: proxroll resume');
  return Exit.bug;
}

function ownNodeReboots(state: RunState): boolean {
  return [...state.steps.values()].some(({ status, step }) => status === 'in-flight' && step.kind === 'reboot' && step.node === state.node);
}

/** The service's own exit code; one that is not ours (a signal, say) counts as a bug. */
function exitCodeOf(exit: number): ExitCode {
  return Object.values(Exit).find((code) => code === exit) ?? Exit.bug;
}
