/** Packages on the node are whole and free to change: nothing half configured, nothing held that belongs to Proxmox VE. */
import type { Check } from './scope.ts';
import { countText, listText, notKnown } from './scope.ts';

export const checkDpkg: Check = ({ hosts }) =>
  hosts.flatMap(({ node, facts: { dpkgAudit } }) => {
    if (!dpkgAudit.known) return [notKnown(node, `it is unknown whether the packages of ${node} are whole`, dpkgAudit.why)];
    const lines = dpkgAudit.value.split('\n').filter((line) => line.trim() !== '');
    if (lines.length === 0) return [];
    return [
      {
        severity: 'blocker',
        subject: node,
        what: `dpkg on ${node} was interrupted`,
        seen: lines
          .slice(0, 3)
          .map((line) => line.trim())
          .join(' / '),
        next: `on ${node}: dpkg --configure -a, then apt-get -f install`,
      },
    ];
  });

const ofProxmox = /^(pve-|proxmox-|libpve-|ceph|corosync|qemu-server$|linux-image-|linux-headers-)/;

export const checkAptHolds: Check = ({ hosts }) =>
  hosts.flatMap(({ node, facts: { aptHolds } }) => {
    if (!aptHolds.known) return [notKnown(node, `the packages on hold on ${node} are unknown`, aptHolds.why, 'warning')];
    const held = aptHolds.value.filter((name) => ofProxmox.test(name));
    if (held.length === 0) return [];
    return [
      {
        severity: 'warning',
        subject: node,
        what: `${countText(held.length, 'package')} of Proxmox VE ${held.length === 1 ? 'is' : 'are'} on hold on ${node}`,
        seen: listText(held),
        next: `if that is not meant to be, on ${node}: apt-mark unhold ${held.join(' ')}`,
      },
    ];
  });
