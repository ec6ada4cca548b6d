/** Every storage works on every node where it is enabled: a guest that needs it could not start there (facts 1.5, 10.3). */
import type { StorageFacts } from '../../model/snapshot.ts';
import type { Check } from './scope.ts';
import { notKnown } from './scope.ts';

export const checkStorages: Check = ({ snapshot, inQuestion }) => {
  if (snapshot.membership.kind === 'lone') return [];
  if (!snapshot.storages.known) return [notKnown('cluster', 'it is unknown which storages work', snapshot.storages.why)];
  const online = snapshot.nodes.filter((node) => node.online).map((node) => node.name);
  return snapshot.storages.value
    .filter((row) => !row.available && online.includes(row.node))
    .map((row) => {
      const firm = holdsGuests(row) && inQuestion.some((node) => node.name === row.node);
      return {
        severity: firm ? 'blocker' : 'warning',
        subject: row.node,
        what: `storage ${row.storage} is not available on ${row.node}`,
        seen: `${row.node} broadcasts nothing of it; type ${row.plugin}, for ${row.content.length === 0 ? 'nothing' : row.content.join(', ')}`,
        next: `on ${row.node}: pvesm status --storage ${row.storage}; bring it back, or disable it there`,
      };
    });
};

function holdsGuests(row: StorageFacts): boolean {
  return row.content.includes('images') || row.content.includes('rootdir');
}
