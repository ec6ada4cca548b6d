import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookAt } from '../../src/sim/twin-look.ts';
import { rehearseOn, scenarioStand, twinStand } from '../../src/sim/twin-rehearsal.ts';
import { fiveNodes, threeNodes, worlds } from '../../src/sim/worlds.ts';
import type { WorldSpec } from '../../src/sim/spec.ts';
import { config } from '../builders.ts';

const noFault = { version: 'x', fail: [], everySingleFault: false };
const fiveKeys = { guests: { by_vmid: { '111': 'shutdown' } }, limits: { moves_at_once: 3 } };

async function twinOf(world: WorldSpec, keys: unknown = {}, seed = 0) {
  const policy = config(keys);
  // A real cluster has another time than the simulated worlds.
  return twinStand(await lookAt({ world, ownNode: 'pve1', startMs: Date.UTC(2026, 10, 21, 13, 20) }, policy), policy, seed);
}

test('a node that is about to go away must be told with the votes and the memory that are left', async () => {
  const { rehearsed } = await rehearseOn(await twinOf(threeNodes), noFault);
  assert.equal(rehearsed.end.kind, 'finished');
  assert.deepEqual(
    rehearsed.margins.map(({ node, votes, memory }) => [node, votes, memory?.node, Math.round((memory?.freeBytes ?? 0) / 1024 ** 3)]),
    [
      // 64 GiB each, 2 of them the node's own: 16 + 4, 8 + 16 and 16 + 8 GiB of guests on the fullest.
      ['pve3', { left: 2, needed: 2 }, 'pve2', 46],
      ['pve2', { left: 2, needed: 2 }, 'pve3', 42],
      ['pve1', { left: 2, needed: 2 }, 'pve2', 46],
    ],
  );
  assert.equal(rehearsed.acts.filter((act) => act.margin !== undefined).length, 3);
});

test('what keeps the real cluster from a run must keep its twin from one, with the same findings', async () => {
  const { rehearsed, singleFaults } = await rehearseOn(await twinOf(worlds['two-nodes'] ?? { nodes: {} }), {
    ...noFault,
    everySingleFault: true,
  });
  assert.ok(rehearsed.end.kind === 'blocked' && rehearsed.end.findings.some((finding) => finding.check === 'quorum'));
  assert.equal(singleFaults, undefined);
});

test('a fault that is asked for must strike, be told, and end the run as in a scenario', async () => {
  const { rehearsed } = await rehearseOn(await twinOf(threeNodes), { ...noFault, fail: ['pve2 never-returns'] });
  assert.ok(rehearsed.end.kind === 'paused' && rehearsed.end.code === 'reboot.deadline' && rehearsed.end.step === 'pve/pve2/reboot');
  assert.ok(rehearsed.acts.some((act) => act.subject === '!' && act.text === 'pve2 will not return'));
  assert.deepEqual([rehearsed.broken, rehearsed.unstruck], [[], []]);
});

const saved: readonly (readonly [what: string, world: WorldSpec, keys: unknown, fail: readonly string[], seed: number])[] = [
  ['a run that finishes', fiveNodes, fiveKeys, [], 0],
  ['a run that pauses', threeNodes, {}, ['pve2 never-returns'], 0],
  ['two faults and another course of events', threeNodes, {}, ['pve3 returns-after 10m', 'guest 102 refuses-migration'], 7],
  ['a run that is blocked', worlds['two-nodes'] ?? { nodes: {} }, {}, [], 0],
  ['a node alone', worlds['lone-node'] ?? { nodes: {} }, { guests: { default: 'shutdown' } }, [], 0],
  ['the node that carries the run and stays off', threeNodes, {}, ['pve1 never-returns'], 0],
];
for (const [what, world, keys, fail, seed] of saved)
  test(`a saved rehearsal must be a scenario that is replayed to the same end: ${what}`, async () => {
    const first = await rehearseOn(await twinOf(world, keys, seed), { ...noFault, fail });
    const again = await rehearseOn(await scenarioStand(first.scenarioText ?? '', 'saved.yaml', undefined), noFault);
    assert.deepEqual(again.problems, []);
    assert.equal(again.rehearsed.end.kind, first.rehearsed.end.kind);
    if (first.rehearsed.end.kind !== 'blocked')
      assert.deepEqual(
        again.rehearsed.acts.filter((act) => !act.text.startsWith('run ')).map(({ atMs, text }) => [atMs, text]),
        first.rehearsed.acts.filter((act) => !act.text.startsWith('run ')).map(({ atMs, text }) => [atMs, text]),
      );
  });

test('a saved rehearsal must hold of the configuration only what is special about it', async () => {
  const keys = { ssh_user: 'patcher', windows: ['sat 12:00-18:00'], time_zone: 'UTC', ...fiveKeys };
  const { scenarioText = '' } = await rehearseOn(await twinOf(fiveNodes, keys), noFault);
  assert.match(scenarioText, /^config:\n {2}guests:\n {4}by_vmid:\n {6}"111": shutdown\n {2}limits:\n {4}moves_at_once: 3\n/m);
  assert.match(scenarioText, /^# The windows of the config are left out/m);
  assert.doesNotMatch(scenarioText, /patcher/);
});

test('a replay that ends otherwise than the file says must be told', async () => {
  const { scenarioText = '' } = await rehearseOn(await twinOf(threeNodes), noFault);
  const { problems } = await rehearseOn(
    await scenarioStand(scenarioText.replace('run: finished', 'run: paused'), 'saved.yaml', undefined),
    noFault,
  );
  assert.deepEqual(problems, ['run: the end is finished and should be paused']);
});

/** Rehearsed once, for the two tests that look at it. */
const threeNodesFailing = twinOf(threeNodes).then(async (stand) => ({
  stand,
  report: await rehearseOn(stand, { ...noFault, everySingleFault: true }),
}));

test('every single fault must leave the run paused, going on or without anybody who carries it, and lose nothing', async () => {
  const { singleFaults } = (await threeNodesFailing).report;
  const outcomes = singleFaults?.outcomes ?? [];
  assert.ok(outcomes.length > 70, `${outcomes.length} outcomes`);
  assert.deepEqual(
    outcomes.flatMap(({ words, broken }) => broken.map((text) => `${words}: ${text}`)),
    [],
  );
  assert.deepEqual(
    outcomes.filter(({ end }) => ['stuck', 'blocked', 'nothing-to-do'].includes(end.kind)).map(({ words }) => words),
    [],
  );
  const codes = new Set(outcomes.flatMap(({ end }) => (end.kind === 'paused' ? [end.code] : [])));
  for (const code of [
    'refresh.failed',
    'fetch.failed',
    'drain.refused',
    'upgrade.failed',
    'reboot.deadline',
    'reboot.old-kernel',
    'rejoin.deadline',
  ] as const)
    assert.ok(codes.has(code), code);
});

test('a single fault of the table must end as the same words do in a whole rehearsal', async () => {
  const {
    stand,
    report: { singleFaults },
  } = await threeNodesFailing;
  for (const words of [
    'pve2 down at upgrade',
    'pve2 boots-old-kernel',
    'guest 101 refuses-migration',
    'pve1 returns-after 40m',
    'apt failing-postinst on pve3',
  ]) {
    const small = singleFaults?.outcomes.find((outcome) => outcome.words === words)?.end;
    const { end: whole } = (await rehearseOn(stand, { ...noFault, fail: [words] })).rehearsed;
    assert.deepEqual([small?.kind, small?.kind === 'paused' && small.code], [whole.kind, whole.kind === 'paused' && whole.code], words);
  }
});

test('in a large cluster alike nodes and guests must stand for each other, and it must be said', async () => {
  const guests = Object.fromEntries(
    Array.from({ length: 15 }, (_, at) => [100 + at, { on: `pve${1 + (at % 5)}`, ...(at % 3 === 0 ? { kind: 'lxc' as const } : {}) }]),
  );
  const nodes = Object.fromEntries(['pve1', 'pve2', 'pve3', 'pve4', 'pve5'].map((name) => [name, { ...threeNodes.nodes['pve1'] }]));
  const { singleFaults } = await rehearseOn(await twinOf({ name: 'big', nodes, guests }), { ...noFault, everySingleFault: true });
  assert.deepEqual([...new Set(singleFaults?.outcomes.map(({ node }) => node))].length, 2);
  assert.match(
    singleFaults?.sampled.join('\n') ?? '',
    /^pve\d stands for pve\d, pve\d, pve\d, which take the same steps\none guest stands for all of its kind: /,
  );
});
