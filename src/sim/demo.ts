/** A whole run on the simulated cluster of five nodes, for people who want to see one before they trust it with theirs. */
import { configSchema } from '../config/schema.ts';
import type { Entry } from '../model/event.ts';
import { conduct } from '../run/conduct.ts';
import type { Outcome } from '../run/outcome.ts';
import type { RunState } from '../run/state.ts';
import { Agent } from './agent.ts';
import { SeededRandom } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';
import { World } from './world.ts';
import { fiveNodes } from './worlds.ts';

export interface DemoWatcher {
  entry(entry: Entry, state: RunState): void;
  tick(nowMs: number): void;
}

/** One guest of the demo has its disk on local storage, so its owner lets it be stopped. */
export const demoConfig = { guests: { by_vmid: { '111': 'shutdown' } } };

/** A run of this size is over within hours, or it hangs. */
const limitMs = 12 * 3_600_000;

/**
 * @param options.seed another course of events; 0 makes everything take its usual time
 * @param options.speed how many times faster than real time; 0 is as fast as it goes
 * @throws Stuck when the run hangs, which would be a bug
 */
export async function demo(
  { seed, speed, version }: { seed: number; speed: number; version: string },
  watcher: DemoWatcher,
): Promise<Outcome> {
  const clock = new VirtualClock(speed === 0 ? {} : { pace: speed });
  const world = new World(fiveNodes, clock, new SeededRandom(seed));
  const config = configSchema.parse(demoConfig);
  const agent = new Agent({
    world,
    clock,
    ownNode: 'pve1',
    main: (ports) =>
      conduct(
        { ports, config, version },
        {
          only: [],
          stop: new AbortController().signal,
          onFindings: () => undefined,
          onEvent: (entry, state) => watcher.entry(entry, state),
        },
      ),
  });
  const everySecond = () => {
    watcher.tick(clock.now());
    clock.after(1000 * Math.max(1, speed / 4), everySecond);
  };
  everySecond();
  agent.start();
  return clock.drive(agent.done, limitMs);
}
