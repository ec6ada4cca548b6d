/**
 * Exhaustive where chance is wasteful (house style 3.5): one scenario again and again, each time with one fault at one call
 * across the port. What it demands of every one of them is what the scenario demands, and that no invariant breaks.
 */
import type { Scene } from './faults.ts';
import { rehearse } from './rehearse.ts';
import type { AgentMain, Rehearsal } from './rehearse.ts';
import type { Scenario } from './scenario.ts';
import type { ShellCall, ShellHooks, Verdict } from './shell.ts';

export interface SweepFault {
  readonly title: string;
  /** Strikes at the call of that number, counted over all lives of the agent. */
  readonly at: (call: number) => (scene: Scene) => ShellHooks;
}

const soonMs = 5_000;
const laterMs = 300_000;

export const sweepFaults: readonly SweepFault[] = [
  { title: 'killed before, back at once', at: (call) => kill(call, 'before', soonMs) },
  { title: 'killed before, back later', at: (call) => kill(call, 'before', laterMs) },
  { title: 'killed after, back at once', at: (call) => kill(call, 'after', soonMs) },
  { title: 'killed after, back later', at: (call) => kill(call, 'after', laterMs) },
  { title: 'refused', at: (call) => once(call, 'before', (_scene, one) => refusal(one)) },
  {
    title: 'answer lost',
    at: (call) => once(call, 'after', () => ({ do: 'fail', kind: 'no-answer', detail: 'the simulator lost the answer' })),
  },
  { title: 'link cut for a minute', at: cutLink },
];

export interface SweepFailure {
  readonly fault: string;
  readonly call: number;
  readonly rehearsal: Rehearsal;
}

/**
 * Every fault at every `step`th call. A run that pauses under a fault, or that fails before it has begun, has done what it may; one that
 * breaks an invariant, gets stuck, or ends otherwise than the scenario expects has not.
 */
export async function sweep(
  scenario: Scenario,
  main: AgentMain,
  step = 1,
  faults: readonly SweepFault[] = sweepFaults,
): Promise<{ runs: number; failures: SweepFailure[] }> {
  const { calls } = await rehearse(scenario, main);
  const failures: SweepFailure[] = [];
  let runs = 0;
  for (const fault of faults) {
    for (let call = 1; call <= calls; call += step) {
      runs++;
      const rehearsal = await rehearse(scenario, main, { hooks: [fault.at(call)] });
      if (unfit(rehearsal)) failures.push({ fault: fault.title, call, rehearsal });
    }
  }
  return { runs, failures };
}

function unfit({ ending, problems, log }: Rehearsal): boolean {
  const begun = log.some((line) => line.includes(' began on '));
  const may = ending.kind === 'paused' || (!begun && (ending.kind === 'failed' || ending.kind === 'blocked'));
  return may ? problems.some((text) => text.startsWith('invariant')) : problems.length > 0;
}

type When = 'before' | 'after';
type Hooked = (scene: Scene, call: ShellCall) => Verdict | undefined;

/** A connection is refused; on the own node there is none, and the command fails instead. */
function refusal({ own, commands }: ShellCall): Verdict {
  if (!own) return { do: 'fail', kind: 'unreachable', detail: 'the simulator refused it' };
  return {
    do: 'answer',
    answers: commands.map(() => ({ exitCode: 1, stdout: '', stderr: 'cannot fork: Resource temporarily unavailable\n' })),
  };
}

/** Counts calls across all lives: a shell counts only its own. */
function once(call: number, when: When, act: Hooked): (scene: Scene) => ShellHooks {
  return (scene) => {
    const strikes = (one: ShellCall): Verdict | undefined => (++seen === call ? act(scene, one) : undefined);
    let seen = 0;
    return when === 'before' ? { before: strikes } : { after: strikes };
  };
}

function kill(call: number, when: When, backMs: number): (scene: Scene) => ShellHooks {
  return once(call, when, ({ agent }) => {
    agent.kill();
    agent.startAfter(backMs);
    return { do: 'never' };
  });
}

function cutLink(call: number): (scene: Scene) => ShellHooks {
  return (scene) => {
    let seen = 0;
    return {
      before: ({ host }) => {
        const node = scene.world.findNode(host);
        if (++seen !== call || node === undefined) return undefined;
        scene.world.cut(host, true);
        scene.world.timers.after(60_000, () => scene.world.cut(host, false));
        return undefined;
      },
    };
  };
}
