/** Packages whose removal is never part of a patch. */
import type { PackageSet } from './packages.ts';

const keepers =
  /^(proxmox-ve|proxmox-default-kernel|pve-manager|qemu-server|pve-container|pve-cluster|pve-ha-manager|pve-qemu-kvm|lxc-pve|corosync|ceph-.+|proxroll)$/;

/** @param runningKernel as `uname -r` says; its package must stay until another has booted. @returns removals that stop a run (facts 6.3) */
export function forbiddenRemovals(set: PackageSet, runningKernel: string | undefined): readonly string[] {
  return set.removals.filter((name) => keepers.test(name) || (runningKernel !== undefined && kernelOf(name) === runningKernel));
}

/**
 * Removals that nobody has allowed. Kernels that do not run go without asking: apt keeps the ones that count by its own rules.
 * @param allowed names, or patterns with `*`
 */
export function surprisingRemovals(set: PackageSet, runningKernel: string | undefined, allowed: readonly string[]): readonly string[] {
  const forbidden = forbiddenRemovals(set, runningKernel);
  const patterns = allowed.map(patternOf);
  return set.removals.filter(
    (name) =>
      !forbidden.includes(name) &&
      !(runningKernel !== undefined && kernelOf(name) !== undefined) &&
      !patterns.some((one) => one.test(name)),
  );
}

/** A package name in which `*` stands for anything. */
export function patternOf(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.+]/g, '\\$&').replaceAll('*', '.*')}$`);
}

/** `6.14.8-2-pve` of `proxmox-kernel-6.14.8-2-pve-signed`. The helper, which brings proxmox-boot-tool, is no kernel. */
function kernelOf(name: string): string | undefined {
  return /^(?:proxmox-kernel|pve-kernel|linux-image)-(?!helper$)(.+?)(?:-signed)?$/.exec(name)?.[1];
}
