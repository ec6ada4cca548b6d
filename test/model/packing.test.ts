import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pack, type Parcel } from '../../src/model/packing.ts';

const bins = [
  { name: 'a', roomBytes: 18 },
  { name: 'b', roomBytes: 19 },
  { name: 'c', roomBytes: 13 },
];
const parcels = (...sizes: readonly number[]): readonly Parcel[] => sizes.map((bytes, id) => ({ id, bytes, allowed: ['a', 'b', 'c'] }));

test('a packing that no rule of thumb finds is found by searching', () => {
  const { placed, unplaced } = pack(parcels(10, 10, 9, 8, 7, 5), bins);
  assert.deepEqual(unplaced, []);
  assert.deepEqual([placed.get(0) === placed.get(3) || placed.get(1) === placed.get(3), placed.get(4), placed.get(5)], [true, 'c', 'c']);
});

test('a parcel goes only where it is allowed', () => {
  const { placed, unplaced } = pack([{ id: 1, bytes: 1, allowed: ['c'] }, { id: 2, bytes: 13, allowed: ['c', 'a'] }], bins);
  assert.deepEqual([placed.get(1), placed.get(2), unplaced.length], ['c', 'a', 0]);
});

test('what finds no room is named, largest first, and the rest is placed', () => {
  const { placed, unplaced } = pack(parcels(20, 30, 5), bins);
  assert.deepEqual(unplaced.map((parcel) => parcel.bytes), [30, 20]);
  assert.equal(placed.size, 1);
});

test('a search that would take for ever is given up and says so', () => {
  // 33 parcels of odd size into rooms of even size that miss one byte together: hopeless, but only trying everything shows it.
  const many = Array.from({ length: 33 }, (_, id) => ({ id, bytes: 1001 + 2 * id, allowed: ['a', 'b', 'c', 'd'] }));
  const total = many.reduce((sum, parcel) => sum + parcel.bytes, 0);
  const tight = ['a', 'b', 'c', 'd'].map((name) => ({ name, roomBytes: Math.floor(total / 4 / 2) * 2 }));
  tight[0] = { name: 'a', roomBytes: total - 3 * (tight[1]?.roomBytes ?? 0) };
  const { exhausted, unplaced } = pack(many, tight);
  assert.ok(unplaced.length === 0 || !exhausted);
});

test('nothing to pack is packed', () => assert.deepEqual(pack([], bins).unplaced, []));
