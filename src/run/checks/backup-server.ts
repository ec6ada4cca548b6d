/** A backup server on the node works on nothing: a reboot cuts off what other machines send it, and what it does by itself. */
import { durationText } from '../../model/duration.ts';
import type { Check } from './scope.ts';
import { countText, notKnown, severityOn } from './scope.ts';

export const checkBackupServer: Check = (context) =>
  context.hosts.flatMap(({ node, facts: { serverTasks } }) => {
    if (serverTasks === undefined) return [];
    const severity = severityOn(node, context);
    if (!serverTasks.known)
      return [
        notKnown(
          node,
          `it is unknown what the backup server on ${node} works on`,
          serverTasks.why,
          severity === 'blocker' ? 'unknown' : 'warning',
        ),
      ];
    if (serverTasks.value.length === 0) return [];
    const seen = serverTasks.value.map(
      ({ type, id, user, startedAtS }) =>
        `${id === '' ? type : `${type} of ${id}`}, started ${durationText(Math.max(0, context.snapshot.takenAtMs - startedAtS * 1000))} ago by ${user}`,
    );
    const more = seen.length > 3 ? [`${seen.length - 3} more`] : [];
    return [
      {
        severity,
        subject: node,
        what: `the backup server on ${node} works on ${countText(seen.length, 'task')}`,
        seen: [...seen.slice(0, 3), ...more].join('; '),
        next:
          severity === 'blocker'
            ? `wait until it has ended; on ${node}: proxmox-backup-manager task list`
            : `nothing; ${node} is neither emptied nor rebooted`,
      },
    ];
  });
