/** What still runs from files that an upgrade has replaced: a remark, as nothing is broken by it (facts 3.9, 6.8). */
import type { Check, Said } from './scope.ts';
import { countText, listText } from './scope.ts';

export const checkReplacedPrograms: Check = ({ hosts }) =>
  hosts.flatMap(({ node, facts: { staleProcesses, vmProcesses } }) => {
    if (staleProcesses === undefined || !staleProcesses.known) return [];
    const pids = new Set(staleProcesses.value.map(({ pid }) => pid));
    const vms =
      vmProcesses?.known === true ? Object.entries(vmProcesses.value).flatMap(([vmid, pid]) => (pids.has(pid) ? [vmid] : [])) : [];
    const daemons = staleProcesses.value.filter(({ program }) => !/\/(qemu-system-[^/]*|kvm)$/.test(program));
    return [
      ...oldQemu(node, vms),
      ...oldDaemons(
        node,
        daemons.map(({ program }) => program.replace(/^.*\//, '')),
      ),
    ];
  });

function oldQemu(node: string, vms: readonly string[]): readonly Said[] {
  if (vms.length === 0) return [];
  return [
    {
      severity: 'info',
      subject: node,
      what: `${countText(vms.length, 'VM')} on ${node} ${vms.length === 1 ? 'runs' : 'run'} an older QEMU than is installed`,
      seen: `${vms.length === 1 ? 'vm' : 'vms'} ${listText(vms)}; a migration to another node is enough`,
      next: '',
    },
  ];
}

function oldDaemons(node: string, names: readonly string[]): readonly Said[] {
  if (names.length === 0) return [];
  const counts = [...new Set(names)].sort().map((name) => {
    const times = names.filter((each) => each === name).length;
    return times === 1 ? name : `${name} (${times})`;
  });
  return [
    {
      severity: 'info',
      subject: node,
      what: `${countText(names.length, 'process', 'processes')} on ${node} ${names.length === 1 ? 'runs' : 'run'} from programs that were replaced`,
      seen: `${listText(counts)}; a restart of each, or a reboot, brings the new ones`,
      next: '',
    },
  ];
}
