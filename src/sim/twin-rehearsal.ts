/** `proxroll rehearse` without its terminal: from a look at the real cluster, or a scenario, to what a run there would come to. */
import { configSchema, type Config } from '../config/schema.ts';
import { blocks } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import type { RehearsalReport, Rehearsed } from '../model/rehearsal.ts';
import { readFault, type FaultWish } from './fault-words.ts';
import { twinOf } from './from-snapshot.ts';
import { play, type PlayOptions } from './rehearsal.ts';
import { savedText } from './saved-rehearsal.ts';
import { readScenario, type Scenario } from './scenario.ts';
import { everySingleFault, TurnWorlds } from './single-faults.ts';
import { lookAt, unlike, type Look } from './twin-look.ts';

/** What is rehearsed. */
export interface Stand {
  readonly scenario: Scenario;
  readonly config: Config;
  /** Of the twin. */
  readonly plan: Plan;
  /** In what the twin is not like the real cluster; empty for a scenario. */
  readonly missing: readonly string[];
  /** Missing for a scenario. */
  readonly real?: Look;
}

export interface Wanted {
  readonly version: string;
  /** What goes wrong, as `--fail` takes it. */
  readonly fail: readonly string[];
  readonly everySingleFault: boolean;
}

/** The twin of a real cluster, held against it: where the two lead to other decisions is part of what is missing. */
export async function twinStand(real: Look, config: Config, seed: number): Promise<Stand> {
  const twin = twinOf(real.snapshot);
  const look = await lookAt(twin, config);
  const scenario: Scenario = {
    file: 'twin',
    intent: 'The twin must end as the cluster would',
    world: twin.world,
    ownNode: twin.ownNode,
    only: [],
    seed,
    config,
    do: [],
    expect: { run: 'finished' },
  };
  return { scenario, config, plan: look.plan, missing: [...twin.missing, ...unlike(real, look)], real };
}

/** @throws SpecProblem naming file, line and word */
export async function scenarioStand(text: string, file: string, seed: number | undefined): Promise<Stand> {
  const scenario = readScenario(text, file);
  const config = configSchema.parse(scenario.config);
  const { plan } = await lookAt(scenario, config);
  return { scenario: { ...scenario, seed: seed ?? scenario.seed }, config, plan, missing: [] };
}

/** @throws FaultProblem for words of `fail` that mean nothing here */
export async function rehearseOn(stand: Stand, { version, fail, everySingleFault: every }: Wanted): Promise<RehearsalReport> {
  const { scenario, config, plan, missing, real } = stand;
  const wishes = fail.map((words) => readFault(words, { world: scenario.world, ownNode: scenario.ownNode, plan }));
  const options: PlayOptions = { version, seed: scenario.seed, ...(real === undefined ? {} : { startMs: real.snapshot.takenAtMs }) };
  const worlds = new TurnWorlds();
  const blocking = real?.findings.some(blocks) === true;
  const { rehearsed, problems } =
    real !== undefined && blocking
      ? { rehearsed: notBegun(real), problems: [] }
      : await play({ ...scenario, do: [...scenario.do, ...deedsOf(wishes)] }, { ...options, onEvent: worlds.listen });
  return {
    cluster: scenario.world.name ?? scenario.ownNode,
    missing,
    plan,
    rehearsed,
    problems:
      real === undefined && fail.length === 0
        ? problems.filter((text) => !rehearsed.broken.includes(text) && !rehearsed.unstruck.includes(text))
        : [],
    ...(every && !blocking ? { singleFaults: await everySingleFault(scenario, config, plan, worlds.byNode, options) } : {}),
    ...(real === undefined
      ? {}
      : {
          takenAtMs: real.snapshot.takenAtMs,
          scenarioText: savedText({ scenario, config, wishes, end: rehearsed.end, takenAtMs: real.snapshot.takenAtMs, missing }),
        }),
  };
}

function deedsOf(wishes: readonly FaultWish[]): Scenario['do'] {
  return wishes.map((wish) => wish.deed);
}

/** What keeps the real cluster from a run keeps its twin from one, also where the twin does not show it. */
function notBegun({ findings }: Look): Rehearsed {
  return {
    end: { kind: 'blocked', findings },
    findings,
    acts: [],
    margins: [],
    turns: [],
    broken: [],
    unstruck: [],
    guestsDown: [],
    tookMs: 0,
  };
}
