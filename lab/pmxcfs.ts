/**
 * /etc/pve of the lab: shared folders for what the whole cluster sees, and for each host a folder of its own around them, since
 * `.members` names the reader's own node. Written from what the simulated cluster says; the lock folder follows pmxcfs's rule.
 * Not as the real one: it stays writable without quorum, and top-level files written by a host stay on that host.
 */
import { mkdir, readdir, rename, rm, rmdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const sharedFolders = ['nodes', 'priv', 'ha', 'mapping', 'sdn', 'firewall', 'virtual-guest'];

/** A lock that was not refreshed for so long goes when somebody asks for it (facts 10.2). */
const lockExpiryMs = 120_000;

export class Pmxcfs {
  readonly shared: string;
  readonly #written = new Map<string, string>();
  readonly #refreshed = new Map<string, number>();

  constructor(
    private readonly folder: string,
    private readonly hosts: readonly string[],
  ) {
    this.shared = join(folder, 'shared');
  }

  async prepare(): Promise<void> {
    for (const name of sharedFolders) await mkdir(join(this.shared, name), { recursive: true });
    for (const host of this.hosts) {
      const own = join(this.folder, host);
      for (const name of sharedFolders) await mkdir(join(own, name), { recursive: true });
      for (const kind of ['qemu-server', 'lxc']) {
        await mkdir(join(this.shared, 'nodes', host, kind), { recursive: true });
        await symlink(`nodes/${host}/${kind}`, join(own, kind));
      }
      await symlink(`nodes/${host}`, join(own, 'local'));
    }
    await mkdir(join(this.shared, 'priv/lock'), { recursive: true });
  }

  /** What a host mounts, in this order. */
  binds(host: string): readonly (readonly [outside: string, onHost: string])[] {
    return [[join(this.folder, host), '/etc/pve'], ...sharedFolders.map((name) => [join(this.shared, name), `/etc/pve/${name}`] as const)];
  }

  /** Makes the files those that `filesOf` names for each host (paths below /etc/pve). What others put there stays. */
  async write(filesOf: (host: string) => ReadonlyMap<string, string>): Promise<void> {
    const wanted = new Map<string, string>();
    for (const host of this.hosts) for (const [path, text] of filesOf(host)) wanted.set(join(this.#place(host, path), path), text);
    for (const [path, text] of wanted) {
      if (this.#written.get(path) === text) continue;
      await replace(join(this.folder, path), text);
      this.#written.set(path, text);
    }
    for (const path of [...this.#written.keys()].filter((known) => !wanted.has(known))) {
      await rm(join(this.folder, path), { force: true });
      this.#written.delete(path);
    }
  }

  /** One look at the locks: an expired one that was asked for (mtime 0) goes, another request leaves no trace. */
  async keepLocks(now: number): Promise<void> {
    const locks = join(this.shared, 'priv/lock');
    for (const name of await readdir(locks)) {
      const path = join(locks, name);
      const seen = await stat(path).catch(() => undefined);
      if (seen === undefined) continue;
      if (seen.mtimeMs > 0) {
        this.#refreshed.set(name, seen.mtimeMs);
        continue;
      }
      const refreshed = this.#refreshed.get(name) ?? seen.ctimeMs;
      if (now - refreshed > lockExpiryMs) await rmdir(path);
      else await utimes(path, refreshed / 1000, refreshed / 1000);
    }
  }

  #place(host: string, path: string): string {
    const [top] = path.split('/');
    return path.includes('/') && top !== undefined && sharedFolders.includes(top) ? 'shared' : host;
  }
}

/** Readers see the old text or the new; the name in between does not end in `.conf`, which others search for. */
async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const fresh = join(dirname(path), `.${basename(path)}.new`);
  await writeFile(fresh, text);
  await rename(fresh, path);
}
