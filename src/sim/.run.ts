import { VirtualClock } from './virtual-clock.ts';
import { SeededRandom } from './random.ts';
import { World } from './world.ts';
import { worlds } from './worlds.ts';
import { Agent } from './agent.ts';
import { conduct } from '../run/conduct.ts';
import { configSchema } from '../config/schema.ts';
import { transcriptLine } from '../report/transcript.ts';
const [, , name = 'three-nodes', seed = '0', quiet = ''] = process.argv;
const clock = new VirtualClock();
const world = new World(worlds[name]!, clock, new SeededRandom(Number(seed)));
const T = () => { const s = Math.floor(clock.elapsed()/1000); return [s/3600, s/60%60, s%60].map(x=>String(Math.floor(x)).padStart(2,'0')).join(':'); };
const say = (s: string) => { if (quiet === '') console.log(s); };
world.log.listen(f => { if (f.told) say(`T+${T()}  ${f.subject.padEnd(8)} ${f.text}`); });
const config = configSchema.parse({});
const t0 = Date.now();
const agent = new Agent({ world, clock, ownNode: Object.keys(world.spec.nodes)[0]!, main: async (ports) => {
  const outcome = await conduct({ ports, config, version: '0.1.0' }, { only: [], stop: new AbortController().signal,
    onEvent: (e: any, state: any) => say(`T+${T()}  agent    ${transcriptLine(e.event, state).text}`),
    onFindings: (f) => { for (const x of f) say(`   ${x.severity} ${x.subject} ${x.check}: ${x.what} / ${x.seen}`); } });
  if (outcome.kind === 'leaving') await new Promise(() => {});
  return outcome;
}});
agent.start();
const outcome = await clock.drive(agent.done, 24*3600e3);
console.log(outcome.kind, 'calls', agent.calls, 'virtual', T(), 'real ms', Date.now()-t0);
for (const g of world.guests.all) if (g.interruptions.length) console.log(g.title, g.node, g.status, JSON.stringify(g.interruptions));
for (const n of world.nodes) console.log(n.name, n.boots, n.runningKernel, n.apt.pending.length, n.power);
