/** What commands need of the world. `main.ts` fills it with the real thing, tests with a few lines. */
import type { Config } from '../config/schema.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Entry } from '../model/event.ts';
import type { Finding } from '../model/finding.ts';
import type { HoldWish, NodeHold } from '../model/hold.ts';
import type { Plan } from '../model/plan.ts';
import type { ChangeWithLog } from '../model/plan-changes.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Clock } from '../ports/clock.ts';
import type { Terminal } from '../report/terminal.ts';
import type { Watcher } from '../report/watcher.ts';
import type { Outcome as Conducted } from '../run/outcome.ts';
import type { Wish } from '../run/control.ts';
import type { RunState } from '../run/state.ts';
import type { Telling } from './telling.ts';
import type { Written } from './written-report.ts';

/** Options that stand before or behind any command. */
export interface Globals {
  /** Only when `-c` was given. */
  readonly configFile?: string;
  readonly debug: boolean;
  /** A round of reboots that installs nothing. */
  readonly rebootOnly?: true;
}

/** All that the program is given. Nothing here touches the cluster; `connect` gives what does. */
export interface Entrance {
  readonly version: string;
  readonly out: Terminal;
  readonly err: Terminal;
  /** A person at stdin and stdout who can be asked. Without one nothing ever prompts. */
  readonly interactive: boolean;
  /** Started by a timer and not by a person: then a run that waits for a person goes on waiting. */
  readonly startedByTimer: boolean;
  readonly clock: Clock;
  /** @returns the line typed, or `undefined` at the end of input */
  ask(question: string): Promise<string | undefined>;
  /** Called on ^C instead of ending the process, until taken away. @returns takes the listener away again */
  onInterrupt(listener: () => void): () => void;
  /** Reads the config and nothing else. Never rejects because of what is in it. */
  readConfig(globals: Globals): Promise<LoadedConfig>;
  /** The receivers of the config with their secrets read; works anywhere, not only on a node. */
  receivers(config: Config): Promise<Telling>;
  /** The smallest sudoers file for `config.ssh_user`, as a whole file. */
  sudoers(config: Config): Promise<string>;
  /** Gets ready to work on this node. @throws Refused when not root, not on a Proxmox VE node, or when it is too old */
  connect(globals: Globals, config: Config, need: Need): Promise<Actions>;
  /** @throws a Node.js system error when it cannot be read */
  readText(file: string): Promise<string>;
  /** Writes it anew, whatever was there. @throws a Node.js system error when it cannot be written */
  writeText(file: string, text: string): Promise<void>;
  /** The same for what is no text; nobody but us may read it. @throws a Node.js system error when it cannot be written */
  writeBytes(file: string, bytes: Uint8Array): Promise<void>;
  /** A whole run on the simulated cluster, told to `watcher` at a pace that can be watched. */
  demo(options: DemoOptions, watcher: Watcher): Promise<Outcome>;
}

/** `records`: what lies on this node about its runs. That can be told although Proxmox VE's own tools do not work, which is when it is asked for. */
export type Need = 'cluster' | 'records';

export interface DemoOptions {
  readonly seed: number;
  /** How many times faster than real time; 0 is as fast as it goes. */
  readonly speed: number;
}

export interface Actions {
  check(): Promise<{ readonly snapshot: Snapshot; readonly findings: readonly Finding[] }>;
  /** The plan is kept to compare with when it is approved. @param options.nodes only these; empty means all @throws Refused for a name that no node has */
  plan(options: { readonly nodes: readonly string[] }): Promise<Planned>;
  /** Every package of the plan with what is written about it, fetched within a minute; what cannot be had says why. */
  changelogs(plan: Plan): Promise<readonly ChangeWithLog[]>;
  /** How this plan differs from the one with that digest, in one line. */
  differenceFrom(digest: string, plan: Plan): Promise<string>;
  /** The plan with that digest, if it was made on this node and is not forgotten. */
  keptPlan(digest: string): Promise<Plan | undefined>;
  /** The whole look of `plan`, through a shell that refuses every change. */
  observe(): Promise<Planned>;
  /** Begins a run or takes up the one that is not over, here and now: what the unit does. With `dryRun` every change is refused. */
  conduct(options: ConductOptions): Promise<Outcome>;
  /**
   * Starts the systemd unit that conducts, and returns once systemd has accepted it. The config file, `--debug` and the nodes
   * asked for reach the unit. @throws Refused when systemd does not accept it
   */
  startService(request: { readonly nodes: readonly string[]; readonly plan?: string }): Promise<void>;
  /** Whether the service works now: a run whose journal says "running" may have lost whoever carried it. */
  isCarried(): Promise<boolean>;
  /** Oldest first. */
  readRuns(): Promise<readonly StoredRun[]>;
  /** @throws Refused when there is no such run, JournalDamaged when it cannot be read */
  readRun(run: string): Promise<{ readonly state: RunState; readonly entries: readonly Entry[] }>;
  /** Every file in the folder of the run by its name. @throws Refused when there is no such run */
  readFolder(run: string): Promise<Readonly<Record<string, string>>>;
  /** Takes every secret that is known out of a text. */
  redact(text: string): string;
  /** The newest runs before this one, oldest first, as far as they can be read: they tell what is usual. */
  readEarlier(run: string): Promise<readonly RunState[]>;
  /**
   * Follows the run that the service carries, from its first entry, by reading its journal. A service that has just been
   * started may not have begun its journal: it waits for that as long as the service works.
   */
  followRun(onEntry: (entry: Entry, state: RunState) => void, signal: AbortSignal): Promise<Followed>;
  /** Gives back all loans and closes the run. */
  abandon(onEvent: (entry: Entry, state: RunState) => void): Promise<Abandoned>;
  /** Asks the run that goes on to pause or stop; heard at its next step. @returns `idle` when nobody would hear it */
  tellRun(wish: Wish): Promise<'told' | 'idle'>;
  /** Leaves a word on a machine that it is to be left alone. @throws Refused for a name that no node has */
  hold(node: string, wish: HoldWish): Promise<void>;
  /** Takes that word away. @throws Refused for a name that no node has */
  unhold(node: string): Promise<void>;
  /** Which nodes are on hold now; a node that does not say so within a few seconds is told as unknown. Never throws for a silent node. */
  holds(): Promise<readonly NodeHold[]>;
  /** Lets what is still to be told go out; the last thing a process that carried a run does. */
  settled(): Promise<void>;
  /** Looks at the nodes. @returns figures in Prometheus' text format */
  metrics(): Promise<string>;
  /** The same for the textfile collector. @returns the file, or nothing where nobody wants it */
  writeMetrics(): Promise<string | undefined>;
  /** Answers scrapes until this process is asked to stop. @throws Refused when it cannot listen there */
  listen(address: string, onReady: (address: string) => void): Promise<void>;
  /** For `systemctl status`; nothing happens outside a service. */
  tellStatus(text: string): void;
}

export interface Planned {
  readonly snapshot: Snapshot;
  readonly findings: readonly Finding[];
  readonly plan: Plan;
}

export interface ConductOptions {
  readonly nodes: readonly string[];
  /** The digest of the plan a person approved. */
  readonly plan?: string;
  readonly dryRun: boolean;
  /** The first look, told before a run exists; not called when a run is taken up. */
  readonly onFindings: (findings: readonly Finding[]) => void;
  readonly onEvent: (entry: Entry, state: RunState) => void;
  /** The report was written into the run's folder, or could not be; not called where there was no run, or it goes on after a reboot. */
  readonly onReport?: (written: Written) => void;
}

/** How a run ended for the process that carried it, or why there was none. */
export type Outcome =
  | Conducted
  | { readonly kind: 'nothing-to-do'; readonly findings: readonly Finding[]; readonly plan: Plan }
  /** @property refused the first change that was not made: command and host */
  | { readonly kind: 'dry-run'; readonly findings: readonly Finding[]; readonly plan: Plan; readonly refused: string };

export type StoredRun =
  | { readonly kind: 'read'; readonly state: RunState }
  /** `before`: what its lines before the damage add up to. */
  | { readonly kind: 'damaged'; readonly run: string; readonly detail: string; readonly before?: RunState };

export type Followed =
  /** The service has ended; the state is the last one. `running` means that it ended without a word. */
  | { readonly kind: 'ended'; readonly state: RunState }
  /** The service ended before it began a run: nothing to do, blocked, busy. @property log its last lines @property exit its own exit code */
  | { readonly kind: 'no-run'; readonly log: readonly string[]; readonly exit: number }
  /** Nothing is being carried. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'interrupted' };

export type Abandoned =
  | { readonly kind: 'abandoned'; readonly state: RunState }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'busy'; readonly holder: string };
