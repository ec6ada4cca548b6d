import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Planned } from '../../src/cli/actions.ts';
import { configSchema } from '../../src/config/schema.ts';
import { lookAt } from '../../src/sim/twin-look.ts';
import { threeNodes, worlds } from '../../src/sim/worlds.ts';
import type { WorldSpec } from '../../src/sim/spec.ts';
import { call, type Setting } from './fake-entrance.ts';

function cluster(world: WorldSpec): Setting {
  return { columns: 100, actions: { observe: (): Promise<Planned> => lookAt({ world, ownNode: 'pve1' }, configSchema.parse({})) } };
}

const scenario =
  'intent: A node that never returns must pause the run\nworld: three-nodes\ndo:\n  - { when: pve2 is asked to reboot, node: pve2, does: never-returns }\nexpect: { run: paused, pause: reboot.deadline }\n';

function file(text: string): Setting {
  return { columns: 100, entrance: { readText: () => Promise.resolve(text) } };
}

test('a rehearsal must look at the cluster once, and end with how a run would end', async () => {
  const { out, err, exit, asked } = await call(['rehearse'], cluster(threeNodes));
  assert.match(out, /^rehearsal on the twin of prod, as it was seen at /);
  assert.match(out, /\n {22}while pve3 is away: 2 votes are left, 2 needed; least free memory 46 GiB on pve2\n/);
  assert.match(out, /\nA run would finish after about \d+ min \d+ s\.\n$/);
  assert.deepEqual({ err, exit, asked }, { err: '', exit: 0, asked: ['observe'] });
});

const exits: readonly (readonly [argv: string, setting: Setting, exit: number])[] = [
  ['rehearse --fail pve2\u00a0never-returns', cluster(threeNodes), 4],
  ['rehearse --fail pve1\u00a0never-returns', cluster(threeNodes), 4],
  // Two nodes cannot do without each other.
  ['rehearse', cluster(worlds['two-nodes'] ?? threeNodes), 3],
  // A guest with a device of its node cannot leave.
  ['rehearse', cluster({ ...threeNodes, guests: { 101: { on: 'pve2', config: { hostpci0: '0000:01:00.0' } } } }), 3],
  ['rehearse', cluster({ ...threeNodes, nodes: { pve1: {}, pve2: {}, pve3: {} } }), 0],
  ['rehearse --scenario x.yaml', file(scenario), 4],
  ['rehearse --scenario x.yaml --seed 3', file(scenario), 4],
  ['rehearse --scenario x.yaml', file(scenario.replace('run: paused, pause: reboot.deadline', 'run: finished')), 1],
  ['rehearse --scenario x.yaml', file(scenario.replace('three-nodes', 'nowhere')), 2],
  ['rehearse --fail pve2\u00a0explodes', cluster(threeNodes), 2],
  ['rehearse --fail pve2\u00a0down --every-single-fault', cluster(threeNodes), 2],
  ['rehearse --scenario x.yaml --save y.yaml', file(scenario), 2],
];
for (const [argv, setting, exit] of exits)
  test(`'proxroll ${argv.replaceAll('\u00a0', ' ')}' must exit ${exit}`, async () => {
    const called = await call(
      argv.split(' ').map((word) => word.replaceAll('\u00a0', ' ')),
      setting,
    );
    assert.equal(called.exit, exit, called.out + called.err);
  });

test('a scenario must be rehearsed without a cluster', async () => {
  const { out, asked } = await call(['rehearse', '--scenario', 'x.yaml'], { ...file(scenario), actions: {} });
  assert.match(out, /^rehearsal of a scenario on prod\n\nT\+00:00:0\d {2}proxroll {2}run /);
  assert.deepEqual(asked, []);
});

test('a scenario with an unknown word must be refused with file and line', async () => {
  const { err } = await call(['rehearse', '--scenario', 'x.yaml'], file(`${scenario}wrold: x\n`));
  assert.match(err, /x\.yaml is no scenario/);
  assert.match(err, /x\.yaml:6: unknown word: wrold/);
});

test('a file that is no scenario at all must be refused in a few lines', async () => {
  const { err } = await call(['rehearse', '--scenario', 'x.md'], file(`${'a: b: c\n'.repeat(30)}`));
  assert.match(err, /x\.md is no scenario/);
  assert.match(err, /; and \d+ more/);
  assert.ok(err.split('\n').length < 12, err);
});

test('a scenario file that is not there must be refused by its name', async () => {
  const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
  const { err, exit } = await call(['rehearse', '--scenario', 'x.yaml'], { entrance: { readText: () => Promise.reject(missing) } });
  assert.match(err, /^proxroll: x\.yaml does not exist\n/);
  assert.equal(exit, 2);
});

test('a saved rehearsal must be a file that can be rehearsed again', async () => {
  const files = new Map<string, string>();
  const saving: Setting = {
    ...cluster(threeNodes),
    entrance: {
      readText: (name) => {
        const text = files.get(name);
        return text === undefined ? Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' })) : Promise.resolve(text);
      },
      writeText: (name, text) => {
        files.set(name, text);
        return Promise.resolve();
      },
    },
  };
  const { err } = await call(['rehearse', '--fail', 'pve2 boots-old-kernel', '--save', 'kept.yaml'], saving);
  assert.equal(err, 'Saved; replay it with: proxroll rehearse --scenario kept.yaml\n');
  const { exit, out } = await call(['rehearse', '--scenario', 'kept.yaml'], file(files.get('kept.yaml') ?? ''));
  assert.equal(exit, 4, out);
  assert.match(out, /\[reboot\.old-kernel\]/);
  assert.equal((await call(['rehearse', '--save', 'kept.yaml'], saving)).exit, 0);
});

test('a rehearsal must not be saved over a file that is none, and say so before it looks at anything', async () => {
  const { err, exit, asked } = await call(['rehearse', '--save', 'config.yaml'], { ...cluster(threeNodes), ...file('drain: always\n') });
  assert.match(err, /^proxroll: config\.yaml is there already, and no rehearsal\n/);
  assert.deepEqual({ exit, asked }, { exit: 2, asked: [] });
});

test('a rehearsal as JSON must tell the end, the margins and what is not in the twin', async () => {
  const { out, exit } = await call(['rehearse', '--json', '--fail', 'pve2 never-returns'], cluster(threeNodes));
  const json = JSON.parse(out) as { end: { code: string }; margins: { node: string }[]; missing: string[] };
  assert.deepEqual([json.end.code, json.margins.map((margin) => margin.node), exit], ['reboot.deadline', ['pve3', 'pve2'], 4]);
  assert.ok(json.missing.length > 0);
});
