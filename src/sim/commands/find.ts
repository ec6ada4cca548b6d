/**
 * `find /boot -maxdepth 1 ( -name vmlinuz-* -o -name initrd.img-* ) -printf %f\n`: the installed kernels; `find /etc ... -printf '%p %C@\n'`: new
 * versions of conffiles beside the administrator's own; `find /var/cache/apt/archives ... -printf %f\t%T@\n`: what apt has downloaded.
 */
import { needsBoot } from '../../clients/dpkg.ts';
import type { Process } from '../process.ts';

const dayMs = 86_400_000;

export function find(process: Process): number {
  const folder = process.argv[1] ?? '';
  if (process.argv[1] === '/proc') {
    for (const guest of process.world.guests.upOn(process.node.name))
      if (guest.kind === 'qemu' && guest.startedAtMs < process.node.qemuSinceMs)
        process.out(`/proc/${guest.pid} /usr/bin/qemu-system-x86_64 (deleted)`);
    return 0;
  }
  if (process.argv[1] === '/var/lib/dpkg/info') {
    for (const [name, atMs] of process.node.apt.installedAtMs)
      if (needsBoot(name)) process.out(`${name}.list ${(atMs / 1000).toFixed(10)}`);
    return 0;
  }
  if (folder === '/etc') {
    process.out(...[...process.node.apt.keptConffiles].map(([path, atMs]) => `${path} ${(atMs / 1000).toFixed(10)}`));
    return 0;
  }
  if (folder === '/var/cache/apt/archives') return archives(process);
  if (folder !== '/boot') return process.fail(1, `find: '${folder}': No such file or directory`);
  for (const kernel of process.node.kernels) process.out(`vmlinuz-${kernel}`, `initrd.img-${kernel}`);
  return 0;
}

/** With the time of their publication: six in the evening, two days before. */
function archives(process: Process): number {
  const publishedS = (Math.floor(process.world.timers.now() / dayMs) * dayMs - 30 * 3_600_000) / 1000;
  for (const archive of process.node.apt.fetched) {
    const [name = '', version = ''] = archive.split('=');
    process.out(`${name}_${version.replaceAll(':', '%3a')}_amd64.deb\t${publishedS}.0000000000`);
  }
  return 0;
}
