/** Containers, on the node that owns them (facts 3.4, 9.3). What takes long is given as argv for a transient unit (`systemd.ts`). */
import type { Argv } from '../ports/shell.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { GuestHere } from './guest-state.ts';
import { guestStateQuery } from './guest-state.ts';
import type { Query } from './query.ts';
import { filledLines, textQuery, unparsable } from './query.ts';

/** Run state of a container, as the asked node sees it. Source: facts 9.3. @throws CommandFailed, Unparsable */
export function pctStatusQuery(vmid: number): Query<GuestHere> {
  return guestStateQuery(reads(deadlines.guestTool, 'pct', 'status', String(vmid)));
}

/**
 * The containers of the asked node that do not stand still, as it sees them now, by vmid. It prints nothing at all where there is none; behind
 * the status a column may be empty (facts 1.7). @throws CommandFailed, Unparsable
 */
export const containersUpQuery: Query<readonly number[]> = textQuery(reads(deadlines.guestTool, 'pct', 'list'), (stdout, source) => {
  const [head, ...lines] = filledLines(stdout);
  if (head !== undefined && !/^VMID\s+Status\b/.test(head)) throw unparsable(source, 'the heading', head);
  return lines.flatMap((line) => {
    const [, vmid, status] = /^(\d+)\s+([a-z]+)\b/.exec(line) ?? [];
    if (vmid === undefined || status === undefined) throw unparsable(source, 'a container', line);
    return status === 'stopped' ? [] : [Number(vmid)];
  });
});

/** Moves a running container by stop, move and start. Late in stopping, it fails and may stay stopped later on (facts 3.4). */
export function pctMigrateArgv(vmid: number, target: string, timeoutS: number): Argv {
  return ['pct', 'migrate', String(vmid), target, '--restart', '1', '--timeout', String(timeoutS)];
}

/** Moves a container that is down; fails when it runs (facts 3.4). */
export function pctOfflineMigrateArgv(vmid: number, target: string): Argv {
  return ['pct', 'migrate', String(vmid), target];
}

/** Asks the container to shut down; fails, and leaves it running, when it has not within `timeoutS`. */
export function pctShutdownArgv(vmid: number, timeoutS: number): Argv {
  return ['pct', 'shutdown', String(vmid), '--timeout', String(timeoutS)];
}

/** Starts a container; fails when it runs already. */
export function pctStartArgv(vmid: number): Argv {
  return ['pct', 'start', String(vmid)];
}
