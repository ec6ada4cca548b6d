/** Every place in which a secret can be, and everything that is written, printed, sent or started: none may pass from one to the other. */
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { test } from 'node:test';
import { localShell } from '../../src/adapters/local-shell.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { aptFaults } from '../../src/sim/faults/apt.ts';
import type { Scene } from '../../src/sim/faults/fault.ts';
import { threeNodes } from '../../src/sim/worlds.ts';
import { AService, type ServiceSetting } from './a-service.ts';
import { leakyHosts, Planted, plantedConfig, plantedIn, repeatingMail, repeatingServices, slipsAt } from './planted-secrets.ts';

/** Everything that people or other programs can read afterwards, by where it stands. */
class Outputs {
  readonly texts = new Map<string, string>();

  add(where: string, ...texts: readonly string[]): void {
    this.texts.set(where, [this.texts.get(where) ?? '', ...texts].join('\n'));
  }

  leaks(planted: Planted): readonly string[] {
    return [...this.texts].flatMap(([where, text]) =>
      plantedIn(text).map((name) => `${where}: ${name} (${planted.where.get(name) ?? ''})`),
    );
  }
}

function setting(planted: Planted): ServiceSetting {
  const config = plantedConfig(planted);
  return {
    world: {
      ...threeNodes,
      nodes: { ...threeNodes.nodes, pve1: { ...threeNodes.nodes['pve1'], osds: [] } },
      guests: { ...threeNodes.guests, 102: { ...threeNodes.guests?.['102'], on: 'pve2', ha: { state: 'started' } } },
    },
    ownNode: 'pve1',
    config,
    places: planted.places(),
    services: repeatingServices(),
    mail: repeatingMail,
    hooks: [leakyHosts(planted)],
    debug: true,
  };
}

/** All that tells of a run, a site or the config; `RUN` is the run. */
const everyCommand: readonly (readonly string[])[] = [
  ['status'],
  ['status', '--json'],
  ['report'],
  ['report', '--json'],
  ['report', '--html'],
  ['report', '--html', '--output', 'report.html'],
  ['history'],
  ['history', 'show', 'RUN'],
  ['history', 'show', 'RUN', '--json'],
  ['history', 'node', 'pve2'],
  ['history', 'verify'],
  ['loans'],
  ['check', '--json'],
  ['plan'],
  ['plan', '--json'],
  ['why-not', 'pve2'],
  ['metrics'],
  ['rehearse'],
  ['bundle', 'RUN', '--output', 'bundle.tar.gz'],
  ['config', 'show'],
  ['config', 'show', '--json'],
  ['config', 'sudoers'],
  ['config', 'check'],
  ['config', 'check', '--json'],
  ['notify', 'test'],
  ['notify', 'test', '--json'],
  ['hold', 'pve3', '--reason', 'disks'],
  ['run', '--dry-run'],
  ['--debug', 'check'],
];

async function aNight(
  planted: Planted,
  commands: readonly (readonly string[])[],
  forgetful = false,
): Promise<{ readonly service: AService; readonly outputs: Outputs }> {
  const service = await AService.make(setting(planted));
  assert.deepEqual(service.problems, []);
  for (const node of service.world.nodes) {
    const leaky = node.repositories.map((repository, at) => ({
      ...repository,
      uri: repository.uri.replace('://', `://me:${planted.secret(`repository ${at} of ${node.name}`)}@`),
    }));
    node.repositories.splice(0, node.repositories.length, ...leaky);
  }
  service.forgetful = forgetful;
  const outputs = new Outputs();
  const call = async (...argv: readonly string[]): Promise<void> => {
    const { out, err } = await service.calls(argv);
    outputs.add(`proxroll ${argv.join(' ')}`, out, err);
  };

  aptFaults.failingPostinst('pve2', 'qemu-server').strike({ world: service.world } as Scene);
  assert.equal(await service.runs(), 4, service.log);
  await call('status');
  await call('report');
  aptFaults.mended('pve2').strike({ world: service.world } as Scene);
  assert.equal(await service.runs(), 0, service.log);

  const run = (await service.disk.open().list('runs'))[0] ?? '';
  for (const command of commands) await call(...command.map((word) => (word === 'RUN' ? run : word)));
  outputs.add('log of the service', service.log);
  outputs.add('status for systemd', ...service.status);
  outputs.add('figures', ...service.figures.map(({ text }) => text));
  for (const [path, text] of service.disk.files) outputs.add(`state folder: ${path}`, text);
  for (const [path, content] of service.written)
    outputs.add(`file ${path}`, typeof content === 'string' ? content : gunzipSync(content).toString('utf8'));
  outputs.add('process list', ...service.commands.map(({ host, command }) => `${host}: ${command.argv.join(' ')}`));
  for (const node of service.world.nodes) outputs.add(`files left on ${node.name}`, ...[...node.files].map((file) => file.join('\n')));
  return { service, outputs };
}

test('two hundred secrets, in every place there is for one, must be in nothing that is written, printed or started', async () => {
  const planted = new Planted();
  const { service, outputs } = await aNight(planted, everyCommand);
  assert.deepEqual(outputs.leaks(planted), []);
  assert.ok(planted.where.size >= 200, `only ${planted.where.size} were planted`);
  assert.ok(outputs.texts.size >= 40, [...outputs.texts.keys()].join('\n'));

  // They were in use, or nothing would be proved: what went out had them, and what came in did.
  const sent = plantedIn(service.http.sent.map(({ request }) => JSON.stringify(request)).join('\n'));
  assert.equal(sent.filter((name) => /token|topic|webhook/.test(planted.where.get(name) ?? '')).length >= 90, true, sent.join(' '));
  // No receiver is told the secret of another, or of a host; a topic is the address of ntfy and stands in what is sent to it.
  const bodies = service.http.sent.flatMap(({ request }) => (request.body === undefined ? [] : [request.body])).join('\n');
  assert.deepEqual(
    plantedIn(bodies).filter((name) => !/topic|template/.test(planted.where.get(name) ?? '')),
    [],
  );
  assert.match(service.log, /was not told/);
  assert.match(service.log, /\[secret\]/);
  for (const place of ['kernel log', 'log of a unit', 'cipassword', 'answer to pvesh', 'repository', 'systemctl'])
    assert.ok(
      [...planted.where.values()].some((where) => where.startsWith(place)),
      place,
    );
});

test('a leak that is planted must be seen, wherever it leaks from', async () => {
  const planted = new Planted();
  const { outputs } = await aNight(
    planted,
    [
      ['config', 'show'],
      ['notify', 'test'],
    ],
    true,
  );
  const leaks = outputs.leaks(planted).join('\n');
  for (const leak of [
    /^log of the service: .*token of Gotify/m,
    /^proxroll config show: .*template/m,
    /^proxroll notify test: .*token of Gotify/m,
  ])
    assert.match(leaks, leak);
  // What shows itself to be a secret is gone even so.
  assert.doesNotMatch(leaks, /kernel log|log of a unit|repository|cipassword/);
});

test('a command must not find the environment of the service', async () => {
  const planted = new Planted();
  const names = ['AWS_SECRET_ACCESS_KEY', 'NTFY_TOKEN', 'http_proxy', 'CREDENTIALS_DIRECTORY', 'PASSWORD'];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) process.env[name] = planted.secret(`environment: ${name}`);
  try {
    const { stdout } = await localShell({ clock: systemClock() }).run(
      { name: 'this node', own: true },
      { argv: ['env'], deadlineMs: 10_000, effect: 'reads' },
    );
    assert.match(stdout, /^PATH=/m);
    assert.deepEqual(plantedIn(stdout), []);
  } finally {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
});

test('a secret in the wrong place of the config must be refused without being repeated, also where the file is no YAML', async () => {
  const planted = new Planted();
  const s = () => planted.secret('config');
  const configs = [
    `receivers: { a: { kind: ntfy, topic: x, token: ${s()} } }`,
    `receivers: { a: { kind: gotify, server: "https://g.example", token: [${s()}] } }`,
    `receivers: { a: { kind: discord, url: "https://discord.example/api/webhooks/1/${s()}" } }`,
    `receivers: { a: { kind: webhook, url: "https://me:${s()}@hook.example/" } }`,
    `receivers: { a: { kind: mail, to: [a@b.example], smtp: { host: h, user: u, password: ${s()} } } }`,
    `receivers: { a: { kind: mail, to: [a@b.example], smtp: { host: h, user: u, password: { value: ${s()} } } } }`,
    `receivers: { a: { kind: mail, to: [a@b.example], smtp: { host: h, user: u, pasword: ${s()} } } }`,
    `receivers: { a: ${s()} }`,
    `receivers:\n  a: { kind: ntfy, topic: x, token: *${s()} }`,
    `receivers:\n  a:\n    kind: ntfy\n    token: "x" ${s()}`,
    `receivers:\n  a:\n    kind: ntfy\n    token: |${s()}`,
    `receivers:\n  a:\n    kind: ntfy\n  token ${s()}\n`,
    `receivers:\n  a: { kind: ntfy, token: !${s()} x }`,
  ];
  for (const config of configs) {
    const service = await AService.make({ world: threeNodes, ownNode: 'pve1', config });
    for (const argv of [['config', 'check'], ['config', 'check', '--json'], ['check'], ['run', '--service']]) {
      const { exit, out, err } = await service.calls(argv);
      assert.equal(exit, 2, `${config}\n${out}${err}`);
      assert.deepEqual(plantedIn(out + err), [], `${config}\n${out}${err}`);
    }
  }
});

test('an error of ssh must be told without what looks like a secret', async () => {
  const planted = new Planted();
  for (const detail of slipsAt(planted, 'ssh')) {
    const service = await AService.make({
      world: threeNodes,
      ownNode: 'pve1',
      config: 'drain: auto\n',
      hooks: [{ before: ({ own }) => (own ? undefined : { do: 'fail', kind: 'unreachable', detail }) }],
    });
    const { out, err } = await service.calls(['--debug', 'check']);
    assert.match(out + err, /cannot be reached/);
    assert.deepEqual(plantedIn(out + err), [], out + err);
  }
});
