/** `cat`: the files that clients read, from `/etc/pve`, `/proc`, `/etc` and `/run`. */
import type { Process } from '../process.ts';
import { readHostFile } from './host-files.ts';

export function cat(process: Process): number {
  let exitCode = 0;
  for (const path of process.argv.slice(1)) {
    const file = readHostFile(process, path);
    if (file.found) process.write(file.text);
    else exitCode = process.fail(1, `cat: ${path}: ${file.why}`);
  }
  return exitCode;
}
