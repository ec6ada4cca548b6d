/**
 * Which of several guests goes on which of several nodes, when each node has room for so much and not every guest may go
 * everywhere. Pure and deterministic. Quick rules of thumb come first; where all of them fail, a bounded search decides.
 */

export interface Parcel {
  readonly id: number;
  readonly bytes: number;
  /** Names of the bins it may go into. */
  readonly allowed: readonly string[];
}

export interface Bin {
  readonly name: string;
  readonly roomBytes: number;
}

export interface Packing {
  /** Bin by parcel id. */
  readonly placed: ReadonlyMap<number, string>;
  /** Those that found no room, largest first. */
  readonly unplaced: readonly Parcel[];
  /** False when the search gave up before it had tried everything: a packing may exist then. */
  readonly exhausted: boolean;
}

/** How many placements the search may try: a fraction of a second of CPU. */
const searchSteps = 200_000;

/** @returns a packing of all parcels where one is found, else the one with the most bytes placed */
export function pack(parcels: readonly Parcel[], bins: readonly Bin[]): Packing {
  const bySize = [...parcels].sort((a, b) => b.bytes - a.bytes || a.allowed.length - b.allowed.length || a.id - b.id);
  const byChoice = [...parcels].sort((a, b) => a.allowed.length - b.allowed.length || b.bytes - a.bytes || a.id - b.id);
  let best: Packing | undefined;
  for (const order of [bySize, byChoice])
    for (const prefer of [mostRoom, leastRoom]) {
      const packing = greedy(order, bins, prefer);
      if (packing.unplaced.length === 0) return packing;
      if (best === undefined || bytesOf(packing.unplaced) < bytesOf(best.unplaced)) best = packing;
    }
  // More than all rooms together can hold, or a parcel that fits nowhere: nothing to search for.
  if (best === undefined || isHopeless(parcels, bins)) return { ...(best ?? { placed: new Map(), unplaced: [] }), exhausted: true };
  const found = search(bySize, bins);
  return found.placed === undefined ? { ...best, exhausted: found.exhausted } : { placed: found.placed, unplaced: [], exhausted: true };
}

type Prefer = (a: number, b: number) => number;
/** Even load, the better choice for those who live on the nodes afterwards. */
const mostRoom: Prefer = (a, b) => b - a;
/** Fill the fullest first, which keeps large holes for large guests. */
const leastRoom: Prefer = (a, b) => a - b;

function greedy(order: readonly Parcel[], bins: readonly Bin[], prefer: Prefer): Packing {
  const room = new Map(bins.map((bin) => [bin.name, bin.roomBytes]));
  const placed = new Map<number, string>();
  const unplaced: Parcel[] = [];
  for (const parcel of order) {
    const target = parcel.allowed
      .filter((name) => (room.get(name) ?? -1) >= parcel.bytes)
      .sort((a, b) => prefer(room.get(a) ?? 0, room.get(b) ?? 0) || a.localeCompare(b, 'en'))[0];
    if (target === undefined) unplaced.push(parcel);
    else {
      placed.set(parcel.id, target);
      room.set(target, (room.get(target) ?? 0) - parcel.bytes);
    }
  }
  return { placed, unplaced: unplaced.sort((a, b) => b.bytes - a.bytes || a.id - b.id), exhausted: false };
}

function isHopeless(parcels: readonly Parcel[], bins: readonly Bin[]): boolean {
  const room = new Map(bins.map((bin) => [bin.name, bin.roomBytes]));
  const total = bins.reduce((sum, bin) => sum + Math.max(0, bin.roomBytes), 0);
  return bytesOf(parcels) > total || parcels.some((parcel) => !parcel.allowed.some((name) => (room.get(name) ?? -1) >= parcel.bytes));
}

/** Depth first, largest parcel first. Parcels of equal size and choice are interchangeable, so they are tried in one order of bins only. */
function search(
  order: readonly Parcel[],
  bins: readonly Bin[],
): { readonly placed?: ReadonlyMap<number, string>; readonly exhausted: boolean } {
  const room = new Map(bins.map((bin) => [bin.name, bin.roomBytes]));
  const place = new Map(bins.map((bin, index) => [bin.name, index]));
  const placed = new Map<number, string>();
  let steps = 0;
  const next = (index: number): boolean => {
    const parcel = order[index];
    if (parcel === undefined) return true;
    const before = order[index - 1];
    const twin =
      before !== undefined && before.bytes === parcel.bytes && sameChoice(before, parcel)
        ? (place.get(placed.get(before.id) ?? '') ?? 0)
        : 0;
    for (const name of parcel.allowed) {
      const free = room.get(name) ?? -1;
      if (free < parcel.bytes || (place.get(name) ?? 0) < twin) continue;
      if (++steps > searchSteps) return false;
      placed.set(parcel.id, name);
      room.set(name, free - parcel.bytes);
      if (next(index + 1)) return true;
      room.set(name, free);
      placed.delete(parcel.id);
    }
    return false;
  };
  const found = next(0);
  return found ? { placed, exhausted: true } : { exhausted: steps <= searchSteps };
}

function sameChoice(a: Parcel, b: Parcel): boolean {
  return a.allowed.length === b.allowed.length && a.allowed.every((name, index) => name === b.allowed[index]);
}

function bytesOf(parcels: readonly Parcel[]): number {
  return parcels.reduce((sum, parcel) => sum + parcel.bytes, 0);
}
