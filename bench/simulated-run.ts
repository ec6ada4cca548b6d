/** One whole run on a simulated cluster, with everything that the benches count in it. */
import { configSchema } from '../src/config/schema.ts';
import type { Entry } from '../src/model/event.ts';
import { conduct } from '../src/run/conduct.ts';
import type { Outcome } from '../src/run/outcome.ts';
import { Agent } from '../src/sim/agent.ts';
import { SeededRandom } from '../src/sim/random.ts';
import type { ShellCall } from '../src/sim/shell.ts';
import type { WorldSpec } from '../src/sim/spec.ts';
import { VirtualClock } from '../src/sim/virtual-clock.ts';
import { World } from '../src/sim/world.ts';

export interface TimedCall extends ShellCall {
  readonly atMs: number;
}

export interface SimulatedRun {
  readonly world: World;
  readonly outcome: Outcome;
  readonly journal: readonly Entry[];
  readonly calls: readonly TimedCall[];
}

/** A run of this size is over within a day, or it hangs. */
const limitMs = 24 * 3_600_000;

/** @param seed 0 makes everything take its usual time @throws Stuck when the run hangs */
export async function simulatedRun(spec: WorldSpec, seed: number, keys: unknown = {}): Promise<SimulatedRun> {
  const clock = new VirtualClock();
  const world = new World(spec, clock, new SeededRandom(seed));
  const config = configSchema.parse(keys);
  const journal: Entry[] = [];
  const calls: TimedCall[] = [];
  const agent = new Agent<Outcome>({
    world,
    clock,
    ownNode: world.nodes[0]?.name ?? '',
    hooks: [{ before: (call) => void calls.push({ ...call, atMs: clock.now() }) }],
    isOver: ({ kind }) => kind !== 'leaving',
    main: (ports) =>
      conduct(
        { ports, config, version: 'bench' },
        { only: [], stop: new AbortController().signal, onFindings: () => undefined, onEvent: (entry) => void journal.push(entry) },
      ),
  });
  agent.start();
  const outcome = await clock.drive(agent.done, limitMs);
  return { world, outcome, journal, calls };
}

/** @throws Error naming how it ended instead: a bench of a run that was refused would measure nothing */
export async function finishedRun(spec: WorldSpec, seed: number, keys: unknown = {}): Promise<SimulatedRun> {
  const run = await simulatedRun(spec, seed, keys);
  const { outcome } = run;
  if (outcome.kind === 'finished') return run;
  const why =
    outcome.kind === 'blocked'
      ? outcome.findings.map(({ what }) => what).join('; ')
      : JSON.stringify('state' in outcome ? outcome.state.paused : outcome);
  throw new Error(`the simulated run with seed ${seed} did not finish: ${outcome.kind}: ${why}`);
}
