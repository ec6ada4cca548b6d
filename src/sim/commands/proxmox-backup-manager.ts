/** `proxmox-backup-manager task list`: what the backup server of a node works on (facts of Proxmox Backup Server 2.1). Only called where it is installed. */
import type { BackupTask } from '../node.ts';
import type { Process } from '../process.ts';

export function proxmoxBackupManager(process: Process): number {
  const { node, argv } = process;
  if (argv[1] !== 'task' || argv[2] !== 'list') return process.fail(255, `no such command '${argv.slice(1).join(' ')}'`);
  if (node.sickUnits.get('proxmox-backup-proxy') !== undefined)
    return process.fail(255, 'Error: error trying to connect: tcp connect error: Connection refused (os error 111)');
  process.write(JSON.stringify(node.backupTasks.map((task) => rowOf(node.name, task))));
  return 0;
}

/** The node is always called `localhost` there, whatever its name. */
function rowOf(node: string, { pid, startedAtS, type, id }: BackupTask): object {
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
  const escaped = id.replaceAll(':', '\\x3a').replaceAll('-', '\\x2d').replaceAll('/', '-');
  return {
    upid: `UPID:${node}:${hex(pid)}:${hex(pid)}:0000001A:${hex(startedAtS)}:${type}:${escaped}:root@pam:`,
    node: 'localhost',
    pid,
    pstart: pid,
    starttime: startedAtS,
    worker_type: type,
    worker_id: id,
    user: 'root@pam',
  };
}
