import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan } from '../../../../src/model/plan.ts';
import type { GuestTrip } from '../../../../src/run/state.ts';
import { toMakeRoom } from '../../../../src/stages/pve/steps/planned-moves.ts';
import { guest } from '../../../builders.ts';

const small = guest(111, { node: 'pve1' });
const plan = {
  tracks: [{ node: 'pve2', out: [{ vmid: 111, title: 'vm 111 (small)', from: 'pve1', to: 'pve3', bytes: 1 }] }],
} as unknown as Plan;
const stayed: GuestTrip = {
  vmid: 111,
  kind: 'qemu',
  title: 'vm 111 (small)',
  from: 'pve1',
  to: 'pve3',
  startedAtMs: 0,
  attempt: 1,
  how: 'live-migration',
  end: 'stayed',
};

const asked = (...guests: readonly GuestTrip[]) => toMakeRoom('pve2', [small], { plan, guests }).map(({ guest: { vmid } }) => vmid);

test('a guest that is planned to make room is asked', () => assert.deepEqual(asked(), [111]));

test('one that refused is not asked again', () => assert.deepEqual(asked(stayed), []));

test('one whose migration was never begun, as after a power cut, is asked again', () =>
  assert.deepEqual(asked({ ...stayed, begun: false }), [111]));

test('one that went and came home at a pause is asked again', () =>
  assert.deepEqual(asked({ ...stayed, end: 'arrived' }, { ...stayed, from: 'pve3', to: 'pve1', attempt: 2, end: 'arrived' }), [111]));
