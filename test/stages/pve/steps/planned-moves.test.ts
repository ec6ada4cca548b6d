import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan } from '../../../../src/model/plan.ts';
import { toMakeRoom } from '../../../../src/stages/pve/steps/planned-moves.ts';
import { guest } from '../../../builders.ts';

const small = guest(111, { node: 'pve1' });
const plan = {
  tracks: [{ node: 'pve2', out: [{ vmid: 111, title: 'vm 111 (small)', from: 'pve1', to: 'pve3', bytes: 1 }] }],
} as unknown as Plan;

const asked = (...refused: readonly number[]) => toMakeRoom('pve2', [small], { plan }, new Set(refused)).map(({ guest: { vmid } }) => vmid);

test('a guest that is planned to make room is asked', () => assert.deepEqual(asked(), [111]));

test('one that refused is not asked again', () => assert.deepEqual(asked(111), []));

test('one that is not where the plan has it is left alone', () =>
  assert.deepEqual(toMakeRoom('pve2', [guest(111, { node: 'pve3' })], { plan }, new Set()), []));
