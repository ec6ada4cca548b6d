/** `stat -c FORMAT PATH...` for the formats that clients ask for: size and name. */
import type { Process } from '../process.ts';
import { readHostFile } from './host-files.ts';

export function stat(process: Process): number {
  const [, option, format, ...paths] = process.argv;
  if (option !== '-c' || format === undefined) return process.fail(1, `stat: unrecognized option '${option ?? ''}'`);
  if (format === '%A' && paths[0] === '/etc/pve/local') return localLink(process);
  let exitCode = 0;
  for (const path of paths) {
    const made = path.startsWith('/etc/pve/') ? process.world.pmxcfs.made.get(path.slice('/etc/pve/'.length)) : undefined;
    const file = readHostFile(process, path);
    if (!file.found && made === undefined) {
      exitCode = process.fail(1, `stat: cannot statx '${path}': ${file.why}`);
      continue;
    }
    const values: Readonly<Record<string, string>> = {
      s: `${file.found ? file.text.length : 0}`,
      n: path,
      F: made?.kind === 'dir' ? 'directory' : 'regular file',
      Y: `${Math.floor((made?.mtimeMs ?? 0) / 1000)}`,
    };
    process.out(format.replace(/%([snFY])/g, (whole, letter: string) => values[letter] ?? whole));
  }
  return exitCode;
}

/** The link that tells by its write bit whether the cluster file system can be written to (facts 2.2). */
function localLink(process: Process): number {
  const { world, node } = process;
  if (!world.pmxcfs.mounted(node)) return process.fail(1, "stat: cannot statx '/etc/pve/local': No such file or directory");
  process.out(world.corosync.quorate(node) ? 'lrwxr-xr-x' : 'lr-xr-xr-x');
  return 0;
}
