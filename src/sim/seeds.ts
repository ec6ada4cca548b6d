/**
 * Chance where the space is too large (house style 3.6). A seed chooses a world, a policy and a swarm of faults. First act:
 * faults at will for two virtual hours, the run may pause, nothing may break. Second act: all faults heal, a person resumes, and
 * the run must finish, or say why not for a reason that the world confirms.
 */
import { stringify } from 'yaml';
import { SeededRandom } from './random.ts';
import { rehearse } from './rehearse.ts';
import type { AgentMain, Rehearsal } from './rehearse.ts';
import type { Scenario } from './scenario.ts';
import { drawWorld, worldText } from './seed-world.ts';
import { worldWords } from './spec-text.ts';
import { drawSwarm, swarmText, swarmWords } from './swarm.ts';

export interface SeedResult {
  readonly seed: number;
  /** The world and the swarm, a line each. */
  readonly drawn: readonly string[];
  readonly rehearsal: Rehearsal;
  /** What was wrong, a line each; empty when all is well. */
  readonly wrong: readonly string[];
}

export async function runSeed(seed: number, main: AgentMain): Promise<SeedResult> {
  const { scenario, drawn } = scenarioOf(seed);
  const rehearsal = await rehearse(scenario, main);
  return { seed, drawn, rehearsal, wrong: await wrongIn(rehearsal, scenario, main) };
}

/** What a seed chooses, as a scenario file: its world and policy stay when seeds draw otherwise some day. */
export function savedSeed(seed: number): string {
  const { scenario, drawn } = scenarioOf(seed);
  const { world, ownNode, config, chance, intent, expect } = scenario;
  const file = {
    intent,
    world: 'empty',
    'own-node': ownNode,
    seed,
    ...worldWords(world),
    config,
    ...(chance === undefined ? {} : { chance: swarmWords(chance) }),
    expect,
  };
  return `${[`Seed ${seed}`, ...drawn].map((line) => `# ${line}\n`).join('')}${stringify(file, { lineWidth: 0 })}`;
}

function scenarioOf(seed: number): { readonly scenario: Scenario; readonly drawn: readonly string[] } {
  const drawn = drawWorld(seed);
  const chance = drawSwarm(new SeededRandom(seed));
  return {
    scenario: { ...quiet, file: `seed ${seed}`, world: drawn.world, ownNode: drawn.ownNode, config: drawn.config, seed, chance },
    drawn: [...worldText(drawn), `swarm: ${swarmText(chance)}`],
  };
}

const quiet: Omit<Scenario, 'file' | 'world' | 'ownNode' | 'config' | 'seed' | 'chance'> = {
  intent: 'Whatever goes wrong, nothing must break, and in the end the run must finish',
  only: [],
  do: [],
  expect: { run: 'finished' },
};

async function wrongIn({ ending, problems }: Rehearsal, scenario: Scenario, main: AgentMain): Promise<readonly string[]> {
  const broken = problems.filter((text) => text.startsWith('invariant'));
  if (ending.kind === 'finished') return broken;
  // A run that may take an hour does not last until all is mended, and says so.
  if (ending.kind === 'paused' && ending.code === 'run.deadline') return broken;
  // What cannot be done in this world on a quiet day need not be done after a bad one.
  const { chance: _chance, ...quietly } = scenario;
  const calm = await rehearse(quietly, main);
  return calm.ending.kind === 'finished' ? [...broken, ...problems.filter((text) => !text.startsWith('invariant'))] : broken;
}
