/** Runs the product with one planted bug, and tells which invariants said something. */
import type { Handlers } from '../src/run/handler.ts';
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

/** @param sound without the bug: then nothing may be broken */
export function plant({ invariant, scenario, handlers, ports, hours = 12 }: PlantedBug, sound = false): Promise<Caught> {
  const main: AgentMain = (given, life) => proxroll(sound ? given : (ports?.(given, life) ?? given), life);
  return withHandlers(sound ? undefined : handlers, async () => {
    const text = `intent: No invariant must be broken\n${scenario.trimEnd()}\nexpect: { run: finished }\n`;
    const { problems, log } = await rehearse(readScenario(text, 'planted'), main, { limitMs: hours * 3_600_000 });
    const said = problems.filter((problem) => problem.startsWith('invariant '));
    return { by: said.find((problem) => problem.startsWith(`invariant ${invariant} `)), said, log };
  });
}

/** One at a time: the handlers are the product's own while nothing is planted. */
export async function withHandlers<T>(planted: ((real: Handlers) => Partial<Handlers>) | undefined, act: () => Promise<T>): Promise<T> {
  const real = { ...pveHandlers };
  Object.assign(pveHandlers, planted?.(real));
  try {
    return await act();
  } finally {
    Object.assign(pveHandlers, real);
  }
}

/** Numbers of invariants that no planted bug has shown to be able to fail. */
export function unproved(bugs: readonly PlantedBug[]): readonly number[] {
  return invariants.map(({ number }) => number).filter((number) => !bugs.some(({ invariant }) => invariant === number));
}
