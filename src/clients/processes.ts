/** Programs that still run from files which an upgrade has replaced (facts 3.9, 6.8). */
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { answerQuery, filledLines, unparsable } from './query.ts';

export interface StaleProcess {
  readonly pid: number;
  /** Path of the program that it was started from. */
  readonly program: string;
}

/**
 * Processes whose own program was replaced or removed since they began: the kernel shows their `exe` as deleted. Processes that end
 * meanwhile make find exit 1; the rows of the others count. Source: `man proc`, facts 3.9. @throws CommandFailed, Unparsable
 */
export const staleProcessesQuery: Query<readonly StaleProcess[]> = answerQuery(
  reads(
    deadlines.file,
    'find',
    '/proc',
    '-mindepth',
    '2',
    '-maxdepth',
    '2',
    '-name',
    'exe',
    '-lname',
    '* (deleted)',
    '-printf',
    '%h %l\\n',
  ),
  (answer, source, fail) => {
    if (answer.exitCode > 1 || (answer.exitCode === 1 && !/No such (file or directory|process)/.test(answer.stderr))) throw fail();
    return filledLines(answer.stdout).map((line) => {
      const [, pid, program] = /^\/proc\/(\d+) (\/.*) \(deleted\)$/.exec(line) ?? [];
      if (pid === undefined || program === undefined) throw unparsable(source, 'a process', line);
      return { pid: Number(pid), program };
    });
  },
);

/** The process of every VM that runs here, by vmid. Empty where none ever ran. Source: facts 3.9. @throws CommandFailed, Unparsable */
export const vmProcessesQuery: Query<Readonly<Record<string, number>>> = answerQuery(
  reads(deadlines.file, 'grep', '-r', '--include=*.pid', '', '/run/qemu-server'),
  (answer, source, fail) => {
    if (answer.exitCode > 1 && !/No such file or directory/.test(answer.stderr)) throw fail();
    return Object.fromEntries(
      filledLines(answer.stdout).map((line) => {
        const [, vmid, pid] = /^\/run\/qemu-server\/(\d+)\.pid:\s*(\d+)$/.exec(line) ?? [];
        if (vmid === undefined || pid === undefined) throw unparsable(source, 'a pid file', line);
        return [vmid, Number(pid)];
      }),
    );
  },
);
