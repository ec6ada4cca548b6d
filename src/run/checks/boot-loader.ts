/** The kernel that is to boot lies on every EFI partition the node may boot from (facts 6.6). */
import type { Check } from './scope.ts';
import { listText, severityOn } from './scope.ts';

export const checkBootLoader: Check = (context) =>
  context.hosts.flatMap(({ node, facts: { kernel } }) => {
    if (!kernel.known || kernel.value.loader === undefined || kernel.value.loader.kind === 'grub') return [];
    const { expected, loader } = kernel.value;
    const lacking = loader.partitions.filter(({ versions }) => !versions.includes(expected));
    if (lacking.length === 0) return [];
    return [
      {
        severity: severityOn(node, context),
        subject: node,
        what: `${node} may not boot kernel ${expected}`,
        seen: `it is missing on ${lacking.length} of ${loader.partitions.length} EFI partitions: ${listText(lacking.map(({ uuid, versions }) => `${uuid} has ${versions.join(', ') || 'none'}`))}`,
        next: `on ${node}: proxmox-boot-tool refresh, then proxmox-boot-tool status`,
      },
    ];
  });
