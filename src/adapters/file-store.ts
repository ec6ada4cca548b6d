/**
 * The state folder on a disk. Root's alone: folders 0700, files 0600. What is promised to be durable has been through
 * fsync, the folder included, or a name could be lost in a power cut while its content is safe.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StoreFull } from '../ports/store.ts';
import type { Store } from '../ports/store.ts';
import { lockFile } from './file-lock.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
// Names of ours while a file is being replaced; a killed process may leave one.
const TEMPORARY = /^\..*\.tmp$/;

/**
 * @param folder made, with the folders above it, at the first write
 * Paths that lead outside (`..`, `/…`) are a bug of the caller: TypeError.
 * @param onLockLost told when a lock that is held was lost because its holder process was killed
 */
export function fileStore(folder: string, onLockLost: (name: string) => void = () => {}): Store {
  const changes = new Map<string, Promise<void>>();

  /** One change of a file after the other, whatever became of the one before. */
  const inTurn = (path: string, change: () => Promise<void>): Promise<void> => {
    const mine = (changes.get(path) ?? Promise.resolve()).catch(() => {}).then(change);
    changes.set(path, mine);
    const forget = (): void => {
      if (changes.get(path) === mine) changes.delete(path);
    };
    mine.then(forget, forget);
    return mine;
  };

  return {
    append: (path, text) => inTurn(path, () => append(inside(folder, path), text)),
    write: (path, text) => inTurn(path, () => replace(inside(folder, path), text)),
    read: (path) => unlessMissing(readFile(inside(folder, path), 'utf8'), undefined),
    async list(path) {
      const names = await unlessMissing(readdir(path === '' ? folder : inside(folder, path)), []);
      return names.filter((name) => !TEMPORARY.test(name)).sort();
    },
    async remove(path) {
      const target = inside(folder, path);
      await rm(target, { recursive: true, force: true });
      await unlessMissing(syncFolder(dirname(target)), undefined);
    },
    async lock(name) {
      const file = inside(folder, `${name}.lock`);
      await makeFolder(dirname(file));
      // flock makes it too, but what it says of a disk that is full or read-only is its own words.
      await reportingFull(file, async () => (await open(file, 'a', FILE_MODE)).close());
      return lockFile(file, () => onLockLost(name));
    },
  };
}

/** @throws TypeError when the path does not stay below the folder */
function inside(folder: string, path: string): string {
  const names = path.split('/');
  if (path.includes('\0') || names.some((name) => name === '' || name === '.' || name === '..'))
    throw new TypeError(`not a path below the state folder: ${JSON.stringify(path)}`);
  return join(folder, ...names);
}

async function append(file: string, text: string): Promise<void> {
  await makeFolder(dirname(file));
  await reportingFull(file, async () => {
    const handle = await open(file, 'a', FILE_MODE);
    try {
      const { size } = await handle.stat();
      try {
        await handle.writeFile(text);
        await handle.sync();
      } catch (error) {
        // Half a line must not stay to be read later: nothing of this write counts.
        await undoing(error, () => cutTo(handle, size));
      }
    } finally {
      await handle.close();
    }
    // Also when the file is old: whoever made it may have died before this.
    await syncFolder(dirname(file));
  });
}

async function cutTo(handle: FileHandle, size: number): Promise<void> {
  await handle.truncate(size);
  await handle.sync();
}

async function replace(file: string, text: string): Promise<void> {
  await makeFolder(dirname(file));
  await reportingFull(file, async () => {
    const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
    try {
      const handle = await open(temporary, 'w', FILE_MODE);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
    } catch (error) {
      await undoing(error, () => rm(temporary, { force: true }));
    }
    await syncFolder(dirname(file));
  });
}

/** Cleans up after a failure and throws it again; a failure of the cleaning is joined to it, not put in its place. */
async function undoing(error: unknown, undo: () => Promise<void>): Promise<never> {
  try {
    await undo();
  } catch (second) {
    throw Object.assign(new AggregateError([error, second], `${String(error)}; cleaning up after that failed too: ${String(second)}`), {
      code: (error as NodeJS.ErrnoException).code,
    });
  }
  throw error;
}

/** Makes a folder and those above it, each of them durable in its parent. */
async function makeFolder(folder: string): Promise<void> {
  await reportingFull(folder, async () => {
    const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    if (first === undefined) return;
    for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
  });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @throws StoreFull in place of what the system says when there is no room (disk, quota) */
async function reportingFull<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new StoreFull(`no room to write ${path} (${code})`, { cause: error });
    throw error;
  }
}

async function unlessMissing<T, U>(work: Promise<T>, instead: U): Promise<T | U> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return instead;
    throw error;
  }
}
