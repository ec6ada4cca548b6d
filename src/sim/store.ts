/**
 * The state folder in memory. The disk outlives the process that writes to it: killing the process tears the write in
 * flight and lets go of its locks, and whoever starts next finds what a power cut would have left.
 */
import { StoreFull } from '../ports/store.ts';
import type { Store, StoreLock } from '../ports/store.ts';
import type { Timers } from './timers.ts';

export class SimDisk {
  readonly files = new Map<string, string>();
  /** What may still be written, in characters. Set it to 0 for a full disk. */
  freeBytes = Number.POSITIVE_INFINITY;
  /** Writes that were asked for, over all processes. */
  writes = 0;
  /** Told the count of a write before it is made, so that a fault can strike there. */
  onWrite: ((count: number) => void) | undefined;
  readonly #locks = new Map<string, SimStore>();

  constructor(
    readonly timers: Timers,
    /** How long one fsync takes. */
    readonly syncMs = 5,
  ) {}

  /** The disk as one process sees it, until that process is killed. */
  open(): SimStore {
    return new SimStore(this, this.#locks);
  }
}

interface Write {
  readonly path: string;
  readonly text: string;
  readonly append: boolean;
}

export class SimStore implements Store {
  readonly #disk: SimDisk;
  readonly #locks: Map<string, SimStore>;
  readonly #inFlight = new Set<Write>();
  #dead = false;

  constructor(disk: SimDisk, locks: Map<string, SimStore>) {
    this.#disk = disk;
    this.#locks = locks;
  }

  append(path: string, text: string): Promise<void> {
    return this.#write({ path, text, append: true });
  }

  write(path: string, text: string): Promise<void> {
    return this.#write({ path, text, append: false });
  }

  read(path: string): Promise<string | undefined> {
    return this.#alive(() => this.#disk.files.get(path));
  }

  list(path: string): Promise<readonly string[]> {
    return this.#alive(() => {
      const start = path === '' || path === '.' ? '' : `${path}/`;
      const names = new Set<string>();
      for (const file of this.#disk.files.keys()) if (file.startsWith(start)) names.add(file.slice(start.length).split('/')[0] ?? '');
      return [...names].sort();
    });
  }

  remove(path: string): Promise<void> {
    return this.#alive(() => {
      for (const file of this.#disk.files.keys()) if (file === path || file.startsWith(`${path}/`)) this.#disk.files.delete(file);
    });
  }

  lock(name: string): Promise<StoreLock | 'busy'> {
    return this.#alive(() => {
      if (this.#locks.has(name)) return 'busy';
      this.#locks.set(name, this);
      const release = (): Promise<void> =>
        this.#alive(() => {
          if (this.#locks.get(name) === this) this.#locks.delete(name);
        });
      return { release };
    });
  }

  /** The process is gone: what it was writing is torn, what it waits for never comes, its locks are free. */
  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    for (const write of this.#inFlight) if (write.append) this.#put({ ...write, text: write.text.slice(0, write.text.length >> 1) });
    for (const [name, holder] of this.#locks) if (holder === this) this.#locks.delete(name);
  }

  #write(write: Write): Promise<void> {
    if (this.#dead) return never();
    this.#disk.writes++;
    this.#disk.onWrite?.(this.#disk.writes);
    if (write.text.length > this.#disk.freeBytes) return Promise.reject(new StoreFull(`no space left for ${write.path}`));
    this.#inFlight.add(write);
    return new Promise((resolve) => {
      this.#disk.timers.after(this.#disk.syncMs, () => {
        if (this.#dead) return;
        this.#inFlight.delete(write);
        this.#put(write);
        resolve();
      });
    });
  }

  #put({ path, text, append }: Write): void {
    const { files } = this.#disk;
    files.set(path, append ? (files.get(path) ?? '') + text : text);
    this.#disk.freeBytes -= text.length;
  }

  #alive<T>(act: () => T): Promise<T> {
    return this.#dead ? never() : Promise.resolve(act());
  }
}

/** What a dead process gets: nothing, not even an error. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
