/**
 * The two acts of a run by chance. Safety: faults at will for two virtual hours, the run may pause, nothing may break. Liveness: all
 * faults heal, a person who does what each pause asks for resumes, and the run must come to its end.
 */
import type { Scene } from './faults/fault.ts';
import { somebody } from './person.ts';
import { SeededRandom } from './random.ts';
import type { RehearsalOptions } from './rehearse.ts';
import type { ShellHooks } from './shell.ts';
import { heal, letLoose } from './swarm.ts';
import type { Swarm } from './swarm.ts';

const actMs = 2 * 3_600_000;
const settleMs = 300_000;
/** In the first act a person looks so often; the second leaves time for the longest deadlines. */
const lookMs = 900_000;
const looks = 6;

/** @param seed of the streams that say when which fault strikes whom @param config of which the person edits what a pause asks for */
export function actsOf(
  swarm: Swarm,
  seed: number,
  config: Readonly<Record<string, unknown>>,
): Required<Pick<RehearsalOptions, 'hooks' | 'patience' | 'settleMs'>> {
  const random = new SeededRandom(seed);
  const loose = (scene: Scene): ShellHooks => {
    scene.world.timers.after(actMs, () => {
      heal(scene);
      scene.agent.startAfter(settleMs);
    });
    return letLoose(scene, swarm, random.stream('faults'), random.stream('call-faults'), actMs);
  };
  return { hooks: [loose], patience: { afterMs: lookMs, times: looks, forgivesMs: actMs, mends: somebody(config) }, settleMs };
}
