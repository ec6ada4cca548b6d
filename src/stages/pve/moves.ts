/**
 * The moves of a whole run as the plan has them: who is meant to go where when each node is emptied, and who goes home. Pure. A drain
 * chooses late and on fresh facts, and takes the planned target where that still fits.
 */
import type { Config } from '../../config/schema.ts';
import { guestTitle, serviceId, type GuestFacts } from '../../model/guest.ts';
import { countsServices } from '../../model/crs.ts';
import { failsBack, managersWish, servicesOn } from '../../model/ha-rule.ts';
import { withoutPlan } from '../../model/moves/bounds.ts';
import type { Move, MoveGuest, MoveProblem, MoveRule } from '../../model/moves/problem.ts';
import { planMoves, type Rotation } from '../../model/moves/rotation.ts';
import { spareRoom } from '../../model/moves/spare.ts';
import { pairObstacles, reasonsToStay, unfitTarget } from '../../model/obstacles.ts';
import { memoryRoom, travel } from '../../model/places.ts';
import type { PlannedMove, PlannedMoves, Track } from '../../model/plan.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { givesRoom, goesAway, wayFor, type Way } from '../../model/way.ts';
import { guestsOn } from './node-now.ts';
import { reasonToLeave } from './plan.ts';

/** What is planned for one cluster, with the guests behind the numbers. */
export interface SoughtMoves {
  readonly problem: MoveProblem;
  readonly guests: readonly GuestFacts[];
  readonly rotation: Rotation;
}

// Checks and the plan ask for the same search, which is the costly part of both.
const found = new WeakMap<Snapshot, Map<string, SoughtMoves>>();

/** @param leaving the nodes to be emptied, in the order that is kept where nothing is gained by another; of them `renewed` get a newer QEMU; guests on `giving` may be asked to make room */
export function seekMoves(
  leaving: readonly string[],
  renewed: readonly string[],
  snapshot: Snapshot,
  config: Config,
  giving: readonly string[] = [],
): SoughtMoves {
  const sought = found.get(snapshot) ?? new Map<string, SoughtMoves>();
  found.set(snapshot, sought);
  const key = JSON.stringify([leaving, giving, renewed, config.guests, config.return_guests, config.limits]);
  const before = sought.get(key);
  if (before !== undefined) return before;
  const { problem, guests } = problemOf(leaving, giving, renewed, snapshot, config);
  const now = { problem, guests, rotation: planMoves(problem) };
  sought.set(key, now);
  return now;
}

/** Whether emptying its node moves this guest, by us or by the HA manager, as far as policy and its own state say. */
export function movesAway(guest: GuestFacts, snapshot: Snapshot, config: Config): boolean {
  if (guest.template || !guest.memoryBytes.known || guest.ha?.requested === 'stopped') return false;
  return goesAway(wayFor(guest, snapshot, config)) && reasonsToStay(guest, snapshot, travel(guest, snapshot, config)).length === 0;
}

/** One turn from how things are now: others may be asked to make room for it. @returns nothing where nobody has to move */
export function movesOfTurn(node: string, snapshot: Snapshot, config: Config): PlannedMoves | undefined {
  const others = snapshot.nodes.filter((other) => other.name !== node && reasonToLeave(other, config, []) === undefined);
  const sought = seekMoves(
    [node],
    [],
    snapshot,
    config,
    others.map((other) => other.name),
  );
  return sought.problem.guests.some((guest) => sought.problem.turns.includes(guest.node)) ? toldMoves(sought) : undefined;
}

function problemOf(
  leaving: readonly string[],
  giving: readonly string[],
  renewed: readonly string[],
  snapshot: Snapshot,
  config: Config,
): { readonly problem: MoveProblem; readonly guests: readonly GuestFacts[] } {
  const names = snapshot.nodes.map((node) => node.name);
  const rooms = names.map((name) => memoryRoom(name, snapshot, config));
  const unfit = snapshot.nodes.map((node, index) => unfitTarget(node, snapshot).length > 0 || rooms[index]?.known !== true);
  const capacities = rooms.map((room) => (room.known ? room.value : 0));
  const guests: GuestFacts[] = [];
  const numbered: MoveGuest[] = [];
  const masks = new Map<string, readonly boolean[]>();
  // Whoever lives on another node is left in peace: nobody makes them move.
  for (const name of [...leaving, ...giving])
    for (const guest of guestsOn(snapshot, name)) {
      if (!movesAway(guest, snapshot, config)) continue;
      const how = travel(guest, snapshot, config, { olderTargets: 'allow' });
      const allowed = snapshot.nodes.map(
        (target, index) => target.name === name || (unfit[index] !== true && pairObstacles(guest, target, snapshot, how).length === 0),
      );
      // One without any way out is told by a check; the others are planned all the same.
      if (allowed.filter(Boolean).length < 2) continue;
      // Most guests may go to the same nodes: thousands of them share one list.
      const mask = allowed.map(Number).join('');
      const shared = masks.get(mask) ?? allowed;
      masks.set(mask, shared);
      const node = names.indexOf(name);
      const bytes = guest.memoryBytes.known ? guest.memoryBytes.value : 0;
      capacities[node] = (capacities[node] ?? 0) + bytes;
      guests.push(guest);
      const way = wayFor(guest, snapshot, config);
      numbered.push({
        vmid: guest.vmid,
        bytes,
        node,
        allowed: shared,
        ...moverOf(guest, way, names, snapshot),
        ...(givesRoom(way) ? {} : { onlyInTurn: true }),
      });
    }
  return {
    guests,
    problem: {
      nodes: names.map((name, index) => ({ name, capacityBytes: capacities[index] ?? 0 })),
      guests: numbered,
      turns: leaving.map((name) => names.indexOf(name)),
      ...(leaving.includes(snapshot.ownNode) ? { last: names.indexOf(snapshot.ownNode) } : {}),
      returns: config.return_guests,
      oneWay: renewed.length > 0,
      ...rulesOf(guests, snapshot),
      ...(countsServices(snapshot.crs) ? { services: otherServices(names, guests, snapshot) } : {}),
    },
  };
}

function moverOf(
  guest: GuestFacts,
  way: Way,
  names: readonly string[],
  snapshot: Snapshot,
): Pick<MoveGuest, 'mover' | 'managed' | 'stays'> {
  if (way !== 'ha-manager') return { mover: 'us' };
  const wish = managersWish(guest, snapshot);
  const managed = { sid: serviceId(guest), wish: names.map((name) => wish[name]) };
  return { mover: 'manager', managed, ...(failsBack(guest, snapshot) ? {} : { stays: true }) };
}

/** Services of the HA manager by node that are no guests of the problem: they count for it too. */
function otherServices(names: readonly string[], guests: readonly GuestFacts[], snapshot: Snapshot): readonly number[] {
  const own = new Set(guests.flatMap((guest) => (guest.ha === undefined ? [] : [serviceId(guest)])));
  return names.map((name) => servicesOn(name, snapshot).filter((sid) => !own.has(sid)).length);
}

/** Between guests of the HA manager that run; what binds one of them to nodes is in the nodes it may go to. */
function rulesOf(guests: readonly GuestFacts[], { ha }: Snapshot): Pick<MoveProblem, 'rules'> {
  const told = ha.known && ha.value.kind === 'used' && ha.value.rules?.known === true ? ha.value.rules.value : [];
  const place = new Map(guests.flatMap((guest, index) => (guest.ha === undefined ? [] : [[serviceId(guest), index] as const])));
  const rules = told.flatMap((rule): readonly MoveRule[] => {
    if (rule.kind !== 'resource-affinity') return [];
    const named = rule.services.flatMap((sid) => place.get(sid) ?? []);
    return named.length < 2 ? [] : [{ kind: rule.affinity === 'positive' ? 'together' : 'apart', guests: named }];
  });
  return rules.length === 0 ? {} : { rules };
}

/** @returns what was sought for these tracks; nothing where no node is emptied or there is no other one */
export function movesSought(tracks: readonly Track[], snapshot: Snapshot, config: Config): SoughtMoves | undefined {
  const emptied = tracks.filter((track) => track.drained || track.rebootReasons.length > 0);
  if (snapshot.membership.kind === 'lone' || emptied.length === 0) return undefined;
  const leaving = emptied.map((track) => track.node);
  return seekMoves(leaving, renewedOf(emptied), snapshot, config);
}

/** The packages whose upgrade gives moved guests a newer QEMU. */
const qemu = 'pve-qemu-kvm';

/** @param tracks in the order that is kept where nothing is gained by another @returns them in the order of the search, with what it found */
export function withMoves(
  tracks: readonly Track[],
  snapshot: Snapshot,
  config: Config,
): { readonly tracks: readonly Track[]; readonly moves?: PlannedMoves } {
  const sought = movesSought(tracks, snapshot, config);
  if (sought === undefined) return { tracks };
  const { problem, guests, rotation } = sought;
  const moves = toldMoves({ problem, guests, rotation });
  if (rotation.kind !== 'planned') return { tracks, moves };
  const name = (node: number) => problem.nodes[node]?.name ?? '';
  const told = (moves: readonly Move[]): readonly PlannedMove[] =>
    moves.map(({ guest, from, to }) => ({
      vmid: guests[guest]?.vmid ?? 0,
      title: guestTitle(guests[guest] ?? noGuest),
      from: name(from),
      to: name(to),
      bytes: problem.guests[guest]?.bytes ?? 0,
    }));
  const turns = new Map(rotation.turns.map((turn, index) => [name(turn.node), { ...turn, index }]));
  const place = (track: Track, index: number) => {
    const turn = turns.get(track.node);
    if (track.node === snapshot.ownNode) return tracks.length * 2;
    return config.return_guests ? index : turn === undefined ? -1 : turn.index;
  };
  const ordered = tracks
    .map((track, index) => ({ track, index, at: place(track, index) }))
    .sort((a, b) => a.at - b.at || a.index - b.index)
    .map(({ track }): Track => {
      const turn = turns.get(track.node);
      return turn === undefined ? track : { ...track, out: told(turn.out), back: told(turn.back) };
    });
  return { tracks: ordered, moves };
}

function toldMoves({ problem, guests, rotation }: SoughtMoves): PlannedMoves {
  const name = (node: number) => problem.nodes[node]?.name ?? '';
  const naive = withoutPlan(
    problem,
    [...problem.turns].sort((a, b) => Number(a === problem.last) - Number(b === problem.last)),
  );
  const without = { movedBytes: naive.movedBytes, stranded: naive.stranded.map((guest) => guests[guest]?.vmid ?? 0) };
  if (rotation.kind !== 'planned')
    return {
      kind: rotation.kind,
      node: name(rotation.node),
      missingBytes: rotation.missingBytes,
      guests: rotation.kind === 'not-found' ? rotation.unplaced.map((guest) => guestTitle(guests[guest] ?? noGuest)) : [],
      ...(rotation.kind === 'not-found' && rotation.sentTo !== undefined ? { sentTo: name(rotation.sentTo) } : {}),
      without,
    };
  const spare = spareRoom(problem, rotation.turns).map(({ node, also, missingBytes }) => ({
    node: name(node),
    also: name(also),
    missingBytes,
  }));
  return { kind: 'planned', movedBytes: rotation.movedBytes, boundBytes: rotation.boundBytes, without, spare };
}

function renewedOf(tracks: readonly Pick<Track, 'node' | 'set'>[]): readonly string[] {
  return tracks.filter((track) => track.set.changes.some((change) => change.name === qemu)).map((track) => track.node);
}

const noGuest = { kind: 'qemu', vmid: 0, name: '' } as const;
