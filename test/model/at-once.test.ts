import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFull, mayLeave, type UnderWay } from '../../src/model/at-once.ts';
import { known, unknown } from '../../src/model/reading.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { ha, service, snapshot } from '../builders.ts';

const limits = { moves_at_once: 3, moves_to_one: 2 };
const moving = (vmid: number, from: string, to: string) => ({ ...service(`vm:${vmid}`, from), state: 'migrate', target: to });
const withHa = (...services: readonly ReturnType<typeof moving>[]): Snapshot => snapshot({ ha: known(ha(services)) });
const trip = (from: string, to: string): UnderWay => ({ from, to });

const off: readonly [obligation: string, underWay: readonly UnderWay[], where: Snapshot, more: number][] = [
  ['as many leave a node as the config says', [], snapshot(), 3],
  ['who is under way takes a place', [trip('pve1', 'pve2'), trip('pve1', 'pve1')], snapshot(), 1],
  ['never fewer than none', [trip('pve1', 'pve2'), trip('pve1', 'pve3'), trip('pve1', 'pve2'), trip('pve1', 'pve3')], snapshot(), 0],
  ["the cluster's max_workers holds where it is less", [], { ...snapshot(), maxWorkers: 1 }, 1],
  ['a larger max_workers does not raise what the config says', [], { ...snapshot(), maxWorkers: 16 }, 3],
  ['what the HA manager moves off the node counts', [], { ...withHa(moving(101, 'pve1', 'pve2')), maxWorkers: 2 }, 1],
  ['what the HA manager brings home to it counts', [], { ...withHa(moving(101, 'pve2', 'pve1')), maxWorkers: 2 }, 1],
  [
    'with the four workers that the HA manager takes unasked nothing of ours is left',
    [],
    withHa(moving(101, 'pve1', 'pve2'), moving(102, 'pve1', 'pve2'), moving(103, 'pve1', 'pve3'), moving(104, 'pve1', 'pve3')),
    0,
  ],
  ['what the HA manager moves between others does not count', [], { ...withHa(moving(101, 'pve2', 'pve3')), maxWorkers: 3 }, 3],
  ['an HA manager of which nothing is known counts nothing', [], { ...snapshot({ ha: unknown('silent') }), maxWorkers: 2 }, 2],
];
for (const [obligation, underWay, where, more] of off)
  test(obligation, () => assert.equal(mayLeave('pve1', underWay, where, limits), more));

const onto: readonly [obligation: string, underWay: readonly UnderWay[], where: Snapshot, full: boolean][] = [
  ['a target takes one more', [trip('pve1', 'pve2')], snapshot(), false],
  ['a target with two on their way is full', [trip('pve1', 'pve2'), trip('pve3', 'pve2')], snapshot(), true],
  ['who starts where it is does not come', [trip('pve2', 'pve2'), trip('pve1', 'pve2')], snapshot(), false],
  ['who goes elsewhere does not come', [trip('pve1', 'pve3'), trip('pve1', 'pve3')], snapshot(), false],
  ['who comes by the HA manager counts', [trip('pve1', 'pve2')], withHa(moving(101, 'pve1', 'pve2')), true],
  ['max_workers holds for a target too', [trip('pve1', 'pve2')], { ...snapshot(), maxWorkers: 1 }, true],
];
for (const [obligation, underWay, where, full] of onto) test(obligation, () => assert.equal(isFull('pve2', underWay, where, limits), full));
