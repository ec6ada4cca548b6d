/** `mkdir`, `rmdir`, `touch`, `rm`, `tee` below `/etc/pve`, where the cluster's lock and its holder are written (facts 10). */
import type { Process } from '../process.ts';
import type { Errno } from '../pmxcfs.ts';

export function mkdir(process: Process): number {
  return each(process, (path) => {
    const errno = inPmxcfs(path) ? process.world.pmxcfs.mkdir(process.node, below(path)) : 'ok';
    const parents = process.argv.includes('-p') && errno === 'File exists';
    return errno === 'ok' || parents ? undefined : `mkdir: cannot create directory '${path}': ${errno}`;
  });
}

export function rmdir(process: Process): number {
  return each(process, (path) => refused('rmdir: failed to remove', path, process.world.pmxcfs.rmdir(process.node, below(path))));
}

/** `touch PATH`, or `touch -d @0 PATH`, which asks pmxcfs to take an abandoned lock away; `-c` makes nothing new. */
export function touch(process: Process): number {
  const { argv, world, node } = process;
  const unlock = argv[argv.indexOf('-d') + 1] === '@0';
  return each(process, (path) => {
    if (argv.includes('-c') && !world.pmxcfs.made.has(below(path))) return undefined;
    const exists = world.pmxcfs.made.has(below(path));
    const errno = unlock ? world.pmxcfs.askUnlock(node, below(path)) : world.pmxcfs.touch(node, below(path));
    if (errno === 'ok') return undefined;
    return exists ? `touch: setting times of '${path}': ${errno}` : `touch: cannot touch '${path}': ${errno}`;
  });
}

export function rm(process: Process): number {
  const force = process.argv.includes('-f');
  return each(process, (path) => {
    if (!inPmxcfs(path)) {
      const there = process.node.files.delete(path);
      return there || force ? undefined : refused('rm: cannot remove', path, 'No such file or directory');
    }
    if (!force && !process.world.pmxcfs.made.has(below(path))) return refused('rm: cannot remove', path, 'No such file or directory');
    return refused('rm: cannot remove', path, process.world.pmxcfs.remove(process.node, below(path)));
  });
}

/** `install -m MODE /dev/null PATH`: an empty file. */
export function install(process: Process): number {
  process.node.files.set(process.argv.at(-1) ?? '', '');
  return 0;
}

/** Writes its input to the files and prints it. */
export function tee(process: Process): number {
  process.write(process.stdin);
  return each(process, (path) => {
    if (!inPmxcfs(path)) process.node.files.set(path, process.stdin);
    const errno = inPmxcfs(path) ? process.world.pmxcfs.write(process.node, below(path), process.stdin) : 'ok';
    return errno === 'ok' ? undefined : `tee: ${path}: ${errno}`;
  });
}

function each(process: Process, act: (path: string) => string | undefined): number {
  let exitCode = 0;
  const words = process.argv.slice(1);
  for (const [at, path] of words.entries()) {
    if (path.startsWith('-') || words[at - 1] === '-d') continue;
    const error = act(path);
    if (error !== undefined) exitCode = process.fail(1, error);
  }
  return exitCode;
}

function refused(start: string, path: string, errno: Errno): string | undefined {
  return errno === 'ok' ? undefined : `${start} '${path}': ${errno}`;
}

function inPmxcfs(path: string): boolean {
  return path.startsWith('/etc/pve/');
}

function below(path: string): string {
  return path.slice('/etc/pve/'.length);
}
