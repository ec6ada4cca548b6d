/** `stat -c FORMAT PATH...` for the formats that clients ask for: size and name. */
import type { Process } from '../process.ts';
import { readHostFile } from './host-files.ts';

export function stat(process: Process): number {
  const [, option, format, ...paths] = process.argv;
  if (option !== '-c' || format === undefined) return process.fail(1, `stat: unrecognized option '${option ?? ''}'`);
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
