/** Running an agent through a scenario: the log as it is read, how it ended, and whatever should not have been so. */
import { configSchema } from '../config/schema.ts';
import type { RunEvent } from '../model/event.ts';
import { tellRun } from '../run/control.ts';
import type { Ports } from '../ports/ports.ts';
import { actsOf } from './acts.ts';
import { Agent } from './agent.ts';
import { judge } from './expectations.ts';
import { CallFaults } from './call-faults.ts';
import { type Scene, strike } from './faults/fault.ts';
import type { PersonAct } from './faults/person.ts';
import { brokenInvariants } from './invariants.ts';
import type { History, Journaled } from './invariants/history.ts';
import { stepOf } from './invariants/journal.ts';
import { SeededRandom } from './random.ts';
import type { Deed, Scenario } from './scenario.ts';
import type { ShellHooks } from './shell.ts';
import { Triggers } from './triggers.ts';
import { Stuck, VirtualClock } from './virtual-clock.ts';
import { World } from './world.ts';

/** How one life of the agent ended. `leaving`: it waits for its own node to go down. */
export interface AgentEnding {
  readonly kind: 'finished' | 'paused' | 'abandoned' | 'blocked' | 'busy' | 'leaving';
  /** Why it paused. */
  readonly code?: string;
  /** What the pause says of it. */
  readonly what?: string;
}

/** `failed`: the process ended with an error, as a service that systemd calls failed. `away`: its node is dark for good. */
export type Ending = AgentEnding | { readonly kind: 'stuck' | 'failed' | 'away'; readonly why: string };

/** The agent under rehearsal, given what a process of it is given. */
export type AgentMain = (ports: Ports, life: AgentLife) => Promise<AgentEnding>;

export interface AgentLife {
  readonly config: Readonly<Record<string, unknown>>;
  /** The nodes a person asked for; empty means all. */
  readonly only: readonly string[];
  /** The plan as it is now is shown first, and only it may be carried out. */
  readonly approved?: 'shown';
  /** `abandon`: a person gives the unfinished run up. */
  readonly errand: 'run' | 'abandon';
  /** A line of its own, as the service writes where there is no run: why nothing was started. */
  readonly say: (line: string) => void;
  readonly stop: AbortSignal;
  /** Told every event the moment it is durable, with the line it is printed as. */
  readonly onEvent: (event: RunEvent, line: string) => void;
}

export interface Rehearsal {
  readonly ending: Ending;
  /** How each life ended after which the patient person started another. */
  readonly setbacks: readonly Ending[];
  /** The log, one line each, as a golden log has it. */
  readonly log: readonly string[];
  /** What was not as expected, what was broken, and which trigger never fired. Empty when all is well. */
  readonly problems: readonly string[];
  readonly world: World;
  readonly calls: number;
  /** Writes to the state folder. */
  readonly writes: number;
  /** Virtual milliseconds. */
  readonly tookMs: number;
}

export interface RehearsalOptions {
  /** In front of the scenario's own faults: where a sweep kills and cuts. */
  readonly hooks?: readonly ((scene: Scene) => ShellHooks)[];
  readonly limitMs?: number;
  readonly seed?: number;
  /** When the world begins, in milliseconds since the epoch. */
  readonly startMs?: number;
  /** A person who starts the agent again so long after it paused, failed or did not begin, and how often at most. */
  readonly patience?: Patience;
  /** How long the world goes on after the end before it is judged. */
  readonly settleMs?: number;
}

export interface Patience {
  readonly afterMs: number;
  readonly times: number;
  /** Until then nothing counts. */
  readonly forgivesMs?: number;
  /** What the person mends before starting it. */
  readonly mends?: (scene: Scene, ending: Ending) => void;
}

const dayMs = 86_400_000;
/** Below `/etc/pve`. */
const lockPath = 'priv/lock/proxroll';

export async function rehearse(scenario: Scenario, main: AgentMain, given: RehearsalOptions = {}): Promise<Rehearsal> {
  const acts = scenario.chance === undefined ? undefined : actsOf(scenario.chance, given.seed ?? scenario.seed, scenario.config);
  const options: RehearsalOptions = { ...acts, ...given, hooks: [...(acts?.hooks ?? []), ...(given.hooks ?? [])] };
  const clock = new VirtualClock(options.startMs === undefined ? {} : { startMs: options.startMs });
  const world = new World(scenario.world, clock, new SeededRandom(options.seed ?? scenario.seed));
  const log: string[] = [];
  const journal: Journaled[] = [];
  const holders = new Map<number, string | undefined>();
  const atStart = {
    maintenance: [...world.ha.nodes.values()].filter(({ requested }) => requested).map(({ name }) => name),
    noout: [...world.ceph.nooutHosts],
  };
  const startsMs: number[] = [];
  const calls = new CallFaults();
  const print = (subject: string, text: string): void => void log.push(`T+${clockText(clock.elapsed())}  ${subject.padEnd(8)} ${text}`);
  const triggers = new Triggers(scenario.do);
  let stop = new AbortController();
  let { config } = scenario;
  let errand: AgentLife['errand'] = 'run';
  /** How the last life ended while a person is still to act. */
  let waiting: Ending | undefined;
  const setbacks: Ending[] = [];
  let late = 0;
  const say = (line: string): void => print('agent', line);

  const person = (act: PersonAct): void => {
    switch (act.kind) {
      case 'pauses':
      case 'stops':
        // On a full disk nobody is told anything, and whoever typed it sees why.
        void tellRun(agent.disk.open(), act.kind === 'pauses' ? 'pause' : 'stop').catch((error: unknown) =>
          say(`not told: ${String(error)}`),
        );
        return;
      case 'terminates':
        stop.abort();
        return;
      case 'resumes':
      case 'abandons':
        waiting = undefined;
        errand = act.kind === 'abandons' ? 'abandon' : 'run';
        agent.start();
        return;
      case 'edits-config':
        config = act.config;
        return;
      case 'starts-another':
        startAnother(act.node);
        return;
      default:
        act satisfies never;
    }
  };
  const hooks: ShellHooks[] = [];
  const agent: Agent<Ending> = new Agent({
    world,
    clock,
    ownNode: scenario.ownNode,
    hooks,
    main: async (ports) => {
      // Nobody starts it again after its run has ended: it has no `unfinished` for the boot unit to find (systemd/proxroll-resume.service).
      if (journal.some(({ by, event }) => by === scenario.ownNode && event.type === 'run.finished')) return { kind: 'finished' };
      stop = new AbortController();
      startsMs.push(clock.now());
      const { only, approved } = scenario;
      const life: AgentLife = { config, only, errand, stop: stop.signal, say, onEvent, ...(approved === undefined ? {} : { approved }) };
      const ending = await main(ports, life).catch((error: unknown): Ending => {
        const why = error instanceof Error ? error.message : String(error);
        say(`ended with an error: ${why}`);
        return { kind: 'failed', why };
      });
      return ending.kind === 'leaving' ? await new Promise<never>(() => undefined) : ending;
    },
    isOver: (ending) => {
      if (ending.kind === 'finished' || ending.kind === 'abandoned') return true;
      if (options.patience !== undefined && late < options.patience.times) {
        setbacks.push(ending);
        if (clock.elapsed() >= (options.patience.forgivesMs ?? 0)) late++;
        startAgain(options.patience, ending);
        return false;
      }
      if (!triggers.waiting || (ending.kind !== 'paused' && ending.kind !== 'failed')) return true;
      waiting = ending;
      return false;
    },
  });
  /** A person leaves an agent that is at work, and waits for a node that is dark; what ended later is waited for on its own. */
  const startAgain = (patience: Patience, ending: Ending): void => {
    const ended = setbacks.length;
    world.timers.after(patience.afterMs, () => {
      if (setbacks.length !== ended) return;
      if (!agent.alive) {
        patience.mends?.(scene, ending);
        agent.start();
      }
      startAgain(patience, ending);
    });
  };
  /** It has a disk of its own, and nobody starts it again. */
  const startAnother = (node: string): void => {
    const sayThere = (line: string): void => say(`(on ${node}) ${line}`);
    const other = new Agent({
      world,
      clock,
      ownNode: node,
      main: async (ports, start) =>
        start > 1
          ? undefined
          : main(ports, {
              config,
              only: [],
              errand: 'run',
              stop: new AbortController().signal,
              say: sayThere,
              onEvent: (event, line) => {
                sayThere(line);
                journaled(node, event);
              },
            }),
    });
    other.start();
  };
  const scene: Scene = { world, agent: agent as Agent<unknown>, calls, person };
  hooks.push(...(options.hooks ?? []).map((hook) => hook(scene)), calls);
  const fire = (deeds: readonly Deed[]): void => {
    for (const { when, fault } of deeds) {
      if (when.afterMs === 0) strike(scene, fault);
      else world.timers.after(when.afterMs, () => strike(scene, fault));
    }
  };
  const journaled = (by: string, event: RunEvent): void =>
    void journal.push({ at: world.log.entries.length, atMs: clock.now(), wallMs: clock.now() + agent.clockJumpMs, by, event });
  const onEvent = (event: RunEvent, line: string): void => {
    print('agent', line);
    journaled(scenario.ownNode, event);
    fire(triggers.ofRun(event));
  };
  world.log.listen((fact) => {
    if (fact.told) print(fact.subject, fact.text);
    if (stepOf(fact.event) !== undefined) holders.set(fact.index, world.pmxcfs.made.get(lockPath)?.owner);
    fire(triggers.ofFact(fact.event));
  });

  fire(triggers.atStart());
  agent.start();
  const ending = await clock.drive(agent.done, options.limitMs ?? dayMs).catch((error: unknown): Ending => {
    if (!(error instanceof Stuck)) throw error;
    if (waiting !== undefined) return waiting;
    return { kind: world.node(scenario.ownNode).power === 'off' ? 'away' : 'stuck', why: error.message };
  });
  if (options.settleMs !== undefined) {
    agent.retire();
    await clock.pass(options.settleMs);
  }
  const history: History = {
    facts: world.log.entries,
    journal,
    holders,
    world,
    atStart,
    finished: ending.kind === 'finished',
    endMs: clock.now(),
    stuck: ending.kind === 'stuck',
    startsMs,
    config: configSchema.parse(scenario.config),
    onDisk: {
      by: scenario.ownNode,
      text: [...agent.disk.files].flatMap(([path, text]) => (path.endsWith('/journal.jsonl') ? [text] : [])).join(''),
    },
    printed: `${log.join('\n')}${[...agent.disk.files.values()].join('\n')}`,
  };
  const problems = [
    ...brokenInvariants(history),
    ...judge(world, ending, scenario.expect),
    ...triggers.unfired.map((text) => `'${text}' never happened, so its fault proves nothing`),
    ...calls.unstruck.map((title) => `'${title}' met no call, so it proves nothing`),
  ];
  return { ending, setbacks, log, problems, world, calls: agent.calls, writes: agent.disk.writes, tookMs: clock.elapsed() };
}

function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => `${part}`.padStart(2, '0')).join(':');
}
