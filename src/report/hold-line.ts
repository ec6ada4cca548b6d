import { ownHoldPath, type NodeHold } from '../model/hold.ts';
import { oneLine } from './paragraph.ts';

/** `pve2 is on hold (/etc/proxroll/hold: until: 2026-12-01T00:00:00.000Z, reason: new disk); …`: what the file says, in its own words. */
export function holdLine(hold: NodeHold): string {
  if (!hold.known) return `whether ${hold.node} is on hold is unknown: ${oneLine(hold.why)}`;
  const said = hold.text
    .split('\n')
    .map((line) => oneLine(line))
    .filter((line) => line !== '');
  const next = hold.path === ownHoldPath ? `proxroll unhold ${hold.node}` : `on ${hold.node}: rm ${hold.path}`;
  return `${hold.node} is on hold (${hold.path}${said.length === 0 ? '' : `: ${said.join(', ')}`}); when it may be touched again: ${next}`;
}
