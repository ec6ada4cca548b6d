/**
 * Virtual time: a queue of (at, order, wake). Time stands still while any promise can move, then jumps to the next entry,
 * so an hour costs milliseconds and two runs of the same world are the same to the byte.
 */
import type { Clock } from '../ports/clock.ts';
import type { Timers } from './timers.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  /** Emptied when called off; the entry itself leaves the queue when its time comes. */
  wake: (() => void) | undefined;
}

export interface VirtualClockOptions {
  /** Where time starts, in milliseconds since the epoch. */
  readonly startMs?: number;
  /** Virtual milliseconds that pass in one real one, so that a person can watch. Without it time jumps. */
  readonly pace?: number;
}

/** Nothing is left that could ever wake the promise that is being driven. */
export class Stuck extends Error {
  override readonly name = 'Stuck';
}

/** Sunday, 1 March 2026, 04:00 UTC: the hour at which the shipped timer starts a run. */
const defaultStartMs = Date.UTC(2026, 2, 1, 4);

export class VirtualClock implements Clock, Timers {
  readonly startMs: number;
  /** Called whenever the world has come to rest between two events: where invariants are checked. */
  onIdle: (() => void) | undefined;
  readonly #pace: number | undefined;
  readonly #heap: Entry[] = [];
  readonly #sleepers = new WeakMap<AbortSignal, Set<() => void>>();
  #at: number;
  #order = 0;
  #waiting = 0;

  constructor(options: VirtualClockOptions = {}) {
    this.startMs = options.startMs ?? defaultStartMs;
    this.#at = this.startMs;
    this.#pace = options.pace;
  }

  now(): number {
    return this.#at;
  }

  elapsed(): number {
    return this.#at - this.startMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal === undefined) return new Promise((resolve) => void this.after(ms, resolve));
    if (signal.aborted) return Promise.resolve();
    const sleepers = this.#sleepersOf(signal);
    return new Promise((resolve) => {
      const awaken = (): void => {
        cancel();
        resolve();
      };
      const cancel = this.after(ms, () => {
        sleepers.delete(awaken);
        resolve();
      });
      sleepers.add(awaken);
    });
  }

  /** Who wakes up early when it is aborted. One listener for all of them: to add one and take it away costs more than the sleep. */
  #sleepersOf(signal: AbortSignal): Set<() => void> {
    let sleepers = this.#sleepers.get(signal);
    if (sleepers === undefined) {
      const all = new Set<() => void>();
      signal.addEventListener('abort', () => all.forEach((awaken) => awaken()), { once: true });
      this.#sleepers.set(signal, all);
      sleepers = all;
    }
    return sleepers;
  }

  after(ms: number, wake: () => void): () => void {
    const entry: Entry = { at: this.#at + Math.max(0, ms), order: this.#order++, wake };
    push(this.#heap, entry);
    this.#waiting++;
    return () => {
      if (entry.wake === undefined) return;
      entry.wake = undefined;
      this.#waiting--;
    };
  }

  /**
   * Lets time pass until `promise` settles, and answers as it does.
   * @param limitMs how much virtual time it may take
   * @throws Stuck when nothing is left to wake, or the limit has passed, and the promise is still pending
   */
  async drive<T>(promise: Promise<T>, limitMs = Number.POSITIVE_INFINITY): Promise<T> {
    let settled = false;
    const settle = (): void => void (settled = true);
    promise.then(settle, settle);
    const until = this.#at + limitMs;
    // Who calls from a tick has not let the promises move yet: the next tick would come before them.
    await Promise.resolve();
    for (let turn = 1; ; turn++) {
      await (turn % breatheEvery === 0 ? breathe() : idle());
      this.onIdle?.();
      if (settled) return promise;
      const entry = this.#next();
      if (entry === undefined) throw new Stuck(`nothing is left to happen after ${this.elapsed()} ms, and the promise is still pending`);
      if (entry.at > until) throw new Stuck(`still pending after ${limitMs} ms of virtual time`);
      if (this.#pace !== undefined && entry.at > this.#at) await realMs((entry.at - this.#at) / this.#pace);
      this.#wake(entry);
    }
  }

  /** Lets `ms` pass, whatever happens in them. */
  async pass(ms: number): Promise<void> {
    await this.drive(this.sleep(ms));
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#waiting;
  }

  #next(): Entry | undefined {
    for (;;) {
      const entry = pop(this.#heap);
      if (entry === undefined || entry.wake !== undefined) return entry;
    }
  }

  #wake(entry: Entry): void {
    this.#at = entry.at;
    this.#waiting--;
    const { wake } = entry;
    entry.wake = undefined;
    wake?.();
  }
}

/**
 * Every promise that can move has moved when the queue of ticks comes round, as nothing in the simulator does real input or
 * output: Node empties the queue of promises before each tick. A turn of the event loop would do the same at several times the price.
 */
function idle(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** The rest of the process (signals, output, other tests) gets its turn so often. */
const breatheEvery = 512;

function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function realMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up];
    if (parent === undefined || !before(entry, parent)) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const a = heap[left];
    if (a === undefined) break;
    const b = heap[left + 1];
    const right = b !== undefined && before(b, a);
    const child = right ? b : a;
    if (!before(child, last)) break;
    heap[at] = child;
    at = right ? left + 1 : left;
  }
  heap[at] = last;
  return first;
}
