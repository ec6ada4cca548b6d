/** `bootctl set-oneshot`, `grub-reboot` and `grub-editenv`: which entry the boot loader takes once. */
import type { Process } from '../process.ts';

export function bootctl(process: Process): number {
  const { argv, node } = process;
  if (argv[1] !== 'set-oneshot' || argv[2] === undefined) return process.fail(1, `Unknown command verb ${argv[1] ?? ''}.`);
  if (node.loader !== 'systemd-boot') return process.fail(1, 'Not booted with UEFI.');
  if (node.spec.readOnlyFirmware === true)
    return process.fail(1, "Failed to update EFI variable 'LoaderEntryOneShot': Operation not permitted");
  node.onceEntry = argv[2] === '' ? undefined : argv[2];
  return 0;
}

export function grubReboot(process: Process): number {
  const { argv, node } = process;
  if (argv[1] === undefined) return process.fail(1, 'Menu entry not specified.');
  node.onceEntry = argv[1];
  return 0;
}

export function grubEditenv(process: Process): number {
  const { argv, node } = process;
  if (argv[2] === 'list') {
    if (node.onceEntry !== undefined) process.out(`next_entry=${node.onceEntry}`);
    return 0;
  }
  if (argv[2] === 'unset' && argv[3] === 'next_entry') node.onceEntry = undefined;
  return 0;
}
