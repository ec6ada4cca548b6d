/** Proxmox Backup Server where it is installed beside Proxmox VE: its tasks are its own, and no list of Proxmox VE has them. */
import { z } from 'zod';
import type { ServerTask } from '../model/node.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import { foreignNumber, foreignText, jsonQuery, maybe } from './foreign-json.ts';
import type { Query } from './query.ts';

/** The package that makes a node one. */
export const backupServerPackage = 'proxmox-backup-server';

const taskSchema = z.object({
  starttime: foreignNumber,
  worker_type: z.string(),
  worker_id: maybe(foreignText),
  user: z.string(),
  endtime: maybe(foreignNumber),
});

/** What a reboot may cut off without harm. Whatever else there is, known or new, counts as work. */
const harmless = /^(acme-.*|aptupdate|benchmark|logrotate|realm-sync|srv(start|stop|restart|reload)|termproxy)$/;

/**
 * What it works on: backups that other machines send, restores, garbage collection, verification, syncs, tapes. It lists 50 tasks unless told
 * otherwise, and 1000 at most. Where its proxy is down it answers nothing, which is not "no tasks". Source: facts of Proxmox Backup
 * Server 2.1 and 2.2. @throws CommandFailed, Unparsable
 */
export const serverTasksQuery: Query<readonly ServerTask[]> = jsonQuery(
  reads(deadlines.guestTool, 'proxmox-backup-manager', 'task', 'list', '--limit', '1000', '--output-format', 'json'),
  z.array(taskSchema),
  (tasks) =>
    tasks
      .filter(({ endtime, worker_type }) => endtime === undefined && !harmless.test(worker_type))
      .map(({ starttime, worker_type, worker_id, user }) => ({ type: worker_type, id: worker_id ?? '', user, startedAtS: starttime })),
);
