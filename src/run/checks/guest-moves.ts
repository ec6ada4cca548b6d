/** Every guest that must move can go somewhere: nothing ties it to its node, and one of the others can run it. */
import { guestTitle, type GuestFacts } from '../../model/guest.ts';
import { reasonsToStay } from '../../model/obstacles.ts';
import { copiesDisks, obstacles, type Placement } from '../../model/places.ts';
import { movingGuests, placement, staysForItsDisks } from './placement.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { countText, listText, severityOn } from './scope.ts';

export const checkGuestMoves: Check = (context) => {
  if (context.snapshot.membership.kind === 'lone') return [];
  return context.inQuestion.flatMap(({ name }) => {
    const guests = movingGuests(name, context);
    const { homeless } = placement(name, context);
    const free = guests.filter((guest) => !homeless.some((entry) => entry.guest.vmid === guest.vmid));
    return [
      ...homeless.map((entry) => cannotMove(entry, name, context)),
      ...guests.filter((guest) => staysForItsDisks(guest, context.snapshot)).map((guest) => staysWithDisks(guest, name, context)),
      ...copiedByHa(free, name, context),
      ...onlyOlder(free, name, context),
    ];
  });
};

function cannotMove({ guest, refused }: Placement['homeless'][number], node: string, context: CheckContext): Said {
  const ownReasons = reasonsToStay(guest, context.snapshot);
  return {
    severity: severityOn(node, context),
    subject: guestTitle(guest),
    what: `${guestTitle(guest)} cannot leave ${node}`,
    // The same for every target, so it is said once.
    seen: ownReasons.length > 0 ? ownReasons.join('; ') : refused.join('. '),
    next:
      guest.ha === undefined
        ? `${wayOut(guest)}, or let it be stopped and started: guests.by_vmid.${guest.vmid}: shutdown`
        : `${wayOut(guest)}; the HA manager would try in vain to move it off ${node}`,
  };
}

function staysWithDisks(guest: GuestFacts, node: string, context: CheckContext): Said {
  const reasons = reasonsToStay(guest, context.snapshot);
  return {
    severity: severityOn(node, context),
    subject: guestTitle(guest),
    what: `${guestTitle(guest)} cannot leave ${node}: its disks are on local storage`,
    seen: [localDisks(guest), ...reasons].join('; '),
    next: `move its disks to shared storage, or let it be stopped and started: guests.by_vmid.${guest.vmid}: shutdown`,
  };
}

function localDisks(guest: GuestFacts): string {
  const disks = guest.config.known
    ? guest.config.value.volumes.filter((volume) => volume.use === 'disk' && volume.storage !== undefined)
    : [];
  return disks.map((volume) => `${volume.key} on ${volume.storage ?? ''}`).join(', ');
}

function copiedByHa(guests: readonly GuestFacts[], node: string, { snapshot }: CheckContext): readonly Said[] {
  const copied = guests.filter((guest) => guest.ha !== undefined && copiesDisks(guest, snapshot));
  if (copied.length === 0) return [];
  return [
    {
      severity: 'warning',
      subject: node,
      what: `the HA manager will copy the local disks of ${countText(copied.length, 'guest')} off ${node}`,
      seen: listText(copied.map(guestTitle)),
      next: 'allow for the time that takes (deadlines.drain), or move their disks to shared storage',
    },
  ];
}

/** A VM that was started by a newer QEMU may be refused by an older one. */
function onlyOlder(guests: readonly GuestFacts[], node: string, { snapshot }: CheckContext): readonly Said[] {
  const risky = guests.filter((guest) => {
    const others = snapshot.nodes.filter((other) => other.name !== node).map((other) => other.name);
    if (others.some((target) => obstacles(guest, target, snapshot).length === 0)) return false;
    return others.some((target) => obstacles(guest, target, snapshot, { olderTargets: 'allow' }).length === 0);
  });
  if (risky.length === 0) return [];
  return [
    {
      severity: 'warning',
      subject: node,
      what: `${countText(risky.length, 'VM')} of ${node} can only go to nodes with an older QEMU, which may refuse`,
      seen: listText(risky.map(guestTitle)),
      next: `nothing, if they were started before ${node} got its QEMU; else patch the other nodes first`,
    },
  ];
}

/** What a person can do about what holds this guest, as far as its config tells. */
function wayOut(guest: GuestFacts): string {
  if (!guest.config.known) return 'see why its config cannot be read';
  const { pinnedBy, volumes } = guest.config.value;
  if (pinnedBy.length > 0) return `take ${pinnedBy.join(', ')} out of its hardware, or use a resource mapping that every node has`;
  const iso = volumes.find((volume) => volume.use === 'iso');
  if (iso !== undefined) return `take the image out of ${iso.key}`;
  return 'mend what is named there';
}
