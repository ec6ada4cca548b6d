/** A world for a test, with its clock. */
import { SeededRandom } from '../../src/sim/random.ts';
import type { WorldSpec } from '../../src/sim/spec.ts';
import { VirtualClock } from '../../src/sim/virtual-clock.ts';
import { World } from '../../src/sim/world.ts';
import { runCommand } from '../../src/sim/commands/index.ts';
import type { Argv } from '../../src/ports/shell.ts';
import type { CommandResult } from '../../src/sim/process.ts';

export interface TestWorld {
  readonly world: World;
  readonly clock: VirtualClock;
  /** Runs a command, its words separated by blanks, and lets time pass until it has ended. */
  run(host: string, command: string | Argv): Promise<CommandResult>;
  /** The same, and its output as JSON. */
  json(host: string, command: string): Promise<never>;
  /** What happened so far, one `subject text` for each fact. */
  told(): string[];
}

export function aWorld(spec: WorldSpec, seed = 0): TestWorld {
  const clock = new VirtualClock();
  const world = new World(spec, clock, new SeededRandom(seed));
  const run = (host: string, command: string | Argv): Promise<CommandResult> =>
    clock.drive(runCommand(world, host, typeof command === 'string' ? (command.split(' ') as unknown as Argv) : command));
  return {
    world,
    clock,
    run,
    json: async (host, command) => JSON.parse((await run(host, command)).stdout) as never,
    told: () => world.log.entries.map(({ subject, text }) => `${subject} ${text}`),
  };
}
