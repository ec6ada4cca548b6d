/** The simulated commands, by program. One file for each of them or for a few that are twins. */
import type { Argv } from '../../ports/shell.ts';
import type { CommandResult, Program } from '../process.ts';
import { never } from '../store.ts';
import type { World } from '../world.ts';
import { aptGet } from './apt-get.ts';
import { aptMark } from './apt-mark.ts';
import { bootctl, grubEditenv, grubReboot } from './boot-entry.ts';
import { cat } from './cat.ts';
import { ceph } from './ceph.ts';
import { corosyncCfgtool } from './corosync-cfgtool.ts';
import { corosyncQuorumtool } from './corosync-quorumtool.ts';
import { df } from './df.ts';
import { dpkg } from './dpkg.ts';
import { dpkgQuery } from './dpkg-query.ts';
import { find } from './find.ts';
import { findmnt } from './findmnt.ts';
import { install, mkdir, rm, rmdir, tee, touch } from './files.ts';
import { grep } from './grep.ts';
import { haManager } from './ha-manager.ts';
import { head } from './head.ts';
import { date, hostname, timedatectl, trueProgram, uname } from './host.ts';
import { ip } from './ip.ts';
import { journalctl } from './journalctl.ts';
import { od } from './od.ts';
import { pct } from './pct.ts';
import { proxmoxBackupManager } from './proxmox-backup-manager.ts';
import { proxmoxBootTool } from './proxmox-boot-tool.ts';
import { env } from './pvesr.ts';
import { pvecm } from './pvecm.ts';
import { pvesh } from './pvesh.ts';
import { pveversion } from './pveversion.ts';
import { qm } from './qm.ts';
import { sh } from './sh.ts';
import { stat } from './stat.ts';
import { systemctl } from './systemctl.ts';
import { systemdRun } from './systemd-run.ts';
import { needrestart } from './needrestart.ts';
import { zpool } from './zpool.ts';

export const programs: Readonly<Record<string, Program | undefined>> = {
  'apt-get': aptGet,
  'apt-mark': aptMark,
  bootctl,
  cat,
  ceph,
  'corosync-cfgtool': corosyncCfgtool,
  'corosync-quorumtool': corosyncQuorumtool,
  date,
  df,
  dpkg,
  'dpkg-query': dpkgQuery,
  env,
  find,
  findmnt,
  grep,
  'grub-editenv': grubEditenv,
  'grub-reboot': grubReboot,
  'ha-manager': haManager,
  head,
  hostname,
  ip,
  journalctl,
  install,
  mkdir,
  od,
  pct,
  'proxmox-backup-manager': proxmoxBackupManager,
  'proxmox-boot-tool': proxmoxBootTool,
  pvecm,
  pvesh,
  pveversion,
  qm,
  rm,
  rmdir,
  sh,
  stat,
  systemctl,
  'systemd-run': systemdRun,
  tee,
  timedatectl,
  touch,
  true: trueProgram,
  uname,
  needrestart,
  zpool,
};

/**
 * Runs one command on a host of the world, without the time it takes to get there and to start.
 * @param killed when it fires, the program gets the signal that ends it
 * @returns never, when the host is dark or goes dark before the command has ended
 */
export function runCommand(world: World, hostName: string, argv: Argv, stdin = '', killed?: AbortSignal): Promise<CommandResult> {
  const node = world.findNode(hostName);
  if (node === undefined) return never();
  return world.execute(node, argv, stdin, (process) => killed?.addEventListener('abort', () => process.end('signal'), { once: true }));
}
