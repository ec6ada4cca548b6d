/**
 * One agent on its node, through its deaths: a function given ports, killed without mercy, started again on the same disk as
 * the service would be. What it leaves behind is what a SIGKILL or a power cut leaves.
 */
import type { Clock } from '../ports/clock.ts';
import type { Ports } from '../ports/ports.ts';
import { SimHttp } from './http.ts';
import type { SeededRandom } from './random.ts';
import { simShell } from './shell.ts';
import type { ShellHooks, SimShell } from './shell.ts';
import { SimDisk, never } from './store.ts';
import type { SimStore } from './store.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { World } from './world.ts';

export interface AgentOptions<T> {
  readonly world: World;
  readonly clock: VirtualClock;
  readonly ownNode: string;
  /** The agent: what it does with its ports. Called again after each death; `start` counts from 1. */
  readonly main: (ports: Ports, start: number) => Promise<T>;
  readonly disk?: SimDisk;
  /** The services it finds on the net; none when there are none. */
  readonly http?: SimHttp;
  readonly hooks?: readonly ShellHooks[];
  /** Asked when a life has ended by itself: whether that was the end. If not, it waits to be started again. */
  readonly isOver?: (value: T) => boolean;
  /** After its own node's boot it is started again so much later. */
  readonly startsAfterBootMs?: number;
}

export class Agent<T> {
  readonly disk: SimDisk;
  /** Settles as the first life that is not cut short does. */
  readonly done: Promise<T>;
  /** Milliseconds its clock is ahead of the world's. */
  clockJumpMs = 0;
  /** Calls across the shell, over all lives. */
  calls = 0;
  starts = 0;
  #retired = false;
  readonly #options: AgentOptions<T>;
  readonly #random: SeededRandom;
  #life: { shell: SimShell; store: SimStore } | undefined;
  #settle!: { resolve: (value: T) => void; reject: (error: unknown) => void };

  constructor(options: AgentOptions<T>) {
    this.#options = options;
    this.#random = options.world.random;
    this.disk = options.disk ?? new SimDisk(options.clock);
    this.done = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    const { world, ownNode } = options;
    world.onNodeDown.add((node) => {
      if (node === ownNode) this.kill();
    });
    world.onNodeUp.add((node) => {
      if (node === ownNode) this.startAfter(options.startsAfterBootMs ?? 5_000);
    });
  }

  get ownNode(): string {
    return this.#options.ownNode;
  }

  get alive(): boolean {
    return this.#life !== undefined;
  }

  start(): void {
    const { world, ownNode, hooks = [], main, isOver } = this.#options;
    if (this.#retired || this.alive || !world.node(ownNode).alive) return;
    this.starts++;
    const counting: ShellHooks = { before: () => void this.calls++ };
    const shell = simShell(world, { ownNode, hooks: [counting, ...hooks] });
    const store = this.disk.open();
    const life = { shell, store };
    this.#life = life;
    const http = this.#options.http ?? new SimHttp(world.timers);
    const ports: Ports = { shell, http, store, clock: this.#clock(life), random: this.#random };
    const over = (act: () => void): void => {
      if (this.#life !== life) return;
      this.#life = undefined;
      store.kill();
      act();
    };
    main(ports, this.starts).then(
      (value) =>
        over(() => {
          if (isOver?.(value) !== false) this.#settle.resolve(value);
        }),
      (error: unknown) => over(() => this.#settle.reject(error)),
    );
  }

  /** SIGKILL. */
  kill(): void {
    const life = this.#life;
    this.#life = undefined;
    life?.shell.kill();
    life?.store.kill();
  }

  /** It is over: nothing starts it again. */
  retire(): void {
    this.#retired = true;
    this.kill();
  }

  startAfter(ms: number): void {
    this.#options.world.timers.after(ms, () => this.start());
  }

  /** The clock as this life sees it; once it is over, no sleep of its ends. */
  #clock(life: object): Clock {
    const { clock } = this.#options;
    return {
      now: () => clock.now() + this.clockJumpMs,
      elapsed: () => clock.elapsed(),
      sleep: (ms, signal) => clock.sleep(ms, signal).then(() => (this.#life === life ? undefined : never())),
    };
  }
}
