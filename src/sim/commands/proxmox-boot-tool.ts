/** `proxmox-boot-tool kernel list`, `kernel pin`, `kernel unpin`, `status` and `refresh` (facts 6.6). */
import { byVersion } from '../node.ts';
import type { Process } from '../process.ts';

export function proxmoxBootTool(process: Process): number {
  const { argv, node } = process;
  const managed = node.spec.esps !== undefined;
  switch (argv[1]) {
    case 'kernel':
      return kernel(process, managed);
    case 'refresh':
      // Without a terminal nobody is asked; without EFI partitions its hooks have nothing to do.
      if (managed) node.defaultKernel = node.pinnedKernel;
      process.out("Running hook script 'proxmox-auto-removal'..", "Running hook script 'zz-proxmox-boot'..");
      return 0;
    case 'status':
      return managed ? status(process) : process.fail(2, 'E: /etc/kernel/proxmox-boot-uuids does not exist.');
    default:
      return process.fail(1, 'E: unknown command');
  }
}

function kernel(process: Process, managed: boolean): number {
  const { argv, node } = process;
  if (argv[2] === 'list') {
    process.out('Manually selected kernels:', 'None.', '', 'Automatically selected kernels:', ...[...node.kernels].sort(byVersion));
    if (node.pinnedKernel !== undefined) process.out('', 'Pinned kernel:', node.pinnedKernel);
    return 0;
  }
  if (argv[2] === 'pin') {
    const version = argv[3] ?? '';
    if (!node.kernels.includes(version)) return process.fail(1, `E: no kernel image found in /boot for '${version}', not setting default.`);
    node.pinnedKernel = version;
    if (managed) process.out(`Set kernel '${version}' in /etc/kernel/proxmox-boot-pin. Use the 'refresh' command to update the ESPs.`);
    else {
      node.defaultKernel = version;
      process.out(`Setting '${version}' as grub default entry and running update-grub.`);
    }
    return 0;
  }
  if (argv[2] !== 'unpin') return process.fail(1, 'E: unknown command');
  node.pinnedKernel = undefined;
  process.out('Removed /etc/kernel/next-boot-pin.', 'Removed /etc/kernel/proxmox-boot-pin.');
  if (!managed) {
    node.defaultKernel = undefined;
    process.out('Reset default grub entry and running update-grub.');
  }
  return 0;
}

function status(process: Process): number {
  const { node } = process;
  process.out("Re-executing '/usr/sbin/proxmox-boot-tool' in new private mount namespace..", 'System currently booted with uefi');
  const versions = [...node.kernels].sort(byVersion);
  for (const [at, uuid] of (node.spec.esps ?? []).entries()) {
    const stale = node.spec.staleEsp === true && at > 0;
    const there = stale ? versions.filter((version) => version === node.runningKernel) : versions;
    process.out(`${uuid} is configured with: ${node.loader === 'grub' ? 'grub' : 'uefi'} (versions: ${there.join(', ')})`);
  }
  return 0;
}
