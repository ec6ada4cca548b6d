/** Whether a node boots a kernel for the first time, and whether its boot loader can take it for that boot only. Pure. */
import type { KernelTrial } from '../../model/kernel-trial.ts';
import type { HostFacts } from '../../model/node.ts';
import type { PackageSet } from '../../model/packages.ts';
import { newKernel } from './reboot-due.ts';

export type KernelOutlook =
  | { readonly kind: 'trial'; readonly trial: KernelTrial }
  /** `pinned`: a person has chosen, and wants nothing else. */
  | { readonly kind: 'no-trial'; readonly kernel: string; readonly why: string; readonly pinned: boolean };

/** @param set what will be installed before the reboot; empty once it is @returns nothing where no new kernel is booted, or nobody has asked the loader */
export function kernelOutlook(facts: HostFacts, set: PackageSet): KernelOutlook | undefined {
  const { kernel, bootOnce } = facts;
  const next = newKernel(facts, set);
  if (next === undefined || bootOnce === undefined || !kernel.known) return undefined;
  const no = (why: string, pinned = false): KernelOutlook => ({ kind: 'no-trial', kernel: next, why, pinned });
  const { running, installed, pinned } = kernel.value;
  if (pinned) return no('it is pinned', true);
  if (!bootOnce.known) return no(bootOnce.why);
  if (!bootOnce.value.can) return no(bootOnce.value.why);
  if (!installed.includes(running)) return no(`kernel ${running}, which runs, is not installed any more`);
  return { kind: 'trial', trial: { by: bootOnce.value.by, kernel: next, before: running } };
}
