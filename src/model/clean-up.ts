/** Which of the packages that nobody needs any more may go. Pure. */
import type { PackageSet } from './packages.ts';
import { forbiddenRemovals } from './removals.ts';

export interface CleanUp {
  readonly removes: readonly string[];
  /** What apt would have removed too, and is kept. */
  readonly keeps: readonly string[];
}

/**
 * @param unused what `apt-get autoremove` would do
 * @param kernels releases that must stay, whatever apt says: the one that runs, the one that would boot, and the one before, as the way back
 */
export function cleanUpOf(unused: PackageSet, kernels: readonly string[]): CleanUp {
  const forbidden = forbiddenRemovals(unused, undefined);
  const stays = (name: string) => {
    const kernel = kernelOf(name);
    return forbidden.includes(name) || (kernel !== undefined && kernels.includes(kernel));
  };
  return { removes: unused.removals.filter((name) => !stays(name)), keeps: unused.removals.filter(stays) };
}

/** `6.14.8-2-pve` of `proxmox-kernel-6.14.8-2-pve-signed`, and of its headers. */
function kernelOf(name: string): string | undefined {
  return /^(?:proxmox|pve|linux)-(?:kernel|headers|image)-(\d.*?)(?:-signed)?$/.exec(name)?.[1];
}

/** Whether removing `removes` by name would do that and nothing else. */
export function isExactly({ changes, removals }: PackageSet, removes: readonly string[]): boolean {
  return changes.length === 0 && removals.length === removes.length && removals.every((name) => removes.includes(name));
}
