/** The state folder (`/var/lib/proxroll`). Paths are relative to it, with `/` between names. */
export interface Store {
  /** Appends to a file, made with its folders when missing. When it resolves, the bytes are on the disk (fsync of file and folder). @throws StoreFull */
  append(path: string, text: string): Promise<void>;
  /** The whole file, or `undefined` when there is none. */
  read(path: string): Promise<string | undefined>;
  /** Replaces the whole file at once: a reader sees the old text or the new. Durable when it resolves. @throws StoreFull */
  write(path: string, text: string): Promise<void>;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(path: string): Promise<readonly string[]>;
  /** Removes a file or folder with all below it; no error when it is not there. */
  remove(path: string): Promise<void>;
  /** Takes the lock on this machine, held until released or until this process ends, however it ends. @returns `busy` when another process holds it */
  lock(name: string): Promise<StoreLock | 'busy'>;
}

export interface StoreLock {
  release(): Promise<void>;
}

/** The disk is full: nothing of this write counts. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull';
}
