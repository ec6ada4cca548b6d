import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gib } from '../../src/model/bytes.ts';
import type { GuestFacts } from '../../src/model/guest.ts';
import { chooseTarget, memoryRoom, placeAll, whereCanGo, type PlaceOptions } from '../../src/model/places.ts';
import { known, unknown } from '../../src/model/reading.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { config, guest, node, snapshot, storage } from '../builders.ts';

const noReserve = config({ limits: { memory_reserve_percent: 0 } });

/** Nodes with so much memory, all of it available to guests. */
function site(memoryGib: Readonly<Record<string, number>>, guests: readonly GuestFacts[]): Snapshot {
  const nodes = Object.entries(memoryGib).map(([name, size]) =>
    node(name, { facts: { memory: known({ totalBytes: size * gib, availableBytes: size * gib }) } }),
  );
  return snapshot({ nodes, guests });
}

const vm = (vmid: number, on: string, size: number, differs: Parameters<typeof guest>[1] = {}) =>
  guest(vmid, { node: on, memoryBytes: known(size * gib), ...differs });

const rooms: readonly [obligation: string, snapshot: Snapshot, expectedGib: number][] = [
  ['guests that run take what they may take at most', site({ pve1: 64 }, [vm(101, 'pve1', 16), vm(102, 'pve1', 8)]), 40],
  [
    'stopped guests and templates take nothing',
    site({ pve1: 64 }, [vm(101, 'pve1', 16, { status: known({ kind: 'stopped' }) }), vm(102, 'pve1', 8, { template: true })]),
    64,
  ],
  [
    'what the kernel calls available is the limit where it is less',
    snapshot({ nodes: [node('pve1', { facts: { memory: known({ totalBytes: 64 * gib, availableBytes: 5 * gib }) } })], guests: [] }),
    5,
  ],
  ['a node that promised more than it has is short of memory', site({ pve1: 16 }, [vm(101, 'pve1', 24)]), -8],
];
for (const [obligation, where, expectedGib] of rooms)
  test(obligation, () => assert.deepEqual(memoryRoom('pve1', where, noReserve), known(expectedGib * gib)));

test('the reserve is a part of all memory of the node', () =>
  assert.deepEqual(memoryRoom('pve1', site({ pve1: 64 }, []), config({ limits: { memory_reserve_percent: 25 } })), known(48 * gib)));

const unknownRooms: readonly [obligation: string, snapshot: Snapshot][] = [
  ['a silent node has unknown room', snapshot({ nodes: [node('pve1', { host: { answered: false, code: 'no-answer', why: 'silence' } })] })],
  ['a node of unknown memory has unknown room', snapshot({ nodes: [node('pve1', { facts: { memory: unknown('unreadable') } })] })],
  [
    'a running guest of unknown memory makes the room unknown, never larger',
    site({ pve1: 64 }, [vm(101, 'pve1', 1, { memoryBytes: unknown('just booted') })]),
  ],
  ['unknown guests make the room unknown', snapshot({ guests: unknown('pvesh failed') })],
];
for (const [obligation, where] of unknownRooms) test(obligation, () => assert.equal(memoryRoom('pve1', where, noReserve).known, false));

const choices: readonly [obligation: string, snapshot: Snapshot, options: PlaceOptions, node: string][] = [
  ['the node with most room is chosen', site({ pve1: 64, pve2: 32, pve3: 64 }, [vm(101, 'pve1', 8)]), {}, 'pve3'],
  ['of equal nodes the first by name is chosen', site({ pve1: 64, pve2: 64, pve3: 64 }, [vm(101, 'pve1', 8)]), {}, 'pve2'],
  ['an excluded node is not chosen', site({ pve1: 64, pve2: 64, pve3: 32 }, [vm(101, 'pve1', 8)]), { exclude: ['pve2'] }, 'pve3'],
  [
    'memory promised to guests on their way counts',
    site({ pve1: 64, pve2: 64, pve3: 48 }, [vm(101, 'pve1', 8)]),
    { reservedBytes: { pve2: 60 * gib } },
    'pve3',
  ],
  [
    'a small guest leaves the large hole to the large guest that comes after it',
    site({ pve1: 64, pve2: 32, pve3: 8 }, [vm(101, 'pve1', 8), vm(102, 'pve1', 28)]),
    { alsoLeaving: [vm(102, 'pve1', 28)] },
    'pve3',
  ],
  [
    'when not all can be placed, one guest still goes where there is room',
    site({ pve1: 64, pve2: 16, pve3: 8 }, [vm(101, 'pve1', 8), vm(102, 'pve1', 40)]),
    { alsoLeaving: [vm(102, 'pve1', 40)] },
    'pve2',
  ],
];
for (const [obligation, where, options, expected] of choices)
  test(obligation, () => assert.deepEqual(chooseTarget(vm(101, 'pve1', 8), where, noReserve, options), { node: expected }));

test('a refusal names every node and every reason', () => {
  const where = snapshot({
    nodes: [
      node('pve1'),
      node('pve2', { facts: { memory: known({ totalBytes: 8 * gib, availableBytes: 6 * gib }) } }),
      node('pve3', { online: false }),
    ],
    guests: [vm(101, 'pve1', 8)],
  });
  assert.deepEqual(chooseTarget(vm(101, 'pve1', 8), where, noReserve), {
    refused: ['pve2: 2 GiB of memory are missing (8 GiB wanted, room for 6 GiB)', 'pve3: it is offline'],
  });
});

test('on a lone node there is nowhere to go', () =>
  assert.deepEqual(chooseTarget(vm(101, 'pve1', 8), site({ pve1: 64 }, []), noReserve), { refused: ['there is no other node'] }));

test('a node of unknown room is not chosen', () => {
  const where = snapshot({ nodes: [node('pve1'), node('pve2', { facts: { memory: unknown('unreadable') } })], guests: [] });
  assert.deepEqual(chooseTarget(vm(101, 'pve1', 8), where, noReserve), { refused: ['pve2: its free memory is unknown (unreadable)'] });
});

test('places are listed with the possible ones first', () => {
  const where = site({ pve1: 64, pve2: 4, pve3: 16, pve4: 32 }, [vm(101, 'pve1', 8)]);
  assert.deepEqual(
    whereCanGo(vm(101, 'pve1', 8), where, noReserve).map((place) => [place.node, place.obstacles.length]),
    [
      ['pve4', 0],
      ['pve3', 0],
      ['pve2', 1],
    ],
  );
});

test('guests that fit only in one way are placed in that way', () => {
  // Sorted by size and dealt out by room alone, 6 and 6 would part and leave 4+4 no place.
  const guests = [6, 6, 4, 4, 4].map((size, index) => vm(101 + index, 'pve1', size));
  const where = site({ pve1: 64, pve2: 12, pve3: 12 }, guests);
  assert.deepEqual(placeAll(guests, where, noReserve).short, []);
});

test('what is missing is said for each node, once the others are placed', () => {
  const guests = [vm(101, 'pve1', 16), vm(102, 'pve1', 12)];
  const where = site({ pve1: 64, pve2: 18, pve3: 8 }, guests);
  const { short, wantedBytes } = placeAll(guests, where, noReserve);
  assert.equal(wantedBytes, 28 * gib);
  assert.deepEqual(
    short.map(({ guest: { vmid }, missing }) => [vmid, missing]),
    [
      [
        102,
        [
          { node: 'pve2', bytes: 10 * gib },
          { node: 'pve3', bytes: 4 * gib },
        ],
      ],
    ],
  );
});

test('a guest that may go nowhere is homeless and takes no room from the others', () => {
  const pinned = vm(101, 'pve1', 60, { configFacts: { pinnedBy: ['hostpci0'] } });
  const where = site({ pve1: 64, pve2: 16 }, [pinned, vm(102, 'pve1', 8)]);
  const { homeless, placed, short } = placeAll([pinned, vm(102, 'pve1', 8)], where, noReserve);
  assert.deepEqual(
    homeless.map(({ guest: { vmid }, refused }) => [vmid, refused]),
    [[101, ['pve2: it uses devices of its node (hostpci0)']]],
  );
  assert.deepEqual(placed, [{ vmid: 102, node: 'pve2' }]);
  assert.deepEqual(short, []);
});

/** A small seeded generator (mulberry32), so that a failing case can be repeated by its seed. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

interface Case {
  readonly site: Snapshot;
  readonly leaving: readonly GuestFacts[];
}

function randomCase(seed: number): Case {
  const roll = dice(seed);
  const names = Array.from({ length: 2 + roll(4) }, (_, index) => `pve${index + 1}`);
  const nodes = names.map((name) => {
    const total = (8 + roll(25)) * gib;
    return node(name, { online: roll(12) > 0, facts: { memory: known({ totalBytes: total, availableBytes: total - roll(6) * gib }) } });
  });
  const guests = Array.from({ length: 1 + roll(8) }, (_, index) =>
    vm(
      100 + index,
      names[roll(3) === 0 ? roll(names.length) : 0] ?? 'pve1',
      1 + roll(12),
      roll(10) === 0 ? { configFacts: { pinnedBy: ['usb0'] } } : {},
    ),
  );
  const storages = names.flatMap((name) => (roll(8) === 0 ? [] : [storage(name, 'nfs')]));
  return { site: snapshot({ nodes, guests, storages }), leaving: guests.filter((each) => each.node === 'pve1') };
}

test('no placement gives a node more memory than it has room for, and none ignores an obstacle (500 seeds)', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const { site: where, leaving } = randomCase(seed);
    const { placed, homeless, short } = placeAll(leaving, where, noReserve);
    assert.equal(placed.length + homeless.length + short.length, leaving.length, `seed ${seed}: every guest is accounted for once`);
    const taken = new Map<string, number>();
    for (const { vmid, node: target } of placed) {
      const who = leaving.find((each) => each.vmid === vmid);
      assert.ok(who?.memoryBytes.known);
      assert.deepEqual(
        whereCanGo(who, where, noReserve).find((place) => place.node === target)?.obstacles,
        [],
        `seed ${seed}: vm ${vmid} on ${target}`,
      );
      taken.set(target, (taken.get(target) ?? 0) + who.memoryBytes.value);
    }
    for (const [target, bytes] of taken) {
      const room = memoryRoom(target, where, noReserve);
      assert.ok(room.known && bytes <= room.value, `seed ${seed}: ${target} is given ${bytes}`);
    }
  }
});

test('where trying all ways finds a place for every guest, so do we (300 seeds)', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const { site: where, leaving } = randomCase(seed);
    const { short, homeless } = placeAll(leaving, where, noReserve);
    const movable = leaving.filter((each) => !homeless.some((entry) => entry.guest.vmid === each.vmid));
    assert.equal(short.length === 0, canPlaceAll(movable, where), `seed ${seed}`);
  }
});

/** Every assignment there is, one by one. */
function canPlaceAll(guests: readonly GuestFacts[], where: Snapshot): boolean {
  const room = new Map(where.nodes.map(({ name }) => [name, memoryRoom(name, where, noReserve)]));
  const left = new Map([...room].map(([name, reading]) => [name, reading.known ? reading.value : -1]));
  const ways = guests.map((each) =>
    whereCanGo({ ...each, memoryBytes: known(0) }, where, noReserve).filter((place) =>
      place.obstacles.every((text) => /memory are missing/.test(text)),
    ),
  );
  const next = (index: number): boolean => {
    const who = guests[index];
    if (who === undefined) return true;
    const bytes = who.memoryBytes.known ? who.memoryBytes.value : 0;
    return (ways[index] ?? []).some(({ node: name }) => {
      const before = left.get(name) ?? -1;
      if (before < bytes) return false;
      left.set(name, before - bytes);
      const found = next(index + 1);
      left.set(name, before);
      return found;
    });
  };
  return next(0);
}

test('64 nodes and 10,000 guests are placed without trying for ever', () => {
  const names = Array.from({ length: 64 }, (_, index) => `pve${index + 1}`);
  const nodes = names.map((name) => node(name, { facts: { memory: known({ totalBytes: 2048 * gib, availableBytes: 2048 * gib }) } }));
  const guests = Array.from({ length: 10_000 }, (_, index) => vm(100 + index, names[index % 64] ?? 'pve1', 2 + (index % 15)));
  const where = snapshot({ nodes, guests });
  const leaving = guests.filter((each) => each.node === 'pve1');
  assert.equal(placeAll(leaving, where, noReserve).placed.length, leaving.length);
});
