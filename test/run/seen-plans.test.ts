import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pause } from '../../src/model/pause.ts';
import { planDigest, planDifferences } from '../../src/model/plan-facts.ts';
import type { Plan } from '../../src/model/plan.ts';
import { known } from '../../src/model/reading.ts';
import { demandApproved, keepPlan, keptPlan } from '../../src/run/seen-plans.ts';
import { SimDisk } from '../../src/sim/store.ts';
import { makePlan } from '../../src/stages/pve/plan.ts';
import { config, guest, node, packageSet, snapshot } from '../builders.ts';
import { kernelPending, three } from './checks/findings.ts';

/** A state folder whose disk takes no time. */
function folder() {
  return new SimDisk({ now: () => 0, after: (_ms, wake) => (queueMicrotask(wake), () => undefined) }).open();
}

const site = snapshot({ nodes: three() });
const plan = makePlan(site, config(), []);

test('a plan made again of the same cluster must have the same digest, however much memory is free and whenever it is made', () => {
  const fuller = three().map(({ name }) =>
    node(name, { facts: { pending: kernelPending, memory: known({ totalBytes: 64 * 1024 ** 3, availableBytes: 31 * 1024 ** 3 }) } }),
  );
  assert.equal(planDigest(makePlan(snapshot({ nodes: fuller, takenAtMs: site.takenAtMs + 60_000 }), config(), [])), planDigest(plan));
});

const changes: readonly [what: string, plan: Plan, difference: RegExp][] = [
  [
    'another package',
    makePlan(
      snapshot({ nodes: three('pve2', { pending: known(packageSet('proxmox-kernel-6.14.11-1-pve-signed', 'libc6')) }) }),
      config(),
      [],
    ),
    /^new: pve2: libc6 from 1\.0 to 1\.1$/m,
  ],
  [
    'a guest that came',
    makePlan(
      snapshot({ nodes: three(), guests: [guest(101), guest(102, { node: 'pve2' }), guest(103, { node: 'pve3' }), guest(104)] }),
      config(),
      [],
    ),
    /^new: pve1: vm 104: live-migration, /m,
  ],
  ['a policy', makePlan(site, config({ guests: { by_vmid: { 102: 'shutdown' } } }), []), /^new: pve2: vm 102: shutdown/m],
  ['a node that is left out', makePlan(site, config({ excluded_nodes: ['pve3'] }), []), /^new: pve3: not planned: excluded/m],
];
for (const [what, other, difference] of changes)
  test(`${what} must change the digest, and be named`, () => {
    assert.notEqual(planDigest(other), planDigest(plan));
    const told = planDifferences(plan, other).map((each) => `${each.change}: ${each.about}: ${each.what}`);
    assert.match(told.join('\n'), difference);
  });

test('an approved plan must be carried out while it is the same, and a changed one must pause and say what is new', async () => {
  const store = folder();
  const digest = await keepPlan(store, plan);
  assert.deepEqual(await keptPlan(store, digest), plan);
  await demandApproved(store, undefined, plan);
  await demandApproved(store, digest, plan);
  const [, changed] = changes[1] ?? [];
  assert.ok(changed !== undefined);
  await assert.rejects(demandApproved(store, digest, changed), (error) => {
    assert.ok(error instanceof Pause && error.code === 'plan.moved');
    assert.match(error.reason.seen, /new: pve1: vm 104: live-migration/);
    assert.match(error.reason.next, new RegExp(`proxroll run --plan ${planDigest(changed)}$`));
    return true;
  });
});

test('the fifty newest plans must be kept, one of each', async () => {
  const store = folder();
  for (let index = 0; index < 60; index++)
    await keepPlan(store, { ...plan, takenAtMs: index, left: [{ subject: `pve${10 + index}`, why: 'x' }] });
  const newest = await keepPlan(store, { ...plan, takenAtMs: 100 });
  await keepPlan(store, { ...plan, takenAtMs: 200 });
  assert.equal((await store.list('plans')).length, 50);
  assert.equal((await keptPlan(store, newest))?.takenAtMs, 200);
});
