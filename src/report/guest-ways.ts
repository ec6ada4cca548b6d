/** What a run did to each guest, from its home and back. */
import type { Entry, GuestErrand } from '../model/event.ts';
import type { RunState } from '../run/state.ts';

export interface GuestLeg {
  /** `ha-manager`: left to the HA manager, which says neither where nor how long. */
  readonly how: GuestErrand | 'ha-manager';
  readonly from: string;
  readonly to?: string;
  readonly startedAtMs: number;
  /** Until its end was seen. Missing while it lasts, and where nobody measured it. */
  readonly tookMs?: number;
  readonly end: 'arrived' | 'stayed' | 'under-way' | 'left-to-ha';
  /** Why it stayed. */
  readonly detail?: string;
}

export interface GuestWays {
  readonly vmid: number;
  readonly title: string;
  /** Where it was first. */
  readonly home: string;
  readonly memoryBytes?: number;
  readonly legs: readonly GuestLeg[];
  /** Where the last leg that is known of left it; missing for a guest of the HA manager. */
  readonly on?: string;
  /** How long it did not run because of us, at most: a container that moves is down for a part of that. */
  readonly interruptedMs: number;
}

/** @returns by vmid; guests that nothing happened to are not in it */
export function guestWays(state: RunState, entries: readonly Entry[]): readonly GuestWays[] {
  const refusals = refusalsIn(entries);
  const ways = new Map<number, GuestWays>();
  for (const trip of state.guests) {
    const detail = refusals.get(`${trip.vmid}/${trip.attempt}`);
    const leg: GuestLeg = {
      how: trip.how,
      from: trip.from,
      to: trip.to,
      startedAtMs: trip.startedAtMs,
      end: trip.end,
      ...(trip.tookMs === undefined ? {} : { tookMs: trip.tookMs }),
      ...(detail === undefined ? {} : { detail }),
    };
    const before = ways.get(trip.vmid);
    const memory = trip.memoryBytes ?? plannedMemory(state, trip.vmid);
    ways.set(trip.vmid, {
      vmid: trip.vmid,
      title: trip.title,
      home: before?.home ?? trip.from,
      ...(memory === undefined ? {} : { memoryBytes: memory }),
      legs: [...(before?.legs ?? []), leg],
      on: trip.end === 'arrived' ? trip.to : trip.from,
      interruptedMs: 0,
    });
  }
  for (const way of managedWays(state)) if (!ways.has(way.vmid)) ways.set(way.vmid, way);
  return [...ways.values()]
    .map((way) => ({ ...way, interruptedMs: interruptedMs(way.legs, state.lastAtMs) }))
    .sort((a, b) => a.vmid - b.vmid);
}

/** By vmid and attempt. */
function refusalsIn(entries: readonly Entry[]): ReadonlyMap<string, string> {
  const refusals = new Map<string, string>();
  const attempts = new Map<number, number>();
  for (const { event } of entries) {
    if (event.type === 'guest.leaving') attempts.set(event.vmid, (attempts.get(event.vmid) ?? 0) + 1);
    if (event.type === 'guest.stays') refusals.set(`${event.vmid}/${attempts.get(event.vmid) ?? 0}`, event.detail);
  }
  return refusals;
}

function plannedMemory(state: RunState, vmid: number): number | undefined {
  return state.plan?.tracks.flatMap((track) => track.guests).find((guest) => guest.vmid === vmid)?.memoryBytes;
}

/** Guests of the HA manager leave without an errand of ours: that they left is known once their node was seen empty. */
function managedWays(state: RunState): readonly GuestWays[] {
  return (state.plan?.tracks ?? []).flatMap((track) => {
    const drain = state.steps.get(`pve/${track.node}/drain`);
    if (drain?.status !== 'done') return [];
    return track.guests
      .filter((guest) => guest.way === 'ha-manager')
      .map(({ vmid, title, memoryBytes }) => ({
        vmid,
        title,
        home: track.node,
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
        legs: [{ how: 'ha-manager' as const, from: track.node, startedAtMs: drain.startedAtMs, end: 'left-to-ha' as const }],
        interruptedMs: 0,
      }));
  });
}

function interruptedMs(legs: readonly GuestLeg[], lastAtMs: number): number {
  let sum = 0;
  let downSince: number | undefined;
  for (const leg of legs) {
    if (leg.end !== 'arrived') continue;
    const endedAtMs = leg.startedAtMs + (leg.tookMs ?? 0);
    if (leg.how === 'restart-migration') sum += leg.tookMs ?? 0;
    if (leg.how === 'shutdown' || leg.how === 'halt') downSince ??= leg.startedAtMs;
    if (leg.how === 'start' && downSince !== undefined) {
      sum += endedAtMs - downSince;
      downSince = undefined;
    }
  }
  return downSince === undefined ? sum : sum + (lastAtMs - downSince);
}

export interface Moved {
  /** Guests that left their node, however. */
  readonly guests: number;
  /** Memory that went over the network by our own moves, there and back. A guest whose memory is not known counts nothing. */
  readonly bytes: number;
  /** While at least one guest was on its way. */
  readonly busyMs: number;
}

/** What has gone over the network by now. */
export function movedSoFar(state: RunState): Moved {
  const moves = state.guests.filter((trip) => trip.end === 'arrived' && trip.how.endsWith('-migration'));
  const live = moves.filter((trip) => trip.how === 'live-migration');
  const spans = live.map((trip): readonly [number, number] => [trip.startedAtMs, trip.startedAtMs + (trip.tookMs ?? 0)]);
  return {
    guests: new Set(moves.map((trip) => trip.vmid)).size,
    bytes: live.reduce((sum, trip) => sum + (trip.memoryBytes ?? plannedMemory(state, trip.vmid) ?? 0), 0),
    busyMs: covered(spans),
  };
}

/** How long at least one of the spans lasted. */
function covered(spans: readonly (readonly [from: number, to: number])[]): number {
  let sum = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    sum += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return sum;
}
