/** No node that is to leave serves the disks of guests that go on: they would stand still while it boots, wherever they run. */
import { guestTitle, needsPlace, type GuestFacts } from '../../model/guest.ts';
import type { NodeFacts } from '../../model/node.ts';
import { wayFor } from '../../model/way.ts';
import type { Check, CheckContext } from './scope.ts';
import { listText } from './scope.ts';

export const checkStorageServers: Check = (context) =>
  context.inQuestion
    .filter(({ name }) => context.leaves(name))
    .flatMap((node) =>
      Object.entries(context.snapshot.storageServers ?? {}).flatMap(([storage, server]) => {
        if (!isOf(server, node)) return [];
        const guests = goingOn(storage, node.name, context);
        if (guests.length === 0) return [];
        const titles = guests.map((guest) => `${guestTitle(guest)} on ${guest.node}`);
        return [
          {
            severity: 'blocker' as const,
            subject: node.name,
            what: `${node.name} serves storage ${storage}, and ${guests.length === 1 ? 'a guest' : `${guests.length} guests`} with disks on it would stand still while it boots`,
            seen: `its server is ${server}; ${listText(titles.slice(0, 5))}${titles.length > 5 ? ` and ${titles.length - 5} more` : ''}`,
            next: `stop ${guests.length === 1 ? 'it' : 'them'} before, move the disks to another storage, or let ${guests.length === 1 ? 'it' : 'them'} go down (guests.by_vmid.${guests[0]?.vmid ?? ''}: leave)`,
          },
        ];
      }),
    );

/** Names are compared without their domain. */
function isOf(server: string, { name, address }: NodeFacts): boolean {
  return server === address || (!/^[\d.]+$|:/.test(server) && server.replace(/\..*$/, '').toLowerCase() === name.toLowerCase());
}

/** Those that run meanwhile with a disk there, and of which nobody said that they may go down. */
function goingOn(storage: string, node: string, { snapshot, config }: CheckContext): readonly GuestFacts[] {
  if (!snapshot.guests.known) return [];
  return snapshot.guests.value.filter((guest) => {
    if (!needsPlace(guest) || !guest.config.known) return false;
    const way = wayFor(guest, snapshot, config);
    const isDown = way === 'leave' || (guest.node === node && (way === 'shutdown' || way === 'ha-stop'));
    return !isDown && guest.config.value.volumes.some((volume) => volume.storage === storage && volume.use !== 'iso');
  });
}
