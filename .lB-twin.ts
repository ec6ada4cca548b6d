import { configSchema } from '/tmp/w/lB/src/config/schema.ts';
import { drawWorld } from '/tmp/w/lB/src/sim/seed-world.ts';
import { lookAt } from '/tmp/w/lB/src/sim/twin-look.ts';
import { rehearseOn, twinStand } from '/tmp/w/lB/src/sim/twin-rehearsal.ts';
import { play } from '/tmp/w/lB/src/sim/rehearsal.ts';
import { readScenario } from '/tmp/w/lB/src/sim/scenario.ts';
const [from, to, every] = process.argv.slice(2).map(Number);
const usual = /^(sizes of packages|how much of its memory|pools and failure)/;
for (let seed = from!; seed < to!; seed++) {
  const drawn = drawWorld(seed);
  const config = configSchema.parse(drawn.config);
  const real = await lookAt({ world: drawn.world, ownNode: drawn.ownNode }, config);
  try {
  const stand = await twinStand(real, config, 0);
  const odd = stand.missing.filter((m) => !usual.test(m));
  if (odd.length) console.log(seed, 'MISSING', odd.join(' | ').slice(0, 600));
  const report = await rehearseOn(stand, { version: 'x', fail: [], everySingleFault: every === 1 });
  const r = report.rehearsed;
  const direct = await play({ ...stand.scenario, world: drawn.world, seed: 0 }, { version: 'x', seed: 0, startMs: real.snapshot.takenAtMs });
  const text = (e: any) => e.kind + (e.code ?? '') + (e.step ?? '') + (e.why ?? '');
  if (r.end.kind !== 'blocked' && text(r.end) !== text(direct.rehearsed.end)) console.log(seed, 'ENDS', text(r.end), 'real', text(direct.rehearsed.end));
  if (r.end.kind !== 'blocked' && Math.abs(r.tookMs - direct.rehearsed.tookMs) > 20000) console.log(seed, 'TOOK', r.tookMs, 'real', direct.rehearsed.tookMs);
  if (r.broken.length) console.log(seed, 'BROKEN', r.broken.join(' | '));
  for (const o of report.singleFaults?.outcomes ?? []) {
    if (o.broken.length || o.end.kind === 'stuck' || o.end.kind === 'failed') console.log(seed, 'FAULT', o.words, o.end.kind, (o.end as any).why ?? '', o.broken.join('|'));
  }
  if (every === 1) console.log(seed, r.end.kind, report.singleFaults?.outcomes.length);
  if (report.scenarioText !== undefined) {
    const again = readScenario(report.scenarioText, 'again.yaml');
    const replay = await play(again, { version: 'x', seed: 0 });
    if (!replay.rehearsed.end.kind.startsWith(again.expect.run === 'finished' ? '' : again.expect.run) || replay.problems.length) console.log(seed, 'REPLAY', replay.rehearsed.end.kind, again.expect.run, replay.problems.join('|').slice(0, 300));
  }
  } catch (e) { console.log(seed, 'ERROR', (e as Error).stack?.slice(0, 600)); }
}
console.log('done');
