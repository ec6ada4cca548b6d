import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulatedRun } from '../../bench/simulated-run.ts';
import type { Entry } from '../../src/model/event.ts';
import type { Plan } from '../../src/model/plan.ts';
import { SeededRandom } from '../../src/sim/random.ts';
import { GiB, type GuestSpec, type HaRuleSpec, type NodeSpec, type WorldSpec } from '../../src/sim/spec.ts';

const qemu = { name: 'pve-qemu-kvm', to: '10.1.2-4' };

/** The same with guests in the hands of the HA manager: pairs of one node that belong together, and pairs of two nodes that are kept apart. */
function managedWorld(seed: number): WorldSpec {
  const world = crowdedWorld(seed);
  const draw = new SeededRandom(seed).stream('managed');
  const vmids = Object.keys(world.guests ?? {}).map(Number);
  const on = (vmid: number) => world.guests?.[vmid]?.on;
  const managed = new Set(vmids.filter((vmid) => world.guests?.[vmid]?.kind === 'qemu' && draw.chance(0.25)));
  const free = new Set(managed);
  const rules: HaRuleSpec[] = [];
  for (const vmid of managed) {
    const affinity = draw.chance(0.5) ? 'positive' : 'negative';
    const partner = [...free].find((other) => other !== vmid && (on(other) === on(vmid)) === (affinity === 'positive'));
    if (!free.has(vmid) || partner === undefined) continue;
    free.delete(vmid);
    free.delete(partner);
    rules.push({ services: [`vm:${vmid}`, `vm:${partner}`], affinity });
  }
  const guests = Object.fromEntries(
    Object.entries(world.guests ?? {}).map(([vmid, guest]): [string, GuestSpec] => [
      vmid,
      managed.has(Number(vmid)) ? { ...guest, ha: { state: 'started' } } : guest,
    ]),
  );
  return { ...world, guests, ha: { rules } };
}

/** Nodes of unequal size, all due, with guests on shared storage that take most of the memory there is. */
function crowdedWorld(seed: number): WorldSpec {
  const draw = new SeededRandom(seed).stream('crowd');
  const names = Array.from({ length: 3 + draw.int(3) }, (_, index) => `pve${index + 1}`);
  const sizes = new Map(names.map((name) => [name, 32 * (1 + draw.int(2))]));
  // The reserve of a tenth and what the host takes itself are not for guests.
  const free = new Map(names.map((name) => [name, (sizes.get(name) ?? 0) * 0.9 - 3]));
  const guests: Record<number, GuestSpec> = {};
  const most = 4 + draw.int(4 * names.length);
  for (let vmid = 101; vmid < 101 + most; vmid++) {
    const gib = 1 + draw.int(12);
    const on = names[draw.int(names.length)] ?? 'pve1';
    if ((free.get(on) ?? 0) < gib) continue;
    free.set(on, (free.get(on) ?? 0) - gib);
    guests[vmid] = { on, memoryBytes: gib * GiB, kind: draw.chance(0.2) ? 'lxc' : 'qemu' };
  }
  const nodes = Object.fromEntries(
    names.map((name): [string, NodeSpec] => [
      name,
      { memoryBytes: (sizes.get(name) ?? 0) * GiB, pending: [qemu], newKernel: '6.17.4-2-pve' },
    ]),
  );
  return { name: 'prod', nodes, guests };
}

interface Told {
  readonly plan: Plan;
  /** `101 pve1 pve2`, sorted, by the node whose turn it was. */
  readonly made: ReadonlyMap<string, readonly string[]>;
}

function toldBy(journal: readonly Entry[]): Told {
  let plan: Plan | undefined;
  let turn = '';
  const made = new Map<string, string[]>();
  for (const { event } of journal) {
    if (event.type === 'plan.made') plan = event.plan;
    if (event.type === 'steps.planned' && event.wave.startsWith('before:')) turn = event.wave.slice('before:'.length);
    if (event.type === 'guest.leaving') made.set(turn, [...(made.get(turn) ?? []), `${event.vmid} ${event.from} ${event.to}`].sort());
  }
  assert.ok(plan !== undefined);
  return { plan, made };
}

for (const returns of [true, false])
  test(`every planned run must end with the moves that were planned, where guests ${returns ? 'return' : 'rotate'}`, async () => {
    const counts = { finished: 0, blocked: 0, madeRoom: 0 };
    for (let seed = 1; seed <= 25; seed++) {
      const world = crowdedWorld(seed);
      const { outcome, journal, world: after } = await simulatedRun(world, seed, { return_guests: returns });
      if (outcome.kind === 'blocked') {
        const other = outcome.findings.filter((finding) => finding.severity !== 'info' && finding.check !== 'memory');
        assert.deepEqual(other, [], `seed ${seed}`);
        counts.blocked += 1;
        continue;
      }
      assert.equal(outcome.kind, 'finished', `seed ${seed}: ${JSON.stringify('state' in outcome ? outcome.state.paused : outcome)}`);
      const { plan, made } = toldBy(journal);
      assert.equal(plan.moves?.kind, 'planned', `seed ${seed}`);
      for (const { node, out = [], back = [] } of plan.tracks) {
        const planned = [...out, ...back].map(({ vmid, from, to }) => `${vmid} ${from} ${to}`).sort();
        assert.deepEqual(made.get(node) ?? [], planned, `seed ${seed}, turn of ${node}`);
        if (out.some((move) => move.from !== node)) counts.madeRoom += 1;
      }
      if (returns) for (const guest of after.guests.all) assert.equal(guest.node, world.guests?.[guest.vmid]?.on, `seed ${seed}`);
      counts.finished += 1;
    }
    assert.ok(counts.finished >= 10 && counts.madeRoom >= 1, JSON.stringify(counts));
  });

test('a plan must never break a rule of the HA manager, and its run must end with every move as planned, those of the manager too', async () => {
  const counts = { finished: 0, blocked: 0, managed: 0, together: 0, apart: 0 };
  for (let seed = 1; seed <= 40; seed++) {
    const world = managedWorld(seed);
    const isManaged = (vmid: number) => world.guests?.[vmid]?.ha !== undefined;
    const { outcome, journal, world: after } = await simulatedRun(world, seed);
    if (outcome.kind === 'blocked') {
      const other = outcome.findings.filter(
        ({ severity, check }) => (severity === 'blocker' || severity === 'unknown') && check !== 'memory',
      );
      assert.deepEqual(other, [], `seed ${seed}`);
      counts.blocked += 1;
      continue;
    }
    assert.equal(outcome.kind, 'finished', `seed ${seed}: ${JSON.stringify('state' in outcome ? outcome.state.paused : outcome)}`);
    const { plan, made } = toldBy(journal);
    const moved = after.log.entries.flatMap(({ event }) =>
      event.type === 'migration.started' && isManaged(event.vmid) ? [`${event.vmid} ${event.from} ${event.to}`] : [],
    );
    const wanted: string[] = [];
    for (const { node, out = [], back = [] } of plan.tracks) {
      const told = [...out, ...back].map(({ vmid, from, to }) => ({ vmid, text: `${vmid} ${from} ${to}` }));
      const ours = told.flatMap(({ vmid, text }) => (isManaged(vmid) ? [] : [text]));
      wanted.push(...told.flatMap(({ vmid, text }) => (isManaged(vmid) ? [text] : [])));
      assert.deepEqual(made.get(node) ?? [], ours.sort(), `seed ${seed}, turn of ${node}`);
      const places = new Map(Object.entries(world.guests ?? {}).map(([vmid, { on }]) => [Number(vmid), on]));
      for (const { vmid, to } of out) places.set(vmid, to);
      for (const { services, affinity } of world.ha?.rules ?? []) {
        const nodes = new Set(services.map((sid) => places.get(Number(sid.slice('vm:'.length)))));
        assert.equal(nodes.size, affinity === 'positive' ? 1 : 2, `seed ${seed}, turn of ${node}: ${services.join(', ')}`);
        counts[affinity === 'positive' ? 'together' : 'apart'] += 1;
      }
    }
    assert.deepEqual(moved.sort(), wanted.sort(), `seed ${seed}`);
    for (const guest of after.guests.all) assert.equal(guest.node, world.guests?.[guest.vmid]?.on, `seed ${seed}`);
    counts.finished += 1;
    counts.managed += moved.length;
  }
  assert.ok(counts.finished >= 25 && counts.managed >= 50 && counts.together >= 5 && counts.apart >= 5, JSON.stringify(counts));
});
