/** Outside of the maintenance windows nothing is begun. */
import { durationText } from '../../model/duration.ts';
import { windowOf } from '../time-left.ts';
import type { Check } from './scope.ts';

export const checkWindow: Check = ({ snapshot, config }) => {
  const window = windowOf(config, snapshot.takenAtMs);
  if (window.kind !== 'closed') return [];
  return [
    {
      severity: 'blocker',
      subject: 'cluster',
      what: 'no maintenance window is open',
      seen: `the next one opens in ${durationText(window.opensInMinutes * 60_000)}`,
      next: 'wait for it, or change windows in the config',
    },
  ];
};
