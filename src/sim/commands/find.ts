/**
 * `find /boot -maxdepth 1 ( -name vmlinuz-* -o -name initrd.img-* ) -printf %f\n`: the installed kernels; `find /etc ... -printf '%p %C@\n'`: new
 * versions of conffiles beside the administrator's own.
 */
import type { Process } from '../process.ts';

export function find(process: Process): number {
  if (process.argv[1] === '/etc') {
    process.out(...[...process.node.apt.keptConffiles].map(([path, atMs]) => `${path} ${(atMs / 1000).toFixed(10)}`));
    return 0;
  }
  if (process.argv[1] !== '/boot') return process.fail(1, `find: '${process.argv[1] ?? ''}': No such file or directory`);
  for (const kernel of process.node.kernels) process.out(`vmlinuz-${kernel}`, `initrd.img-${kernel}`);
  return 0;
}
