/** Whether a power cycle brings back the kernel before, where a node boots a new one that does not come up. */
import { emptySet } from '../../model/packages.ts';
import { newKernel } from '../../stages/pve/reboot-due.ts';
import type { Check } from './scope.ts';

export const checkNewKernel: Check = ({ hosts, config }) =>
  hosts.flatMap(({ node, facts }) => {
    const kernel = newKernel(facts, facts.pending.known ? facts.pending.value : emptySet);
    const { bootOnce } = facts;
    if (kernel === undefined || bootOnce === undefined || config.reboot === 'never') return [];
    const pinned = facts.kernel.known && facts.kernel.value.pinned;
    if (bootOnce.known && bootOnce.value.can && !pinned)
      return [
        {
          severity: 'info' as const,
          subject: node,
          what: `${node} can try kernel ${kernel} once, and has a way back`,
          seen: `${loaders[bootOnce.value.by]} forgets an entry for one boot before it starts it`,
          next: '',
        },
      ];
    const why = pinned ? 'it is pinned' : !bootOnce.known ? bootOnce.why : bootOnce.value.can ? '' : bootOnce.value.why;
    return [
      {
        severity: 'info' as const,
        subject: node,
        what: `${node} would boot kernel ${kernel} again after a power cycle`,
        seen: `${why}; should it not come up, the kernel before is chosen at its console (IPMI), under "Advanced options"`,
        next: '',
      },
    ];
  });

const loaders = { 'systemd-boot': 'systemd-boot', grub: 'GRUB' } as const;
