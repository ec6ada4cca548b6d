import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { FaultProblem, readFault, type Stage } from '../../src/sim/fault-words.ts';
import { lookAt } from '../../src/sim/twin-look.ts';
import { fiveNodes } from '../../src/sim/worlds.ts';
import { config } from '../builders.ts';

let stage: Stage;
before(async () => {
  const { plan } = await lookAt({ world: fiveNodes, ownNode: 'pve1' }, config({ guests: { by_vmid: { '111': 'shutdown' } } }));
  stage = { world: fiveNodes, ownNode: 'pve1', plan };
});

const words: readonly (readonly [words: string, written: object])[] = [
  ['pve2 never-returns', { when: 'pve/pve2/reboot started', node: 'pve2', does: 'never-returns' }],
  ['pve2 returns-after 40m', { when: 'pve/pve2/reboot started', node: 'pve2', 'returns-after': '40m' }],
  ['pve2 boots-old-kernel', { when: 'pve/pve2/reboot started', node: 'pve2', does: 'boots-old-kernel' }],
  ['pve2 hangs', { when: 'pve/pve2/maintenance-on started', node: 'pve2', does: 'hangs' }],
  ['pve2 down', { when: 'pve/pve2/maintenance-on started', node: 'pve2', does: 'down' }],
  ['  pve2   down at   upgrade ', { when: 'pve/pve2/upgrade started', node: 'pve2', does: 'down' }],
  ['pve3 down at pve2/reboot', { when: 'pve/pve2/reboot started', node: 'pve3', does: 'down' }],
  // It has nothing to do, so it fails as the first of the others goes away.
  ['pve5 down', { when: 'pve/pve2/reboot started', node: 'pve5', does: 'down' }],
  ['link cut pve2', { when: 'pve/pve2/maintenance-on started', node: 'pve2', link: 'cut' }],
  ['link cut pve2 at fetch', { when: 'pve/pve2/fetch started', node: 'pve2', link: 'cut' }],
  ['guest 110 refuses-migration', { when: 'start', guest: 110, does: 'refuses-migration' }],
  ['guest 120 ignores-shutdown', { when: 'start', guest: 120, does: 'ignores-shutdown' }],
  ['apt locked on pve2', { when: 'pve/pve2/upgrade started', apt: 'locked', on: 'pve2' }],
  ['apt locked on pve2 at fetch', { when: 'pve/pve2/fetch started', apt: 'locked', on: 'pve2' }],
  ['apt failing-postinst on pve2', { when: 'pve/pve2/upgrade started', apt: 'failing-postinst', on: 'pve2', package: 'pve-manager' }],
  ['apt failing-postinst on pve2 of libc6', { when: 'pve/pve2/upgrade started', apt: 'failing-postinst', on: 'pve2', package: 'libc6' }],
];
for (const [text, written] of words)
  test(`'${text.trim()}' must be a deed at a moment of the plan`, () => assert.deepEqual(readFault(text, stage).written, written));

const wrong: readonly (readonly [words: string, says: RegExp])[] = [
  ['pve2 explodes', /'pve2 explodes' is nothing that can be made to fail; say it as in: 'pve2 never-returns'/],
  ['pve9 down', /there is no node pve9; the nodes are pve1, pve2, pve3, pve4, pve5/],
  ['pve5 never-returns', /pve5 has no reboot in this plan, so nothing can fail in it: pve5 has nothing to do/],
  ['pve2 down at guard-on', /pve2 has no guard-on in this plan, so nothing can fail in it: its steps are maintenance-on, drain/],
  ['pve1 hangs', /pve1 carries the run, which would hang with it; say 'pve1 down' instead/],
  ['pve2 down at pve9/reboot', /there is no node pve9/],
  ['guest 999 refuses-migration', /there is no guest 999/],
  ['apt failing-postinst on pve2 of vim', /vim is not among the packages of pve2: libc6/],
];
for (const [text, says] of wrong)
  test(`'${text}' must be refused with a reason`, () =>
    assert.throws(
      () => readFault(text, stage),
      (error: unknown) => error instanceof FaultProblem && says.test(error.message),
    ));
