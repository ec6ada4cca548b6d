/** Every storage works on every node where it is enabled: a guest that needs it could not start there (facts 1.5, 10.3). */
import type { StorageFacts } from '../../model/snapshot.ts';
import { mayBeServedByStopped } from '../../model/served-storage.ts';
import type { Check } from './scope.ts';
import { notKnown } from './scope.ts';

export const checkStorages: Check = ({ snapshot, inQuestion, scope }) => {
  if (snapshot.membership.kind === 'lone') return [];
  if (!snapshot.storages.known) return [notKnown('cluster', 'it is unknown which storages work', snapshot.storages.why)];
  const online = snapshot.nodes.filter((node) => node.online).map((node) => node.name);
  const rows = snapshot.storages.value;
  const stopped = (scope.loans ?? []).flatMap((loan) => (loan.kind === 'guest-stopped' || loan.kind === 'ha-stopped' ? [loan.vmid] : []));
  return rows
    .filter((row) => !row.available && online.includes(row.node))
    .map((row) => {
      const served = mayBeServedByStopped(row.storage, rows, stopped);
      const firm = holdsGuests(row) && !served && inQuestion.some((node) => node.name === row.node);
      return {
        severity: firm ? 'blocker' : 'warning',
        subject: row.node,
        what: `storage ${row.storage} is not available on ${row.node}`,
        seen: `${row.node} broadcasts nothing of it; type ${row.plugin}, for ${row.content.length === 0 ? 'nothing' : row.content.join(', ')}`,
        next: served
          ? 'nothing, if a guest that this run has stopped serves it'
          : `on ${row.node}: pvesm status --storage ${row.storage}; bring it back, or disable it there`,
      };
    });
};

function holdsGuests(row: StorageFacts): boolean {
  return row.content.includes('images') || row.content.includes('rootdir');
}
