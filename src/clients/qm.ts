/** VMs, on the node that owns them (facts 3.1, 9.1). What takes long is given as argv for a transient unit (`systemd.ts`). */
import type { Argv } from '../ports/shell.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { GuestHere } from './guest-state.ts';
import { guestStateQuery } from './guest-state.ts';
import type { Query } from './query.ts';

/** Run state and lock of a VM, as the asked node sees it. Source: facts 9.1, measured "Migration". @throws CommandFailed, Unparsable */
export function qmStatusQuery(vmid: number): Query<GuestHere> {
  return guestStateQuery(reads(deadlines.guestTool, 'qm', 'status', String(vmid), '--verbose'));
}

/**
 * Moves a running VM live. For a VM under HA it only queues the move (facts 3.5).
 * @param options.withLocalDisks copies disks on local storage along (facts 3.8)
 */
export function qmMigrateArgv(vmid: number, target: string, options: { readonly withLocalDisks: boolean }): Argv {
  const local = options.withLocalDisks ? ['--with-local-disks', '1'] : [];
  return ['qm', 'migrate', String(vmid), target, '--online', '1', ...local];
}

/** Moves a VM that is down: its config, and local disks that no replica has. Fails when it runs (facts 3.2). */
export function qmOfflineMigrateArgv(vmid: number, target: string): Argv {
  return ['qm', 'migrate', String(vmid), target];
}

/** Asks the guest to shut down; fails, and leaves it running, when it has not within `timeoutS` (facts 9.1). */
export function qmShutdownArgv(vmid: number, timeoutS: number): Argv {
  return ['qm', 'shutdown', String(vmid), '--timeout', String(timeoutS)];
}

/** Starts a VM; fails when it runs already. */
export function qmStartArgv(vmid: number): Argv {
  return ['qm', 'start', String(vmid)];
}
