/** `proxmox-boot-tool kernel list` (facts 6.6). */
import { byVersion } from '../node.ts';
import type { Process } from '../process.ts';

export function proxmoxBootTool(process: Process): number {
  const { argv, node } = process;
  if (argv[1] === 'kernel' && argv[2] === 'list') {
    process.out('Manually selected kernels:', 'None.', '', 'Automatically selected kernels:', ...[...node.kernels].sort(byVersion));
    if (node.pinnedKernel !== undefined) process.out('', 'Pinned kernel:', node.pinnedKernel);
    return 0;
  }
  if (argv[1] === 'status' && node.spec.esps !== undefined) {
    process.out("Re-executing '/usr/sbin/proxmox-boot-tool' in new private mount namespace..", 'System currently booted with uefi');
    const versions = [...node.kernels].sort(byVersion);
    for (const [at, uuid] of node.spec.esps.entries()) {
      const stale = node.spec.staleEsp === true && at > 0;
      process.out(
        `${uuid} is configured with: ${node.loader === 'grub' ? 'grub' : 'uefi'} (versions: ${(stale ? versions.filter((version) => version === node.runningKernel) : versions).join(', ')})`,
      );
    }
    return 0;
  }
  if (argv[1] === 'status') return process.fail(2, 'E: /etc/kernel/proxmox-boot-uuids does not exist.');
  return process.fail(1, 'E: unknown command');
}
