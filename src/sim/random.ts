/**
 * Chance with a seed. Every concern draws from its own named stream, so that a new draw for latencies does not reshuffle
 * the faults. Seed 0 is the quiet world: every latency is nominal and lists keep their order.
 */
import type { Random } from '../ports/random.ts';

export class SeededRandom implements Random {
  readonly #streams = new Map<string, Stream>();

  constructor(readonly seed: number) {}

  /** The stream of that name; the same one on every call. */
  stream(name: string): Stream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = new Stream(`${this.seed}/${name}`, this.seed === 0);
      this.#streams.set(name, stream);
    }
    return stream;
  }

  hex(bytes: number): string {
    return this.stream('names').hex(bytes);
  }
}

export class Stream {
  #state: number;

  constructor(
    name: string,
    /** Whether `around` and `shuffled` leave things as they are. */
    readonly quiet: boolean,
  ) {
    this.#state = fnv1a(name);
  }

  /** From 0 up to but not including 1. */
  next(): number {
    // mulberry32: small, and good enough for choosing among worlds.
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from 0 up to but not including `below`. */
  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @throws when there is nothing to pick from */
  pick<T>(from: readonly T[]): T {
    const picked = from[this.int(from.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  /** A duration near `nominalMs`: mostly close, seldom several times as long, never under half. */
  around(nominalMs: number): number {
    if (this.quiet) return nominalMs;
    const bell = this.next() + this.next() + this.next() - 1.5;
    return nominalMs * Math.max(0.5, Math.exp(bell * 0.9));
  }

  /** The same things in an order of this stream's choosing. */
  shuffled<T>(things: readonly T[]): T[] {
    const shuffled = [...things];
    if (this.quiet) return shuffled;
    for (let at = shuffled.length - 1; at > 0; at--) {
      const other = this.int(at + 1);
      const moved = shuffled[at] as T;
      shuffled[at] = shuffled[other] as T;
      shuffled[other] = moved;
    }
    return shuffled;
  }

  hex(bytes: number): string {
    let text = '';
    while (text.length < bytes * 2)
      text += Math.floor(this.next() * 0x100000000)
        .toString(16)
        .padStart(8, '0');
    return text.slice(0, bytes * 2);
  }

  /** Shaped like a random UUID. */
  uuid(): string {
    const hex = this.hex(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash | 0;
}
