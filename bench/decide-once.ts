/** One whole decision about a large site in a process of its own, for its memory: `node decide-once.mjs NODES GUESTS`. */
import { check } from '../src/run/preflight.ts';
import { makePlan } from '../src/stages/pve/plan.ts';
import { config } from '../test/builders.ts';
import { largeSite } from './large-site.ts';

const [nodes = 4, guests = 20] = process.argv.slice(2).map(Number);
const site = largeSite({ nodes, guests });
check(site, config(), { when: 'start', run: 'bench' });
makePlan(site, config(), []);
