/** Running an agent through a scenario: the log as it is read, how it ended, and whatever should not have been so. */
import type { RunEvent } from '../model/event.ts';
import type { Ports } from '../ports/ports.ts';
import { Agent } from './agent.ts';
import { judge } from './expectations.ts';
import { CallFaults, strike } from './faults.ts';
import type { Scene } from './faults.ts';
import { brokenInvariants } from './invariants.ts';
import type { History } from './invariants.ts';
import { SeededRandom } from './random.ts';
import type { Deed, Scenario } from './scenario.ts';
import type { ShellHooks } from './shell.ts';
import { Stuck, VirtualClock } from './virtual-clock.ts';
import { World } from './world.ts';

/** How one life of the agent ended. `leaving`: it waits for its own node to go down. */
export interface AgentEnding {
  readonly kind: 'finished' | 'paused' | 'abandoned' | 'blocked' | 'busy' | 'leaving';
  /** Why it paused. */
  readonly code?: string;
}

/** The agent under rehearsal, given what a process of it is given. */
export type AgentMain = (ports: Ports, life: AgentLife) => Promise<AgentEnding>;

export interface AgentLife {
  readonly config: Readonly<Record<string, unknown>>;
  readonly stop: AbortSignal;
  /** Told every event the moment it is durable, with the line it is printed as. */
  readonly onEvent: (event: RunEvent, line: string) => void;
}

export interface Rehearsal {
  /** `failed`: the process ended with an error, as a service that systemd calls failed. */
  readonly ending: AgentEnding | { readonly kind: 'stuck' | 'failed'; readonly why: string };
  /** The log, one line each, as a golden log has it. */
  readonly log: readonly string[];
  /** What was not as expected, what was broken, and which trigger never fired. Empty when all is well. */
  readonly problems: readonly string[];
  readonly world: World;
  readonly calls: number;
  /** Virtual milliseconds. */
  readonly tookMs: number;
}

export interface RehearsalOptions {
  /** In front of the scenario's own faults: where a sweep kills and cuts. */
  readonly hooks?: readonly ((scene: Scene) => ShellHooks)[];
  readonly limitMs?: number;
  readonly seed?: number;
}

const dayMs = 86_400_000;

export async function rehearse(scenario: Scenario, main: AgentMain, options: RehearsalOptions = {}): Promise<Rehearsal> {
  const clock = new VirtualClock();
  const world = new World(scenario.world, clock, new SeededRandom(options.seed ?? scenario.seed));
  const log: string[] = [];
  const journal: { at: number; event: RunEvent }[] = [];
  const atStart = {
    maintenance: [...world.ha.nodes.values()].filter(({ requested }) => requested).map(({ name }) => name),
    noout: [...world.ceph.nooutHosts],
  };
  const calls = new CallFaults();
  const print = (subject: string, text: string): void => void log.push(`T+${clockText(clock.elapsed())}  ${subject.padEnd(8)} ${text}`);
  const triggers = new Triggers(scenario.do);
  let stop = new AbortController();
  let paused: AgentEnding | undefined;

  const person = (act: string): void => {
    if (act === 'pause') stop.abort();
    else {
      paused = undefined;
      agent.start();
    }
  };
  const hooks: ShellHooks[] = [];
  const agent: Agent<AgentEnding> = new Agent({
    world,
    clock,
    ownNode: scenario.ownNode,
    hooks,
    main: async (ports) => {
      stop = new AbortController();
      const ending = await main(ports, { config: scenario.config, stop: stop.signal, onEvent });
      return ending.kind === 'leaving' ? await new Promise<never>(() => undefined) : ending;
    },
    isOver: (ending) => {
      if (ending.kind === 'paused' && triggers.waiting) {
        paused = ending;
        return false;
      }
      return true;
    },
  });
  const scene: Scene = { world, agent: agent as Agent<unknown>, calls, person };
  hooks.push(...(options.hooks ?? []).map((hook) => hook(scene)), calls);
  const fire = (deeds: readonly Deed[]): void => {
    for (const { when, fault } of deeds) {
      if (when.afterMs === 0) strike(scene, fault);
      else world.timers.after(when.afterMs, () => strike(scene, fault));
    }
  };
  const onEvent = (event: RunEvent, line: string): void => {
    print('agent', line);
    journal.push({ at: world.log.entries.length, event });
    fire(triggers.ofRun(event));
  };
  world.log.listen((fact) => {
    if (fact.told) print(fact.subject, fact.text);
    fire(triggers.ofFact(fact.event));
  });

  fire(triggers.atStart());
  agent.start();
  const ending = await clock.drive(agent.done, options.limitMs ?? dayMs).catch((error: unknown) => {
    if (!(error instanceof Stuck)) return { kind: 'failed' as const, why: error instanceof Error ? error.message : String(error) };
    return paused ?? { kind: 'stuck' as const, why: error.message };
  });
  const history: History = {
    facts: world.log.entries,
    journal,
    world,
    atStart,
    finished: ending.kind === 'finished',
    allows: allowances(scenario.config),
    printed: `${log.join('\n')}${[...agent.disk.files.values()].join('\n')}`,
  };
  const problems = [
    ...brokenInvariants(history),
    ...judge(world, ending, scenario.expect),
    ...triggers.unfired.map((text) => `'${text}' never happened, so its fault proves nothing`),
  ];
  return { ending, log, problems, world, calls: agent.calls, tookMs: clock.elapsed() };
}

function allowances(config: Readonly<Record<string, unknown>>): History['allows'] {
  return { quorumLoss: config['accept_quorum_loss'] === true, stoppingGuests: /shutdown/.test(JSON.stringify(config['guests'] ?? {})) };
}

/** Which deeds are due at what has just happened. */
class Triggers {
  readonly #deeds: { readonly deed: Deed; seen: number; fired: boolean }[];

  constructor(deeds: readonly Deed[]) {
    this.#deeds = deeds.map((deed) => ({ deed, seen: 0, fired: false }));
  }

  get waiting(): boolean {
    return this.#deeds.some(({ fired, deed }) => !fired || deed.when.afterMs > 0);
  }

  get unfired(): string[] {
    return this.#deeds.filter(({ fired }) => !fired).map(({ deed }) => deed.when.text);
  }

  atStart(): Deed[] {
    return this.#due(({ of }) => of.kind === 'start');
  }

  ofFact(event: Parameters<Extract<Deed['when']['of'], { kind: 'fact' }>['matches']>[0]): Deed[] {
    return this.#due(({ of }) => of.kind === 'fact' && of.matches(event));
  }

  ofRun(event: RunEvent): Deed[] {
    const words = wordsOf(event);
    return words === undefined ? [] : this.#due(({ of }) => of.kind === 'run' && of.says === words);
  }

  #due(matches: (when: Deed['when']) => boolean): Deed[] {
    return this.#deeds.flatMap((one) => {
      if (one.fired || !matches(one.deed.when) || ++one.seen < one.deed.nth) return [];
      one.fired = true;
      return [one.deed];
    });
  }
}

function wordsOf(event: RunEvent): string | undefined {
  const [subject, verb] = event.type.split('.');
  if (subject === 'step' && 'step' in event) return `${event.step ?? ''} ${verb ?? ''}`;
  return subject === 'run' ? `run ${verb ?? ''}` : undefined;
}

function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => `${part}`.padStart(2, '0')).join(':');
}
