/** `proxroll status --follow` in the terminal this is started in, on a run of the simulator: run by `follow.test.ts` below tmux. */
import { systemClock } from '../../src/adapters/system-clock.ts';
import { terminal } from '../../src/adapters/terminal.ts';
import type { Actions, Entrance, Followed } from '../../src/cli/actions.ts';
import { runProgram } from '../../src/cli/program.ts';
import { configSchema } from '../../src/config/schema.ts';
import { demo } from '../../src/sim/demo.ts';

/** Times faster than the real thing. */
const speed = Number(process.argv[2] ?? 60);

const real = systemClock();
let nowMs = 0;
const actions: Partial<Actions> = {
  isCarried: () => Promise.resolve(true),
  readEarlier: () => Promise.resolve([]),
  followRun: async (onEntry): Promise<Followed> => {
    const outcome = await demo({ seed: 1, speed, version: '0.1.0' }, { entry: onEntry, tick: (atMs) => (nowMs = atMs) });
    if (!('state' in outcome)) throw new Error(`the demo ended ${outcome.kind}`);
    return { kind: 'ended', state: outcome.state };
  },
};
const never = (): never => {
  throw new Error('following needs none of this');
};
const entrance: Entrance = {
  version: '0.1.0',
  // The view's seconds are those of the simulated cluster.
  clock: { now: () => nowMs, elapsed: () => real.elapsed(), sleep: (ms, signal) => real.sleep(ms / 4, signal) },
  out: terminal(process.stdout, (text) => text),
  err: terminal(process.stderr, (text) => text),
  interactive: true,
  startedByTimer: false,
  ask: never,
  onInterrupt: () => () => undefined,
  readConfig: () => Promise.resolve({ config: configSchema.parse({}) }),
  receivers: never,
  sudoers: never,
  readText: never,
  writeText: never,
  writeBytes: never,
  demo: never,
  connect: () => Promise.resolve(actions as Actions),
};
process.exitCode = await runProgram(['status', '--follow'], entrance);
