/** Every guest that must move can go somewhere: nothing ties it to its node, and one of the others can run it. */
import { localDisks } from '../../model/disks.ts';
import { guestTitle, type GuestFacts } from '../../model/guest.ts';
import { ruleObstacles } from '../../model/ha-rule.ts';
import { reasonsToStay } from '../../model/obstacles.ts';
import { obstacles, travel, type Placement } from '../../model/places.ts';
import { policyFor } from '../../model/policy.ts';
import { wayFor } from '../../model/way.ts';
import { movingGuests, placement } from './placement.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { countText, listText, severityOn } from './scope.ts';

export const checkGuestMoves: Check = (context) => {
  const { membership } = context.snapshot;
  if (membership.kind === 'lone' || membership.unheard !== undefined) return [];
  return context.inQuestion.flatMap(({ name }) => {
    const guests = movingGuests(name, context);
    const { homeless } = placement(name, context);
    const free = guests.filter((guest) => !homeless.some((entry) => entry.guest.vmid === guest.vmid));
    return [
      ...homeless.map((entry) => cannotMove(entry, name, context)),
      ...copiedByHa(free, name, context),
      ...onlyOlder(free, name, context),
    ];
  });
};

function cannotMove({ guest, refused }: Placement['homeless'][number], node: string, context: CheckContext): Said {
  const { snapshot, config } = context;
  const ownReasons = reasonsToStay(guest, snapshot, travel(guest, snapshot, config));
  return {
    severity: severityOn(node, context),
    subject: guestTitle(guest),
    what: `${guestTitle(guest)} cannot leave ${node}`,
    // The same for every target, so it is said once.
    seen: `${ownReasons.length > 0 ? ownReasons.join('; ') : refused.join('. ')}; its policy is ${policyFor(guest, config)}`,
    next:
      wayFor(guest, snapshot, config) === 'ha-manager'
        ? `${wayOut(guest, context)}; the HA manager would try in vain to move it off ${node}`
        : `${wayOut(guest, context)}, or let it be stopped and started: guests.by_vmid.${guest.vmid}: shutdown`,
  };
}

/** The manager copies local disks without asking (facts 4.6), so somebody must have asked for it. */
function copiedByHa(guests: readonly GuestFacts[], node: string, context: CheckContext): readonly Said[] {
  const { snapshot, config } = context;
  const copied = guests.filter((guest) => wayFor(guest, snapshot, config) === 'ha-manager' && localDisks(guest, snapshot).length > 0);
  return copied.flatMap((guest): readonly Said[] => {
    const against = reasonsToStay(guest, snapshot, { way: 'disk-migration', disks: config.limits });
    const asked = policyFor(guest, config) === 'migrate-with-disks';
    if (asked && against.length === 0) return [];
    const title = guestTitle(guest);
    return [
      {
        severity: severityOn(node, context),
        subject: title,
        what: `the HA manager would copy the local disks of ${title} off ${node}`,
        seen: [disksText(guest, context), ...(asked ? against : [`its policy is ${policyFor(guest, config)}`])].join('; '),
        next: `move its disks to shared storage, or allow it: guests.by_vmid.${guest.vmid}: migrate-with-disks, or shutdown`,
      },
    ];
  });
}

function disksText(guest: GuestFacts, { snapshot }: CheckContext): string {
  return localDisks(guest, snapshot)
    .map((volume) => `${volume.key} on ${volume.storage ?? ''}`)
    .join(', ');
}

/** A VM that was started by a newer QEMU may be refused by an older one. */
function onlyOlder(guests: readonly GuestFacts[], node: string, { snapshot, config }: CheckContext): readonly Said[] {
  const risky = guests.filter((guest) => {
    const others = snapshot.nodes.filter((other) => other.name !== node).map((other) => other.name);
    const how = travel(guest, snapshot, config);
    if (others.some((target) => obstacles(guest, target, snapshot, how).length === 0)) return false;
    return others.some((target) => obstacles(guest, target, snapshot, { ...how, olderTargets: 'allow' }).length === 0);
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
function wayOut(guest: GuestFacts, { snapshot, config }: CheckContext): string {
  if (!guest.config.known) return 'see why its config cannot be read';
  if (snapshot.nodes.some(({ name }) => ruleObstacles(guest, name, snapshot).length > 0)) return 'let its HA rules allow another node';
  const { pinnedBy, volumes, mapped = [] } = guest.config.value;
  const way = wayFor(guest, snapshot, config);
  const raw = pinnedBy.filter((key) => !mapped.some((device) => device.key === key));
  if (raw.length > 0) return `take ${raw.join(', ')} out of its hardware, or use a resource mapping that every node has`;
  if (pinnedBy.length > 0 && way !== 'restart-elsewhere')
    return `its mapped devices come along while it is down: guests.by_vmid.${guest.vmid}: restart`;
  const iso = volumes.find((volume) => volume.use === 'iso');
  if (iso !== undefined) return `take the image out of ${iso.key}`;
  if (localDisks(guest, snapshot).length > 0 && way !== 'disk-migration')
    return `move its disks to shared storage, or let them be copied (guests.by_vmid.${guest.vmid}: migrate-with-disks)`;
  return 'mend what is named there';
}
