/**
 * What the service is to whoever follows it: a process of its own that writes a run into a state folder on the disk, with earlier runs beside it. The
 * cluster is the simulator's, its clock goes faster than ours. Run by `follow.test.ts`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileStore } from '../../src/adapters/file-store.ts';
import { configSchema } from '../../src/config/schema.ts';
import { conduct } from '../../src/run/conduct.ts';
import { Agent } from '../../src/sim/agent.ts';
import { SeededRandom } from '../../src/sim/random.ts';
import { SimDisk } from '../../src/sim/store.ts';
import { VirtualClock } from '../../src/sim/virtual-clock.ts';
import { World } from '../../src/sim/world.ts';
import { fiveNodes } from '../../src/sim/worlds.ts';

const [folder = '', speed = '60'] = process.argv.slice(2);
const config = configSchema.parse({ guests: { by_vmid: { '111': 'shutdown' } } });
/** Nothing is due on it, so its process lives through the whole run. */
const ownNode = 'pve5';
const startMs = Date.UTC(2026, 2, 1, 4);
const weekMs = 7 * 86_400_000;

/** @returns the files that a run leaves */
async function run(seed: number, atMs: number, pace?: number): Promise<ReadonlyMap<string, string>> {
  const clock = new VirtualClock({ startMs: atMs, ...(pace === undefined ? {} : { pace }) });
  const world = new World(fiveNodes, clock, new SeededRandom(seed));
  const disk = new SimDisk(clock);
  const agent = new Agent({
    world,
    clock,
    ownNode,
    disk,
    main: ({ store, ...ports }) =>
      conduct(
        {
          ports: { ...ports, store: pace === undefined ? store : fileStore(folder, (name) => process.stderr.write(`lost ${name}\n`)) },
          config,
          version: '0.1.0',
        },
        { only: [], stop: new AbortController().signal, onFindings: () => undefined, onEvent: () => undefined },
      ),
  });
  // Real writes take real time: while one goes on, the world must not be taken for one in which nothing can happen.
  const everySecond = (): void => void clock.after(1000, everySecond);
  everySecond();
  agent.start();
  const outcome = await clock.drive(agent.done, 12 * 3_600_000);
  if (outcome.kind !== 'finished') throw new Error(`the run ended ${outcome.kind}`);
  return disk.files;
}

for (let week = 1; week <= 5; week++)
  for (const [path, text] of await run(10 + week, startMs - week * weekMs)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
writeFileSync(join(folder, 'pid'), `${process.pid} ${Date.now()}`);
await run(1, startMs, Number(speed));
