/**
 * What makes Debian a node of the lab, as one overlay layer between the base system and the hosts of a run: release v1 installed
 * by dpkg, the lab's own files, services enabled. Made anew in each run (about 3 s), so it is never stale.
 */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.ts';
import type { LabRun } from './lab-run.ts';
import type { Repository } from './repository.ts';

const masked = ['console-getty.service', 'getty.target', 'apt-daily.timer', 'apt-daily-upgrade.timer', 'systemd-networkd.service'];

const enabled = [
  ...['pve-cluster', 'corosync', 'pvedaemon', 'pveproxy', 'pvestatd', 'pvescheduler', 'pve-ha-crm', 'pve-ha-lrm', 'pve-guests'],
  ...['ssh', 'proxroll-lab-boot', 'proxroll-lab-quorum'],
];

/** @returns the folder of the layer, to stand above `base` */
export async function nodeLayer(labRun: LabRun, base: string, repository: Repository, archives: readonly string[]): Promise<string> {
  const home = join(labRun.folder, `layer-${repository.suite}`);
  const [upper, work, root] = [join(home, 'upper'), join(home, 'work'), join(home, 'root')];
  for (const folder of [upper, work, root]) await mkdir(folder, { recursive: true });
  await run(['mount', '-t', 'overlay', '-o', `lowerdir=${base},upperdir=${upper},workdir=${work}`, 'overlay', root]);
  await run(['mount', '-t', 'proc', 'proc', join(root, 'proc')]);
  const inRoot = (...argv: readonly string[]) => run(['chroot', root, ...argv], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });

  await cp(fileURLToPath(new URL('files', import.meta.url)), root, { recursive: true, verbatimSymlinks: true });
  await inRoot('chown', '-R', 'root:root', '/usr/local/lib/proxroll-lab', '/etc/ssh/sshd_config.d', '/etc/systemd/system');
  for (const program of ['uname', 'timedatectl']) await standIn(inRoot, program);
  if (repository.suite === 'bookworm') await uncoverBootId(root);
  const folder = join(root, 'tmp/v1');
  await mkdir(folder);
  for (const archive of archives) await cp(archive, join(folder, basename(archive)));
  await inRoot('sh', '-c', 'dpkg --force-unsafe-io --install /tmp/v1/*.deb && rm -r /tmp/v1');
  await inRoot('apt-mark', 'manual', 'proxmox-ve');
  await inRoot('systemctl', 'mask', ...masked);
  await inRoot('systemctl', 'enable', ...enabled);

  // The mirror the base came from is not reachable from hosts, and must not be tried.
  await inRoot('sh', '-c', 'rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*');
  await writeFile(join(root, repository.sources.path), repository.sources.text);
  await inRoot(
    'sh',
    '-c',
    'rm -f /etc/ssh/ssh_host_* /etc/corosync/corosync.conf && : >/etc/machine-id && mkdir -p /var/log/journal /var/log/proxroll-lab /etc/pve',
  );
  await run(['umount', join(root, 'proc')]);
  await run(['umount', root]);
  return upper;
}

/** In place of the real path, not in front of it: a sudoers file that names the path must hold here too. */
async function standIn(inRoot: (...argv: readonly string[]) => Promise<string>, program: string): Promise<void> {
  const path = `/usr/bin/${program}`;
  await inRoot('dpkg-divert', '--quiet', '--local', '--rename', '--divert', `${path}.real`, '--add', path);
  await inRoot('ln', '-s', `/usr/local/lib/proxroll-lab/${program}`, path);
}

/**
 * systemd-nspawn gives a host its boot id by a mount over the file. The sandbox of systemd 252 (ProtectKernelTunables=) uncovers the
 * machine's own below it, which never changes; 257 does not. Real nodes have no such mount.
 */
async function uncoverBootId(root: string): Promise<void> {
  const folder = join(root, 'etc/systemd/system/proxroll.service.d');
  await mkdir(folder);
  await writeFile(join(folder, 'lab.conf'), '[Service]\nBindReadOnlyPaths=/run/boot-id:/proc/sys/kernel/random/boot_id\n');
}
