/** Packages whose removal is never part of a patch. */
import type { PackageSet } from './packages.ts';

const keepers =
  /^(proxmox-ve|proxmox-default-kernel|pve-manager|qemu-server|pve-container|pve-cluster|pve-ha-manager|pve-qemu-kvm|lxc-pve|corosync|ceph-.+|proxroll)$/;

/** @param runningKernel as `uname -r` says; its package must stay until another has booted. @returns removals that stop a run (facts 6.3) */
export function forbiddenRemovals(set: PackageSet, runningKernel: string | undefined): readonly string[] {
  return set.removals.filter((name) => keepers.test(name) || (runningKernel !== undefined && kernelOf(name) === runningKernel));
}

/** `6.14.8-2-pve` of `proxmox-kernel-6.14.8-2-pve-signed`. */
function kernelOf(name: string): string | undefined {
  return /^(?:proxmox-kernel|pve-kernel|linux-image)-(.+?)(?:-signed)?$/.exec(name)?.[1];
}
