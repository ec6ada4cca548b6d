/** Why a node should reboot, one finding a reason: the same that the plan foresees and a run decides by (facts 6.6, 6.7). */
import { dueRebootReasons, foreseenRebootReasons } from '../../stages/pve/reboot-due.ts';
import type { Check } from './scope.ts';

export const checkRebootDue: Check = ({ hosts }) =>
  hosts.flatMap(({ node, facts }) => {
    const due = dueRebootReasons(facts);
    const foreseen = facts.pending.known ? foreseenRebootReasons(facts, facts.pending.value).filter((reason) => !due.includes(reason)) : [];
    return [
      ...due.map((reason) => ({ severity: 'info' as const, subject: node, what: `a reboot of ${node} is due`, seen: reason, next: '' })),
      ...foreseen.map((reason) => ({
        severity: 'info' as const,
        subject: node,
        what: `a reboot of ${node} will be due after its upgrade`,
        seen: reason,
        next: '',
      })),
    ];
  });
