/** `head -v -c N -- PATH...`: the beginnings of files, each under its name; a missing one is told on stderr and makes the exit code 1. */
import type { Process } from '../process.ts';
import { readHostFile } from './host-files.ts';

export function head(process: Process): number {
  const paths = process.argv.slice(process.argv.indexOf('--') + 1);
  let exitCode = 0;
  let written = 0;
  for (const path of paths) {
    const file = readHostFile(process, path);
    if (file.found) process.write(`${written++ === 0 ? '' : '\n'}==> ${path} <==\n${file.text}`);
    else {
      process.err(`head: cannot open '${path}' for reading: No such file or directory`);
      exitCode = 1;
    }
  }
  return exitCode;
}
