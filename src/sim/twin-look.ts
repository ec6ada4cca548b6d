/** Looking at a twin as proxroll looks at the real cluster, to tell whether the two lead to the same decisions. */
import type { Config } from '../config/schema.ts';
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { discover } from '../run/discover.ts';
import { check } from '../run/preflight.ts';
import { makePlan } from '../stages/pve/plan.ts';
import { SimHttp } from './http.ts';
import { SeededRandom } from './random.ts';
import { simShell } from './shell.ts';
import type { WorldSpec } from './spec.ts';
import { SimDisk } from './store.ts';
import { VirtualClock } from './virtual-clock.ts';
import { World } from './world.ts';

export interface Look {
  readonly snapshot: Snapshot;
  readonly findings: readonly Finding[];
  readonly plan: Plan;
}

/** What `proxroll plan` would say there. @param startMs when the world begins, in milliseconds since the epoch */
export async function lookAt(
  { world: spec, ownNode, startMs }: { readonly world: WorldSpec; readonly ownNode: string; readonly startMs?: number },
  config: Config,
): Promise<Look> {
  const clock = new VirtualClock(startMs === undefined ? {} : { startMs });
  const random = new SeededRandom(0);
  const world = new World(spec, clock, random);
  const ports = { shell: simShell(world, { ownNode }), http: new SimHttp(clock), clock, random, store: new SimDisk(clock).open() };
  const snapshot = await clock.drive(discover({ ports, config, version: '' }));
  return { snapshot, findings: check(snapshot, config, { when: 'start' }), plan: makePlan(snapshot, config, []) };
}

/** @returns in what the twin leads to other decisions than the real cluster, one sentence each */
export function unlike(real: Look, twin: Look): readonly string[] {
  const words = ({ subject, what }: Finding): string => `${subject}: ${what}`;
  const counting = (look: Look): readonly string[] => look.findings.filter((finding) => finding.severity !== 'info').map(words);
  const [seen, shown] = [counting(real), counting(twin)];
  return [
    ...seen.filter((text) => !shown.includes(text)),
    ...shown.filter((text) => !seen.includes(text)).map((text) => `only in the twin and not real: ${text}`),
    ...unlikePlans(real.plan, twin.plan),
  ];
}

function unlikePlans(real: Plan, twin: Plan): readonly string[] {
  const order = (plan: Plan): string => plan.tracks.map((track) => track.node).join(', ') || 'no node';
  if (order(real) !== order(twin)) return [`the order of the plan: ${order(real)}; in the twin ${order(twin)}`];
  return real.tracks.flatMap((track, index) => {
    const steps = (plan: Plan): string => (plan.tracks[index]?.steps ?? []).map((step) => step.kind).join(', ');
    return steps(real) === steps(twin) ? [] : [`the steps of ${track.node}: ${steps(real)}; in the twin ${steps(twin)}`];
  });
}
