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
  const { placed, unplaced } = pack(
    [
      { id: 1, bytes: 1, allowed: ['c'] },
      { id: 2, bytes: 13, allowed: ['c', 'a'] },
    ],
    bins,
  );
  assert.deepEqual([placed.get(1), placed.get(2), unplaced.length], ['c', 'a', 0]);
});

test('what finds no room is named, largest first, and the rest is placed', () => {
  const { placed, unplaced } = pack(parcels(20, 30, 5), bins);
  assert.deepEqual(
    unplaced.map((parcel) => parcel.bytes),
    [30, 20],
  );
  assert.equal(placed.size, 1);
});

test('a search that would take for ever is given up and says so', () => {
  // Even parcels into odd rooms of exactly their sum: hopeless, but only trying everything would show it.
  const many = Array.from({ length: 40 }, (_, id) => ({ id, bytes: 1000 + 14 * id, allowed: ['a', 'b'] }));
  const half = many.reduce((sum, parcel) => sum + parcel.bytes, 0) / 2;
  const odd = half % 2 === 0 ? half + 1 : half;
  const { exhausted, unplaced } = pack(many, [
    { name: 'a', roomBytes: odd },
    { name: 'b', roomBytes: 2 * half - odd },
  ]);
  assert.equal(exhausted, false);
  assert.ok(unplaced.length > 0);
});

test('nothing to pack is packed', () => assert.deepEqual(pack([], bins).unplaced, []));
