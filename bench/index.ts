/** `npm run bench -- NAME [ARGUMENT]`: measured figures, each beside what is promised for it. Nothing here fails for being slow. */
import { pathToFileURL } from 'node:url';
import { figuresText, type Bench } from './figure.ts';
import { memory } from './memory.ts';
import { moves } from './moves.ts';
import { overhead } from './overhead.ts';
import { plan } from './plan.ts';
import { pvesh } from './pvesh.ts';
import { rehearse } from './rehearse.ts';
import { sim } from './sim.ts';
import { start } from './start.ts';
import { sweep } from './sweep.ts';

export const benches: readonly Bench[] = [overhead, pvesh, plan, moves, sim, sweep, rehearse, start, memory];

async function main([name, ...args]: readonly string[]): Promise<number> {
  const chosen = name === 'all' ? benches : benches.filter((bench) => bench.name === name);
  if (chosen.length === 0) {
    const list = benches.map((bench) => `  ${bench.name.padEnd(9)} ${bench.about}`);
    process.stderr.write(`usage: npm run bench -- NAME [ARGUMENT]\n${list.join('\n')}\n  all       one after the other\n`);
    return 2;
  }
  for (const bench of chosen) process.stdout.write(`${bench.name}: ${bench.about}\n${figuresText(await bench.measure(args, 'whole'))}\n\n`);
  return 0;
}

const [, script, ...args] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) process.exitCode = await main(args);
