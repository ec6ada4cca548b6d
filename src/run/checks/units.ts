/** Services of the node: those it cannot do without are up; what has failed already is known before we touch it (facts 8.3). */
import type { Check, Said } from './scope.ts';
import { countText, listText, notKnown } from './scope.ts';

/** Without these the node is no member. */
const indispensable = ['pve-cluster', 'corosync'];
/** Without these nothing that the HA manager has in hand can be moved off it. */
const ofHa = ['pve-ha-lrm', 'pve-ha-crm'];

export const checkServices: Check = ({ hosts, snapshot }) =>
  hosts.flatMap(({ node, facts: { services } }) => {
    if (!services.known) return [notKnown(node, `the state of the services of ${node} is unknown`, services.why)];
    const lone = snapshot.membership.kind === 'lone';
    const haUnused = snapshot.ha.known && snapshot.ha.value.kind === 'unused';
    return Object.entries(services.value).flatMap(([name, state]): readonly Said[] => {
      const short = name.replace(/\.service$/, '');
      if (state === 'active' || (lone && short === 'corosync')) return [];
      const what = `${name} does not run on ${node}`;
      // Many switch them off where they have no HA resources; that is no failure.
      if (ofHa.includes(short) && haUnused && state === 'inactive')
        return [{ severity: 'info', subject: node, what, seen: `it is ${state}, and HA is not in use`, next: '' }];
      const firm = !lone && (indispensable.includes(short) || (ofHa.includes(short) && !haUnused));
      return [
        {
          severity: firm ? 'blocker' : 'warning',
          subject: node,
          what,
          seen: `it is ${state}`,
          next: `on ${node}: systemctl status ${name}`,
        },
      ];
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
