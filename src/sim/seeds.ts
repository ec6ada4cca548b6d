/**
 * Chance where the space is too large (house style 3.6). A seed chooses a world, a policy and a swarm of faults. First act:
 * faults at will for two virtual hours, the run may pause, nothing may break. Second act: all faults heal, a person resumes, and
 * the run must finish, or say why not for a reason that the world confirms.
 */
import type { Scene } from './faults.ts';
import { obey } from './person.ts';
import { SeededRandom } from './random.ts';
import { rehearse } from './rehearse.ts';
import type { AgentMain, Rehearsal } from './rehearse.ts';
import type { Scenario } from './scenario.ts';
import { drawWorld, worldText } from './seed-world.ts';
import { drawSwarm, heal, letLoose, swarmText } from './swarm.ts';

export interface SeedResult {
  readonly seed: number;
  /** The world and the swarm, a line each. */
  readonly drawn: readonly string[];
  readonly rehearsal: Rehearsal;
  /** What was wrong, a line each; empty when all is well. */
  readonly wrong: readonly string[];
}

const actMs = 2 * 3_600_000;
const settleMs = 300_000;
/** In the first act a person looks so often; the second leaves time for the longest deadlines. */
const lookMs = 900_000;
const looks = 6;

export async function runSeed(seed: number, main: AgentMain): Promise<SeedResult> {
  const drawn = drawWorld(seed);
  const random = new SeededRandom(seed);
  const swarm = drawSwarm(random.stream('swarm'));
  const scenario: Scenario = { ...quiet, file: `seed ${seed}`, world: drawn.world, ownNode: drawn.ownNode, config: drawn.config, seed };
  const loose = (scene: Scene) => {
    scene.world.timers.after(actMs, () => {
      heal(scene);
      scene.agent.startAfter(settleMs);
    });
    return letLoose(scene, swarm, random.stream('faults'), random.stream('call-faults'), actMs);
  };
  const rehearsal = await rehearse(scenario, main, {
    hooks: [loose],
    patience: { afterMs: lookMs, times: looks, forgivesMs: actMs, mends: obey },
    settleMs,
  });
  return { seed, drawn: [...worldText(drawn), `swarm: ${swarmText(swarm)}`], rehearsal, wrong: await wrongIn(rehearsal, scenario, main) };
}

const quiet: Omit<Scenario, 'file' | 'world' | 'ownNode' | 'config' | 'seed'> = {
  intent: 'Nothing must break, and in the end the run must finish',
  only: [],
  do: [],
  expect: { run: 'finished' },
};

async function wrongIn({ ending, problems }: Rehearsal, scenario: Scenario, main: AgentMain): Promise<readonly string[]> {
  const broken = problems.filter((text) => text.startsWith('invariant'));
  if (ending.kind === 'finished') return broken;
  // What cannot be done in this world on a quiet day need not be done after a bad one.
  const calm = await rehearse(scenario, main);
  return calm.ending.kind === 'finished' ? [...broken, ...problems.filter((text) => !text.startsWith('invariant'))] : broken;
}
