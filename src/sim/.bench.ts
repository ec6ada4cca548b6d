import { VirtualClock } from './virtual-clock.ts';
import { SeededRandom } from './random.ts';
import { World } from './world.ts';
import { worlds } from './worlds.ts';
import { Agent } from './agent.ts';
import { conduct } from '../run/conduct.ts';
import { configSchema } from '../config/schema.ts';
const config = configSchema.parse({});
async function one(name: string, seed: number) {
  const clock = new VirtualClock();
  const world = new World(worlds[name]!, clock, new SeededRandom(seed));
  const agent = new Agent({ world, clock, ownNode: 'pve1', main: async (ports) => {
    const outcome = await conduct({ ports, config, version: '0.1.0' }, { only: [], stop: new AbortController().signal, onEvent: () => {}, onFindings: () => {} });
    if (outcome.kind === 'leaving') await new Promise(() => {});
    return outcome;
  }});
  agent.start();
  const o = await clock.drive(agent.done, 24*3600e3);
  return { kind: o.kind, detail: o.kind === 'paused' ? JSON.stringify((o as any).state.paused ?? (o as any).state.pause ?? '').slice(0,300) : '', calls: agent.calls, clock, world };
}
const name = process.argv[2] ?? 'three-nodes';
const n = Number(process.argv[3] ?? 100);
for (let i = 0; i < 20; i++) await one(name, 0);
const t = process.cpuUsage(); const t0 = Date.now();
const kinds: Record<string, number> = {};
for (let i = 0; i < n; i++) { const r = await one(name, i); kinds[r.kind] = (kinds[r.kind] ?? 0) + 1; if (r.kind !== 'finished') console.log(i, r.kind, r.detail); }
const c = process.cpuUsage(t);
console.log(kinds, 'ms/run wall', (Date.now()-t0)/n, 'cpu', (c.user+c.system)/1000/n);
