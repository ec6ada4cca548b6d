/**
 * Where guests can go: for one guest now, and for all guests of a node at once. Pure. The checks ask it beforehand, a drain
 * asks it again for each guest on fresh facts, because load decides and load changes.
 */
import { bytesText } from './bytes.ts';
import { guestTitle, needsPlace, type GuestFacts } from './guest.ts';
import { obstacles, pairObstacles, reasonsToStay, unfitTarget, type ObstacleOptions } from './obstacles.ts';
import type { PolicyConfig } from './policy.ts';
import { pack, type Bin, type Parcel } from './packing.ts';
import { known, unknown, type Reading } from './reading.ts';
import type { Snapshot } from './snapshot.ts';
import type { DiskLimits } from './disks.ts';
import { wayFor } from './way.ts';

export { copiesDisks } from './disks.ts';
export { obstacles } from './obstacles.ts';

/** The part of the config that counts here. */
export interface PlaceConfig extends PolicyConfig {
  readonly limits: { readonly memory_reserve_percent: number } & DiskLimits;
}

export interface PlaceOptions extends ObstacleOptions {
  /** Nodes that are not to be used, for reasons the snapshot does not show. The guest's own node never is. */
  readonly exclude?: readonly string[];
  /** Memory already promised on a node and not yet seen there: guests on their way, in bytes by node. */
  readonly reservedBytes?: Readonly<Record<string, number>>;
  /** Guests that will need a place soon: one is chosen that leaves room for them, if there is such a choice. */
  readonly alsoLeaving?: readonly GuestFacts[];
  /** What is said against a node for this guest besides what the snapshot shows. */
  readonly against?: Readonly<Record<string, readonly string[]>>;
  /** The node that was planned: taken where nothing is against it now. */
  readonly planned?: string;
}

export interface Place {
  readonly node: string;
  /** Every reason against it, memory among them; empty when the guest can go there. */
  readonly obstacles: readonly string[];
  /** Room for guests before this one comes. */
  readonly roomBytes: Reading<number>;
}

/** How this guest would be judged by its policy; without policies, as the HA manager would move it. */
export function travel(guest: GuestFacts, snapshot: Snapshot, config: PlaceConfig, options: ObstacleOptions = {}): ObstacleOptions {
  if (config.guests === undefined || options.way !== undefined) return { disks: config.limits, ...options };
  return { disks: config.limits, ...options, way: wayFor(guest, snapshot, config) };
}

/** All other nodes and what is against them, most room first among those with nothing against. */
export function whereCanGo(guest: GuestFacts, snapshot: Snapshot, config: PlaceConfig, options: PlaceOptions = {}): readonly Place[] {
  const how = travel(guest, snapshot, config, options);
  return targetsOf(guest, snapshot, options)
    .map((node): Place => {
      const roomBytes = roomAfterPromises(node, snapshot, config, options);
      const said = options.against?.[node] ?? [];
      return { node, roomBytes, obstacles: [...obstacles(guest, node, snapshot, how), ...said, ...memoryObstacles(guest, roomBytes)] };
    })
    .sort(
      (a, b) =>
        Math.min(1, a.obstacles.length) - Math.min(1, b.obstacles.length) || roomOf(b) - roomOf(a) || a.node.localeCompare(b.node, 'en'),
    );
}

export type Choice = { readonly node: string } | { readonly refused: readonly string[] };

/** @returns the node to send this guest to now, or for each node why not: `pve2: storage nfs is not available there` */
export function chooseTarget(guest: GuestFacts, snapshot: Snapshot, config: PlaceConfig, options: PlaceOptions = {}): Choice {
  const places = whereCanGo(guest, snapshot, config, options);
  const first = places[0];
  if (first === undefined) return { refused: ['there is no other node'] };
  if (first.obstacles.length > 0) {
    const byName = [...places].sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));
    return { refused: byName.map((place) => `${place.node}: ${place.obstacles.join('; ')}`) };
  }
  if (places.some((place) => place.node === options.planned && place.obstacles.length === 0))
    return { node: options.planned ?? first.node };
  const together = placeAll([guest, ...(options.alsoLeaving ?? [])], snapshot, config, options);
  const chosen = together.placed.find((entry) => entry.vmid === guest.vmid)?.node;
  return { node: places.find((place) => place.node === chosen && place.obstacles.length === 0)?.node ?? first.node };
}

export interface Placement {
  readonly placed: readonly { readonly vmid: number; readonly node: string }[];
  /** Guests that no node can take, memory aside, with the reasons by node. */
  readonly homeless: readonly { readonly guest: GuestFacts; readonly refused: readonly string[] }[];
  /** Guests that could go if there were more memory, and how much is missing where once the others are placed. */
  readonly short: readonly { readonly guest: GuestFacts; readonly missing: readonly { readonly node: string; readonly bytes: number }[] }[];
  /** What all of them need together, as far as it is known, and the room there is, in bytes. */
  readonly wantedBytes: number;
  readonly rooms: readonly { readonly node: string; readonly roomBytes: Reading<number> }[];
}

/** Finds a place for all these guests together, biggest first, never more on a node than it has room for. */
export function placeAll(guests: readonly GuestFacts[], snapshot: Snapshot, config: PlaceConfig, options: PlaceOptions = {}): Placement {
  const nodes = snapshot.nodes.map((node) => node.name).filter((name) => options.exclude?.includes(name) !== true);
  const rooms = nodes.map((node) => ({ node, roomBytes: roomAfterPromises(node, snapshot, config, options) }));
  const bins = rooms.flatMap(({ node, roomBytes }): Bin[] => (roomBytes.known ? [{ name: node, roomBytes: roomBytes.value }] : []));
  const homeless: { guest: GuestFacts; refused: readonly string[] }[] = [];
  const parcels: Parcel[] = [];
  // With thousands of guests and dozens of nodes, what concerns only one side is asked once.
  const unfit = new Map(rooms.map(({ node, roomBytes }) => [node, unfitOrUnknown(node, roomBytes, snapshot)]));
  const targets = snapshot.nodes.filter((node) => unfit.has(node.name));
  for (const guest of guests) {
    const how = travel(guest, snapshot, config, options);
    const own = reasonsToStay(guest, snapshot, how);
    const against = targets
      .filter((target) => target.name !== guest.node)
      .map((target) => ({
        node: target.name,
        why: [...(unfit.get(target.name) ?? []), ...own, ...pairObstacles(guest, target, snapshot, how)],
      }));
    const allowed = against.filter(({ why }) => why.length === 0).map(({ node }) => node);
    if (guest.memoryBytes.known && allowed.length > 0) parcels.push({ id: guest.vmid, bytes: guest.memoryBytes.value, allowed });
    else homeless.push({ guest, refused: refusals(guest, against) });
  }
  const packing = pack(parcels, bins);
  const left = new Map(bins.map((bin) => [bin.name, bin.roomBytes]));
  for (const parcel of parcels) {
    const node = packing.placed.get(parcel.id);
    if (node !== undefined) left.set(node, (left.get(node) ?? 0) - parcel.bytes);
  }
  return {
    placed: parcels.flatMap(({ id }) => {
      const node = packing.placed.get(id);
      return node === undefined ? [] : [{ vmid: id, node }];
    }),
    homeless,
    short: packing.unplaced.flatMap((parcel) => {
      const guest = guests.find((candidate) => candidate.vmid === parcel.id);
      return guest === undefined
        ? []
        : [{ guest, missing: parcel.allowed.map((node) => ({ node, bytes: parcel.bytes - (left.get(node) ?? 0) })) }];
    }),
    wantedBytes: guests.reduce((sum, guest) => sum + (guest.memoryBytes.known ? guest.memoryBytes.value : 0), 0),
    rooms: rooms.filter(({ node }) => guests.some((guest) => guest.node !== node)),
  };
}

/**
 * Memory a node can still give to guests, in bytes; negative when it has promised too much already. The smaller of two: what its
 * kernel calls available now, and what is left when every guest on it takes all it may. Both less the reserve.
 */
export function memoryRoom(name: string, snapshot: Snapshot, config: PlaceConfig): Reading<number> {
  const host = snapshot.nodes.find((node) => node.name === name)?.host;
  if (host === undefined) return unknown(`there is no node ${name}`);
  if (!host.answered) return unknown(host.why);
  if (!host.facts.memory.known) return host.facts.memory;
  if (!snapshot.guests.known) return snapshot.guests;
  const promised = promisedOn(snapshot.guests.value).get(name) ?? known(0);
  if (!promised.known) return promised;
  const { totalBytes, availableBytes } = host.facts.memory.value;
  const reserve = Math.ceil((totalBytes * config.limits.memory_reserve_percent) / 100);
  return known(Math.min(availableBytes, totalBytes - promised.value) - reserve);
}

// Asked for every node in the turn of every node, so it is added up once for each snapshot.
const sums = new WeakMap<readonly GuestFacts[], ReadonlyMap<string, Reading<number>>>();

/** What the guests that run on each node may take together, in bytes; unknown as soon as one of them is. */
function promisedOn(guests: readonly GuestFacts[]): ReadonlyMap<string, Reading<number>> {
  const before = sums.get(guests);
  if (before !== undefined) return before;
  const promised = new Map<string, Reading<number>>();
  for (const guest of guests) {
    const sum = promised.get(guest.node) ?? known(0);
    if (!needsPlace(guest) || !sum.known) continue;
    if (guest.memoryBytes.known) promised.set(guest.node, known(sum.value + guest.memoryBytes.value));
    else promised.set(guest.node, unknown(`the memory of ${guestTitle(guest)} there is unknown (${guest.memoryBytes.why})`));
  }
  sums.set(guests, promised);
  return promised;
}

function targetsOf(guest: GuestFacts, snapshot: Snapshot, options: PlaceOptions): readonly string[] {
  return snapshot.nodes.map((node) => node.name).filter((name) => name !== guest.node && options.exclude?.includes(name) !== true);
}

function roomAfterPromises(node: string, snapshot: Snapshot, config: PlaceConfig, options: PlaceOptions): Reading<number> {
  const room = memoryRoom(node, snapshot, config);
  return room.known ? known(room.value - (options.reservedBytes?.[node] ?? 0)) : room;
}

function roomOf(place: Place): number {
  return place.roomBytes.known ? place.roomBytes.value : -Infinity;
}

function memoryObstacles(guest: GuestFacts, room: Reading<number>): readonly string[] {
  if (!room.known) return [`its free memory is unknown (${room.why})`];
  if (!guest.memoryBytes.known) return [`the guest's memory is unknown (${guest.memoryBytes.why})`];
  const missing = guest.memoryBytes.value - room.value;
  return missing > 0
    ? [
        `${bytesText(missing)} of memory are missing (${bytesText(guest.memoryBytes.value)} wanted, room for ${bytesText(Math.max(0, room.value))})`,
      ]
    : [];
}

function unfitOrUnknown(name: string, room: Reading<number>, snapshot: Snapshot): readonly string[] {
  const node = snapshot.nodes.find((candidate) => candidate.name === name);
  return [...(node === undefined ? [] : unfitTarget(node, snapshot)), ...(room.known ? [] : [`its free memory is unknown (${room.why})`])];
}

function refusals(guest: GuestFacts, against: readonly { readonly node: string; readonly why: readonly string[] }[]): readonly string[] {
  if (!guest.memoryBytes.known) return [`the guest's memory is unknown (${guest.memoryBytes.why})`];
  return against.length === 0 ? ['there is no other node'] : against.map(({ node, why }) => `${node}: ${why.join('; ')}`);
}
