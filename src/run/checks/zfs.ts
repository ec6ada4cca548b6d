/** ZFS pools are whole: a pool that has lost a disk may not come back from a reboot (facts 10.3). */
import type { Check } from './scope.ts';
import { notKnown } from './scope.ts';

export const checkZfs: Check = ({ hosts }) =>
  hosts.flatMap(({ node, facts: { zfs } }) => {
    if (!zfs.known) return [notKnown(node, `the state of the ZFS pools of ${node} is unknown`, zfs.why)];
    if (zfs.value.kind !== 'unhealthy') return [];
    return [
      {
        severity: 'blocker',
        subject: node,
        what: `a ZFS pool of ${node} is not healthy`,
        seen: firstLines(zfs.value.text),
        next: `on ${node}: zpool status -v; replace or bring back the device and wait for the resilver`,
      },
    ];
  });

function firstLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, 3)
    .join(' / ');
}
