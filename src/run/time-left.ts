/** Whether there is time to begin one more node: inside a maintenance window, and before the run's own deadline. */
import type { Config } from '../config/schema.ts';
import { bytesText } from '../model/bytes.ts';
import { durationText } from '../model/duration.ts';
import { Pause } from '../model/pause.ts';
import type { StepKind } from '../model/step.ts';
import { parseWindow, windowNow, type WindowNow } from '../model/window.ts';
import type { Context } from './context.ts';
import { movedBy, usualTimes } from '../report/usual-times.ts';
import { listRuns, readRun } from './runs.ts';
import type { RunState } from './state.ts';

/** A node of which nothing is known yet: emptied, patched, rebooted, settled. */
const unknownNodeMs = 30 * 60_000;

/** @throws Pause `window.closed` or `run.deadline`, saying by how much it would be too late */
export async function demandTime(node: string, context: Context): Promise<void> {
  const { config, ports } = context.site;
  const nowMs = ports.clock.now();
  const state = context.state();
  const parts = expectedParts(state, node, await otherRuns(context));
  const neededMs = parts.reduce((sum, { ms }) => sum + ms, 0);
  const needed = `its turn takes about ${roughly(neededMs)} (${parts.map(({ what, ms }) => `${what} ${roughly(ms)}`).join(', ')})`;
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
      seen: `${needed}, ${durationText(window.leftMinutes * 60_000)} are left, and it would end ${roughly(neededMs - window.leftMinutes * 60_000)} too late`,
      next: 'proxroll resume in the next window, or make the window longer',
    });
  const lateMs = nowMs + neededMs - (state.beganAtMs + config.deadlines.run * 60_000);
  if (lateMs > 0)
    throw new Pause('run.deadline', {
      what: `${node} is not begun: the run would take longer than it may`,
      seen: `${needed}, and would end ${roughly(lateMs)} too late (deadlines.run is ${config.deadlines.run} minutes)`,
      next: 'start the rest as a new run (proxroll abandon, then start it again), or raise deadlines.run, then: proxroll resume',
    });
}

/** To the minute, or to the second below two: an estimate is no stopwatch. */
function roughly(ms: number): string {
  const unit = ms < 120_000 ? 1000 : 60_000;
  return durationText(Math.max(unit, Math.round(ms / unit) * unit));
}

/** Which window is open now, by the zone the config names or the one this node lives in. */
export function windowOf(config: Config, nowMs: number): WindowNow {
  if (config.windows.length === 0) return { kind: 'always' };
  const windows = config.windows.flatMap((text) => parseWindow(text) ?? []);
  const zone = config.time_zone === 'local' ? Intl.DateTimeFormat().resolvedOptions().timeZone : config.time_zone;
  return windowNow(windows, nowMs, zone);
}

/** One part of a turn: what it is and how long it takes at most, in nineteen of twenty cases. */
export interface TurnPart {
  readonly what: string;
  readonly ms: number;
}

/**
 * How long the node's turn takes by the times of its own earlier ones: apt, the memory that has to move, the boot. With fewer than three of
 * its own, those of all nodes count; with none at all half an hour is assumed.
 * @param earlier other runs, in any order
 */
export function expectedParts(state: RunState, node: string, earlier: readonly RunState[]): readonly TurnPart[] {
  const usual = usualTimes([...earlier, state]);
  const steps = state.plan?.tracks.find((track) => track.node === node)?.steps.map(({ kind }) => kind) ?? [];
  if (!usual.measured('upgrade') && !usual.measured('reboot')) return [{ what: 'a first turn', ms: unknownNodeMs }];
  const bytes = movedBy(state, node) ?? 0;
  const sum = (kinds: readonly StepKind[]) =>
    kinds.reduce((ms, kind) => ms + (usual.step(node, kind, bytes)?.p95 ?? (bytes / slowBytesPerS) * 1000), 0);
  const of = (...kinds: readonly StepKind[]) => steps.filter((kind) => kinds.includes(kind));
  const parts: readonly TurnPart[] = [
    { what: 'apt', ms: sum(of('upgrade')) },
    { what: `moving ${bytesText(bytes)} of guests`, ms: bytes === 0 ? 0 : sum(of('drain', 'return')) },
    { what: 'boot', ms: sum(of('reboot', 'rejoin')) },
    { what: 'the rest', ms: sum(steps.filter((kind) => !named.includes(kind))) },
  ];
  return parts.filter(({ ms }) => ms > 0);
}

const named: readonly StepKind[] = ['upgrade', 'drain', 'return', 'reboot', 'rejoin'];

/** Memory over a network of one gigabit a second that carries other things too: only until a move was measured. */
const slowBytesPerS = 50_000_000;

/** A journal that cannot be read has nothing to say. */
async function otherRuns(context: Context): Promise<readonly RunState[]> {
  const { store } = context.site.ports;
  const runs = (await listRuns(store)).filter((run) => run !== context.state().run);
  const read = await Promise.all(runs.map((run) => readRun(store, run)));
  return read.flatMap((one) => (one.readable ? [one.state] : []));
}
