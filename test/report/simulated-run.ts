/** Whole runs of the simulator, for what only a long and real journal can show. */
import { configSchema } from '../../src/config/schema.ts';
import type { Entry } from '../../src/model/event.ts';
import { conduct } from '../../src/run/conduct.ts';
import { Agent } from '../../src/sim/agent.ts';
import { SeededRandom } from '../../src/sim/random.ts';
import type { WorldSpec } from '../../src/sim/spec.ts';
import { VirtualClock } from '../../src/sim/virtual-clock.ts';
import { World } from '../../src/sim/world.ts';

export interface Simulation {
  readonly world: WorldSpec;
  readonly ownNode: string;
  readonly seed?: number;
  readonly config?: object;
  /** Told of every entry: the moment to let something go wrong. */
  readonly onEntry?: (entry: Entry, world: World) => void;
}

/** @returns the journal's entries, from the beginning to the first end or pause */
export async function simulatedRun({ world: spec, ownNode, seed = 1, config = {}, onEntry }: Simulation): Promise<readonly Entry[]> {
  process.env['TZ'] = 'UTC';
  const clock = new VirtualClock();
  const world = new World(spec, clock, new SeededRandom(seed));
  const entries: Entry[] = [];
  const agent = new Agent({
    world,
    clock,
    ownNode,
    main: (ports) =>
      conduct(
        { ports, config: configSchema.parse(config), version: '0.1.0' },
        {
          only: [],
          stop: new AbortController().signal,
          onFindings: () => undefined,
          onEvent: (entry) => {
            entries.push(entry);
            onEntry?.(entry, world);
          },
        },
      ),
  });
  agent.start();
  await clock.drive(agent.done, 48 * 3_600_000);
  return entries;
}
