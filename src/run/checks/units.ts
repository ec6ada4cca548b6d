/** Services of the node: those it cannot do without are up; what has failed already is known before we touch it (facts 8.3). */
import type { Check } from './scope.ts';
import { countText, listText, notKnown } from './scope.ts';

/** Without these the node is no member, or nothing can be moved off it. */
const indispensable = ['pve-cluster', 'corosync', 'pve-ha-lrm', 'pve-ha-crm'];

export const checkServices: Check = ({ hosts, snapshot }) =>
  hosts.flatMap(({ node, facts: { services } }) => {
    if (!services.known) return [notKnown(node, `the state of the services of ${node} is unknown`, services.why)];
    const lone = snapshot.membership.kind === 'lone';
    return Object.entries(services.value)
      .filter(([name, state]) => state !== 'active' && !(lone && name.replace(/\.service$/, '') === 'corosync'))
      .map(([name, state]) => {
        const firm = !lone && indispensable.includes(name.replace(/\.service$/, ''));
        return {
          severity: firm ? 'blocker' : 'warning',
          subject: node,
          what: `${name} does not run on ${node}`,
          seen: `it is ${state}`,
          next: `on ${node}: systemctl status ${name}`,
        };
      });
  });

export const checkFailedUnits: Check = ({ hosts }) =>
  hosts.flatMap(({ node, facts: { failedUnits } }) =>
    failedUnits.known && failedUnits.value.length > 0
      ? [
          {
            severity: 'info',
            subject: node,
            what: `${countText(failedUnits.value.length, 'unit')} on ${node} ${failedUnits.value.length === 1 ? 'has' : 'have'} failed already`,
            seen: listText(failedUnits.value),
            next: '',
          },
        ]
      : [],
  );
