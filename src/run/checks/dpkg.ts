/** Packages on the node are whole and free to change: nothing half configured, nothing held that belongs to Proxmox VE. */
import { auditedMeanwhile, auditedPackages } from '../../clients/dpkg.ts';
import type { Check, CheckScope, Said } from './scope.ts';
import { countText, listText, notKnown } from './scope.ts';

export const checkDpkg: Check = ({ hosts, scope }) =>
  hosts.flatMap(({ node, facts: { dpkgAudit } }) => {
    if (!dpkgAudit.known) return [notKnown(node, `it is unknown whether the packages of ${node} are whole`, dpkgAudit.why)];
    if (auditedMeanwhile(dpkgAudit.value)) return [inUse(node, dpkgAudit.value, scope)];
    const lines = dpkgAudit.value.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
    if (lines.length === 0) return [];
    return [
      {
        severity: 'blocker',
        subject: node,
        what: `dpkg on ${node} was interrupted`,
        // Its first lines are a sentence that ends before the names.
        seen:
          auditedPackages(dpkgAudit.value).length > 0
            ? `not whole: ${listText(auditedPackages(dpkgAudit.value))}`
            : lines.slice(0, 3).join(' / '),
        next: `on ${node}: dpkg --configure -a, then apt-get -f install`,
      },
    ];
  });

/** It passes by itself. Before anything is done it only tells; what is pending, and what is whole, is decided when it is over. */
function inUse(node: string, audit: string, scope: CheckScope): Said {
  const waits = scope.when === 'before-node' || scope.refreshed === true;
  return {
    severity: waits ? 'blocker' : 'warning',
    subject: node,
    what: `somebody else is changing packages on ${node}`,
    seen: `dpkg's database is locked, and not finished yet: ${listText(auditedPackages(audit)) || 'unnamed packages'}`,
    next: `wait until that is over; on ${node} look for apt-get, dpkg or unattended-upgrade among its processes`,
  };
}

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
