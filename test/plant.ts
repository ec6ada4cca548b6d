/** Runs the product with one planted bug, and tells which invariants said something. */
import { invariants } from '../src/sim/invariants.ts';
import { rehearse } from '../src/sim/rehearse.ts';
import type { AgentMain } from '../src/sim/rehearse.ts';
import { readScenario } from '../src/sim/scenario.ts';
import { pveHandlers } from '../src/stages/pve/steps/index.ts';
import type { PlantedBug } from './planted-bugs.ts';
import { proxroll } from './sim/rehearsed-agent.ts';

export interface Caught {
  /** The sentence of the invariant that the bug belongs to; nothing when it was missed. */
  readonly by: string | undefined;
  /** Every broken invariant, a line each. */
  readonly said: readonly string[];
  readonly log: readonly string[];
}

/** One at a time: the handlers are the product's own while nothing is planted. */
export async function plant({ invariant, scenario, handlers, ports, hours = 12 }: PlantedBug, sound = false): Promise<Caught> {
  const real = { ...pveHandlers };
  const main: AgentMain = (given, life) => proxroll(sound ? given : (ports?.(given, life) ?? given), life);
  if (!sound) Object.assign(pveHandlers, handlers?.(real));
  try {
    const text = `intent: No invariant must be broken\n${scenario.trimEnd()}\nexpect: { run: finished }\n`;
    const { problems, log } = await rehearse(readScenario(text, 'planted'), main, { limitMs: hours * 3_600_000 });
    const said = problems.filter((problem) => problem.startsWith('invariant '));
    return { by: said.find((problem) => problem.startsWith(`invariant ${invariant} `)), said, log };
  } finally {
    Object.assign(pveHandlers, real);
  }
}

/** Numbers of invariants that no planted bug has shown to be able to fail. */
export function unproved(bugs: readonly PlantedBug[]): readonly number[] {
  return invariants.map(({ number }) => number).filter((number) => !bugs.some(({ invariant }) => invariant === number));
}
