/** Whether a power cycle brings back the kernel before, where a node boots a new one that does not come up. */
import { emptySet } from '../../model/packages.ts';
import { kernelOutlook, type KernelOutlook } from '../../stages/pve/kernel-trial.ts';
import type { Check, Said } from './scope.ts';

export const checkNewKernel: Check = ({ hosts, config }) =>
  hosts.flatMap(({ node, facts }) => {
    const outlook = kernelOutlook(facts, facts.pending.known ? facts.pending.value : emptySet);
    return outlook === undefined || config.reboot === 'never' ? [] : [saidOf(node, outlook, config.new_kernel)];
  });

const loaders = { 'systemd-boot': 'systemd-boot', grub: 'GRUB' } as const;

function saidOf(node: string, outlook: KernelOutlook, wanted: 'boot' | 'try' | 'try-or-block'): Said {
  if (outlook.kind === 'trial') {
    const { by, kernel, before } = outlook.trial;
    const seen = `${loaders[by]} forgets an entry for one boot before it starts it`;
    return wanted === 'boot'
      ? { severity: 'info', subject: node, what: `${node} could try kernel ${kernel} once (new_kernel: try)`, seen, next: '' }
      : { severity: 'info', subject: node, what: `${node} tries kernel ${kernel} once; a power cycle boots ${before}`, seen, next: '' };
  }
  const { kernel, why, pinned } = outlook;
  const what = `${node} would boot kernel ${kernel} again after a power cycle`;
  const way = 'should it not come up, the kernel before is chosen at its console (IPMI), under "Advanced options"';
  if (wanted === 'boot' || pinned) return { severity: 'info', subject: node, what, seen: `${why}; ${way}`, next: '' };
  return wanted === 'try'
    ? { severity: 'warning', subject: node, what, seen: why, next: `have the console of ${node} at hand: ${way}` }
    : { severity: 'blocker', subject: node, what, seen: why, next: 'new_kernel: try boots it as usual, with its console at hand' };
}
