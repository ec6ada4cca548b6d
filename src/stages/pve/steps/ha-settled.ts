/** Whether the HA manager is done with a node's maintenance: the node takes part again, and every service runs where it belongs (facts 4.3, 4.4). */
import { guestTitle, seenRunning, serviceId, type GuestFacts } from '../../../model/guest.ts';
import type { HaFacts, HaServiceFacts, Snapshot } from '../../../model/snapshot.ts';
import { nodeOf } from '../../../model/snapshot.ts';

export interface Unsettled {
  readonly seen: string;
  /** What a person does when waiting does not help. */
  readonly next: string;
  /** Waiting does not help: the manager has given up. */
  readonly hopeless: boolean;
}

type UsedHa = Extract<HaFacts, { kind: 'used' }>;

/**
 * @param snapshot with guests and HA as they are now
 * @returns what is still open after the maintenance of this node, or nothing. Nobody waits for services to come home to a node
 * that is away: that is the business of whoever brings it back. One that answers is there, even when it is not yet listed as
 * online because the node that was asked has itself just booted.
 */
export function unsettledAfter(node: string, snapshot: Snapshot): Unsettled | undefined {
  const { online, host } = nodeOf(snapshot, node);
  if ((!online && !host.answered) || !snapshot.ha.known || snapshot.ha.value.kind !== 'used') return undefined;
  const ha = snapshot.ha.value;
  return givenUp(ha, snapshot) ?? moving(ha, node) ?? down(ha, snapshot);
}

const look = 'look at ha-manager status, then: proxroll resume';

/** No run begins with such a service, so whatever the manager gives up on belongs to this run (checks/ha.ts). */
function givenUp(ha: UsedHa, snapshot: Snapshot): Unsettled | undefined {
  const services = ha.services.filter(({ state, requested }) => state === 'error' && requested !== 'ignored');
  const [first] = services;
  if (first === undefined) return undefined;
  const set = `ha-manager set ${first.sid} --state`;
  const unlock = unlockText(guestsOf(services, snapshot));
  return {
    seen: `given up: ${services.map((service) => `${word(service)}${guestsOf([service], snapshot).map(lockText).join('')}`).join(', ')}`,
    next: `${unlock ?? 'see why in the task list, then: '}${set} disabled, and ${set} started; then: proxroll resume`,
    hopeless: true,
  };
}

function moving(ha: UsedHa, node: string): Unsettled | undefined {
  const seen = ha.nodes[node];
  if (seen !== undefined && (seen.state !== 'online' || seen.maintenanceRequested || seen.lrmMode === 'maintenance'))
    return { seen: `HA says ${node} is ${seen.state}, its LRM is in mode ${seen.lrmMode}`, next: look, hopeless: false };
  const services = ha.services.filter(
    (service) =>
      service.target !== undefined ||
      /^(migrate|relocate|request_start_balance)$/.test(service.state) ||
      (service.maintenanceNode === node && service.node !== node && service.failback !== false),
  );
  return services.length === 0 ? undefined : { seen: `still moving: ${services.map(word).join(', ')}`, next: look, hopeless: false };
}

/** They are meant to run, and do not: a node lost its power meanwhile, or a lock keeps them down. */
function down(ha: UsedHa, snapshot: Snapshot): Unsettled | undefined {
  if (!snapshot.guests.known) return { seen: `it is unknown which guests run: ${snapshot.guests.why}`, next: look, hopeless: false };
  const asked = ha.services.filter(({ requested, state }) => requested === 'started' && /^(started|stopped|request_start)$/.test(state));
  const there = new Set(snapshot.nodes.filter(({ online, host }) => online || host.answered).map(({ name }) => name));
  const lost = guestsOf(asked, snapshot).filter((guest) => there.has(guest.node) && !seenRunning(guest));
  if (lost.length === 0) return undefined;
  const unlock = unlockText(lost);
  return {
    seen: `not seen running: ${lost.map((guest) => `${guestTitle(guest)} on ${guest.node}${lockText(guest)}`).join(', ')}`,
    next: unlock === undefined ? look : `${unlock}proxroll resume`,
    hopeless: false,
  };
}

function guestsOf(services: readonly HaServiceFacts[], { guests }: Snapshot): readonly GuestFacts[] {
  const sids = new Set(services.map(({ sid }) => sid));
  return guests.known ? guests.value.filter((guest) => sids.has(serviceId(guest))) : [];
}

/** What comes before anything else when a lock keeps one of them down (facts 1.8). */
function unlockText(guests: readonly GuestFacts[]): string | undefined {
  const locked = guests.find(({ lock }) => lock !== undefined);
  if (locked === undefined) return undefined;
  const tool = locked.kind === 'lxc' ? 'pct' : 'qm';
  return `make sure that nothing works on it, then on ${locked.node}: ${tool} unlock ${locked.vmid}; then: `;
}

function lockText({ lock }: GuestFacts): string {
  return lock === undefined ? '' : `, locked (${lock})`;
}

function word({ sid, state, node }: HaServiceFacts): string {
  return `${sid} (${state} on ${node})`;
}
