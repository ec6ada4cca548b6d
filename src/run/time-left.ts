/** Whether there is time to begin one more node: inside a maintenance window, and before the run's own deadline. */
import type { Config } from '../config/schema.ts';
import { durationText } from '../model/duration.ts';
import { Pause } from '../model/pause.ts';
import { parseWindow, windowNow, type WindowNow } from '../model/window.ts';
import type { Context } from './context.ts';
import { listRuns, readRun } from './runs.ts';
import type { NodeDone, RunState } from './state.ts';

/** A node of which nothing is known yet: emptied, patched, rebooted, settled. */
const unknownNodeMs = 30 * 60_000;

/** @throws Pause `window.closed` or `run.deadline`, saying by how much it would be too late */
export async function demandTime(node: string, context: Context): Promise<void> {
  const { config, ports } = context.site;
  const nowMs = ports.clock.now();
  const state = context.state();
  const neededMs = expectedMs(state, await earlierTurns(node, context));
  const window = windowOf(config, nowMs);
  if (window.kind === 'closed')
    throw new Pause('window.closed', {
      what: `${node} is not begun: no maintenance window is open`,
      seen: `the next one opens in ${durationText(window.opensInMinutes * 60_000)}`,
      next: 'proxroll resume when it is open',
    });
  if (window.kind === 'open' && neededMs > window.leftMinutes * 60_000)
    throw new Pause('window.closed', {
      what: `${node} is not begun: it would not be done when the maintenance window closes`,
      seen: `it takes about ${durationText(neededMs)}, and ${durationText(window.leftMinutes * 60_000)} are left`,
      next: 'proxroll resume in the next window, or make the window longer',
    });
  const lateMs = nowMs + neededMs - (state.beganAtMs + config.deadlines.run * 60_000);
  if (lateMs > 0)
    throw new Pause('run.deadline', {
      what: `${node} is not begun: the run would take longer than it may`,
      seen: `it would end ${durationText(lateMs)} too late (deadlines.run is ${config.deadlines.run} minutes)`,
      next: 'start the rest as a new run (proxroll abandon, then start it again), or raise deadlines.run',
    });
}

/** Which window is open now, by the zone the config names or the one this node lives in. */
export function windowOf(config: Config, nowMs: number): WindowNow {
  if (config.windows.length === 0) return { kind: 'always' };
  if (config.windows.length === 0) return { kind: 'always' };
  const windows = config.windows.flatMap((text) => parseWindow(text) ?? []);
  const zone = config.time_zone === 'local' ? Intl.DateTimeFormat().resolvedOptions().timeZone : config.time_zone;
  return windowNow(windows, nowMs, zone);
}

/** What 95 of 100 earlier turns of this node did not exceed; without any, as long as the slowest node of this run took. */
export function expectedMs(state: RunState, earlier: readonly number[]): number {
  const sorted = [...earlier].sort((a, b) => a - b);
  const usual = sorted[Math.ceil(sorted.length * 0.95) - 1];
  if (usual !== undefined) return usual;
  const peers = turnsOf(state).map((turn) => turn.ms);
  return peers.length === 0 ? unknownNodeMs : Math.max(...peers);
}

/** Every turn of the node in earlier runs, in milliseconds. A journal that cannot be read has nothing to say. */
async function earlierTurns(node: string, context: Context): Promise<readonly number[]> {
  const { store } = context.site.ports;
  const runs = (await listRuns(store)).filter((run) => run !== context.state().run);
  const states = await Promise.all(runs.map((run) => readRun(store, run)));
  return states.flatMap((read) =>
    read.readable
      ? turnsOf(read.state)
          .filter((turn) => turn.node === node)
          .map((turn) => turn.ms)
      : [],
  );
}

/** The turns that changed something; the others are over at once and tell nothing. */
function turnsOf(state: RunState): readonly { readonly node: string; readonly ms: number }[] {
  return state.nodesDone.filter((done) => done.packages > 0 || done.rebooted).map((done) => ({ node: done.node, ms: turnMs(done, state) }));
}

function turnMs(done: NodeDone, state: RunState): number {
  const starts = [...state.steps.values()].flatMap((step) =>
    step.step.node === done.node && step.status === 'done' && !['refresh', 'fetch', 'balancer-off'].includes(step.step.kind)
      ? [step.startedAtMs]
      : [],
  );
  return starts.length === 0 ? 0 : done.atMs - Math.min(...starts);
}
