/** A guest's way in the words that page and text share. */
import { durationText } from '../model/duration.ts';
import { timeOfDay } from './clock-time.ts';
import type { GuestLeg, GuestWays } from './guest-ways.ts';

/** `04:01 pve2 → pve3, live, 30 s`. */
export function legText(leg: GuestLeg): string {
  const took = leg.tookMs === undefined ? '' : `, ${durationText(leg.tookMs)}`;
  const stayed = leg.end === 'stayed' ? `, refused: ${leg.detail ?? 'no reason was given'}` : leg.end === 'under-way' ? ', under way' : '';
  const when = timeOfDay(leg.startedAtMs);
  switch (leg.how) {
    case 'live-migration':
      return `${when} ${leg.from} → ${leg.to ?? '?'}, live${took}${stayed}`;
    case 'disk-migration':
      return `${when} ${leg.from} → ${leg.to ?? '?'}, live with its disks${took}${stayed}`;
    case 'offline-migration':
      return `${when} ${leg.from} → ${leg.to ?? '?'}, while it was down${took}${stayed}`;
    case 'halt':
      return `${when} shut down on ${leg.from}, to be started elsewhere${took}${stayed}`;
    case 'restart-migration':
      return `${when} ${leg.from} → ${leg.to ?? '?'}, with a restart${took}${stayed}`;
    case 'shutdown':
      return `${when} shut down on ${leg.from}${took}${stayed}`;
    case 'start':
      return `${when} started on ${leg.to ?? leg.from}${took}${stayed}`;
    case 'ha-manager':
      return `${when} left ${leg.from} by the HA manager`;
    default:
      return leg.how satisfies never;
  }
}

export function whereText({ home, on, legs }: GuestWays): string {
  if (on === undefined) return 'where the HA manager has it';
  const last = legs.at(-1);
  if ((last?.how === 'shutdown' || last?.how === 'halt' || last?.how === 'offline-migration') && last.end === 'arrived')
    return `stopped on ${on}`;
  return on === home ? `at home on ${on}` : `on ${on}, away from ${home}`;
}
