import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configProblemText, defaultConfigFile, loadConfig, loadConfigFile } from '../../src/config/load.ts';
import { keyWithPlace } from '../../src/config/places.ts';
import { configSchema } from '../../src/config/schema.ts';
import { configText } from '../../src/config/show.ts';
import { gib } from '../../src/model/bytes.ts';
import { known } from '../../src/model/reading.ts';
import { check } from '../../src/run/preflight.ts';
import { config, guest, snapshot } from '../builders.ts';

function problems(text: string): readonly string[] {
  const loaded = loadConfig(text, '/c.yaml');
  return 'problems' in loaded ? loaded.problems.map(configProblemText) : [];
}

const rejected: readonly [obligation: string, text: string, problems: readonly string[]][] = [
  ['an empty file', '', ['/c.yaml is empty: remove it to run with the defaults, or write at least one key']],
  ['a file of white space', ' \n\n', ['/c.yaml is empty: remove it to run with the defaults, or write at least one key']],
  ['a mistyped key', 'drain: auto\nssh_usr: root\n', ['/c.yaml:2:1: unknown key ssh_usr: did you mean ssh_user?']],
  ['a key in another spelling', 'sshUser: root\n', ['/c.yaml:1:1: unknown key sshUser: did you mean ssh_user?']],
  [
    'a key from another group',
    'drain: auto\nroot_used_percent: 90\n',
    ['/c.yaml:2:1: unknown key root_used_percent: it is called limits.root_used_percent'],
  ],
  [
    'a mistyped key in a group',
    'limits:\n  boot_fre_mib: 1\n',
    ['/c.yaml:2:3: unknown key limits.boot_fre_mib: did you mean limits.boot_free_mib?'],
  ],
  [
    'a key like nothing we know',
    'guests:\n  colour: red\n',
    ['/c.yaml:2:3: unknown key guests.colour: known are default, by_tag, by_vmid'],
  ],
  [
    'text where a number belongs',
    'deadlines:\n  drain: long\n',
    ['/c.yaml:2:10: deadlines.drain must be a number, in minutes, not the text "long"'],
  ],
  [
    'a unit behind a number',
    'limits: { copied_disks_gib: 100GiB, clock_offset_ms: 2s, memory_reserve_percent: "10%", moves_at_once: two }\n',
    [
      '/c.yaml:1:29: limits.copied_disks_gib must be a number, in GiB, not the text "100GiB"',
      '/c.yaml:1:54: limits.clock_offset_ms must be a number, in milliseconds, not the text "2s"',
      '/c.yaml:1:82: limits.memory_reserve_percent must be a number, in percent, not the text "10%"',
      '/c.yaml:1:104: limits.moves_at_once must be a number, not the text "two"',
    ],
  ],
  [
    'a node by its full name',
    'excluded_nodes: [pve1.example.org]\n',
    ['/c.yaml:1:18: excluded_nodes.0 must be the short name of a node, not the text "pve1.example.org"'],
  ],
  [
    'a run that would do nothing',
    'upgrade: none\nreboot: never\n',
    ['/c.yaml:2:9: reboot is never and upgrade is none: then a run would do nothing; change one of them'],
  ],
  [
    'a key that counts only with another',
    'upgrade_also: [pve-*]\n',
    ['/c.yaml:1:15: upgrade_also means nothing with upgrade: full; remove it, or set upgrade: security'],
  ],
  ['a key that is no word', 'drain: auto\n? [a, b]\n: 3\n', ['/c.yaml:2:3: a key must be a plain word, not a list or a mapping']],
  [
    'a receiver without what it needs',
    'receivers: { office: { kind: mail } }\n',
    ['/c.yaml:1:22: receivers.office.to is missing: it must be a list'],
  ],
  ['a number where text belongs', 'ssh_user: 5\n', ['/c.yaml:1:11: ssh_user must be text, not 5']],
  ['a broken number', 'deadlines: {drain: 2.5}\n', ['/c.yaml:1:20: deadlines.drain must be a whole number, in minutes, not 2.5']],
  [
    'text where true or false belongs',
    'return_guests: maybe\n',
    ['/c.yaml:1:16: return_guests must be true or false, not the text "maybe"'],
  ],
  ['one value where a list belongs', 'excluded_nodes: pve1\n', ['/c.yaml:1:17: excluded_nodes must be a list, not the text "pve1"']],
  ['a list where a mapping belongs', 'guests: []\n', ['/c.yaml:1:9: guests must be a mapping of keys to values, not a list']],
  ['a key without a value', 'limits:\ndrain: auto\n', ['/c.yaml:1:1: limits has no value: give it one, or remove the line']],
  [
    'a word that is not offered',
    'drain: allways\n',
    ['/c.yaml:1:8: drain must be one of auto, always, when-rebooting, not the text "allways": did you mean always?'],
  ],
  ['a number that is too small', 'limits: {moves_at_once: 0}\n', ['/c.yaml:1:25: limits.moves_at_once must be 1 or more, not 0']],
  [
    'a number that is too large',
    'limits:\n  root_used_percent: 101\n',
    ['/c.yaml:2:22: limits.root_used_percent must be 100 or less, not 101'],
  ],
  ['a list that must not be empty', 'hold_paths: []\n', ['/c.yaml:1:13: hold_paths needs at least one entry']],
  ['a path that is not absolute', 'ssh_keys:\n  - id_rsa\n', ['/c.yaml:2:5: ssh_keys.0 must be an absolute path, not the text "id_rsa"']],
  ['a vmid that is none', 'guests:\n  by_vmid:\n    db: block\n', ['/c.yaml:3:5: guests.by_vmid.db: the key must be a vmid']],
  [
    'a policy that is none',
    'guests:\n  by_vmid:\n    101: stop\n',
    ['/c.yaml:3:10: guests.by_vmid.101 must be one of migrate, migrate-with-disks, restart, shutdown, leave, block, not the text "stop"'],
  ],
  ['a key that stands twice', 'drain: auto\nreboot: never\ndrain: always\n', ['/c.yaml:3:1: the same key stands here a second time']],
  ['a tab as indent', 'limits:\n\tboot_free_mib: 1\n', ['/c.yaml:2:1: a tab cannot indent YAML: use spaces']],
  ['a list at the top', '- drain\n', ['/c.yaml:1:1: the config must be a mapping of keys to values, not a list']],
  ['text at the top', 'drain\n', ['/c.yaml:1:1: the config must be a mapping of keys to values, not the text "drain"']],
  ['two documents', 'drain: auto\n---\ndrain: always\n', ['/c.yaml:2:1: a second document begins here; one file is one config']],
  [
    'several problems: all of them, in the order of the file',
    'foo: 1\nlimits:\n  root_used_percent: no\ndrain: sometimes\ndrain: auto\nhold_paths: [a, b]\n',
    [
      `/c.yaml:1:1: unknown key foo: known are ${Object.keys(configSchema.shape).join(', ')}`,
      '/c.yaml:3:22: limits.root_used_percent must be a number, not the text "no"',
      '/c.yaml:5:1: the same key stands here a second time',
      '/c.yaml:6:14: hold_paths.0 must be an absolute path, not the text "a"',
      '/c.yaml:6:17: hold_paths.1 must be an absolute path, not the text "b"',
    ],
  ],
];
for (const [what, text, expected] of rejected)
  test(`${what} must be told with its place`, () => assert.deepEqual(problems(text), expected));

test('a key that JavaScript treats in its own way must be as unknown as any other', () => {
  assert.match(problems('__proto__: 1\n')[0] ?? '', /^\/c\.yaml:1:1: unknown key __proto__/);
  assert.match(problems('constructor: 1\n')[0] ?? '', /^\/c\.yaml:1:1: unknown key constructor/);
});

for (const text of [
  'limits: [1\ndrain: auto',
  'drain: "auto',
  'drain: *nobody\n',
  'a: &a [1]\nb: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n',
  'drain: !!js/function x\n',
])
  test(`YAML that cannot be read must be a problem, not a crash: ${JSON.stringify(text)}`, () => assert.ok(problems(text).length > 0));

const accepted: readonly [obligation: string, text: string, wanted: object][] = [
  ['a file of comments alone, as it is shipped', '# ssh_user: root\n', {}],
  [
    'the keys of ProxPatch users',
    'ssh_user: patch\nexcluded_nodes: [pve3]\ndeactivate_proxlb: true\n',
    { ssh_user: 'patch', excluded_nodes: ['pve3'], deactivate_proxlb: true },
  ],
  [
    'a vmid written as a number',
    'guests:\n  by_vmid:\n    101: block\n',
    { guests: { default: 'migrate', by_tag: {}, by_vmid: { '101': 'block' } } },
  ],
  [
    'one key of a group: the others keep their defaults',
    'limits: {moves_at_once: 4}\n',
    { limits: { ...configSchema.parse({}).limits, moves_at_once: 4 } },
  ],
];
for (const [what, text, wanted] of accepted)
  test(`${what} must be accepted`, () =>
    assert.deepEqual(loadConfig(text, '/c.yaml'), { config: { ...configSchema.parse({}), ...wanted } }));

function failing(code: string): () => Promise<string> {
  return () => Promise.reject(Object.assign(new Error(`${code}: something`), { code }));
}

test('the default file may be missing: then all defaults must hold', async () => {
  assert.deepEqual(await loadConfigFile(undefined, failing('ENOENT')), { config: configSchema.parse({}) });
});

const unreadable: readonly [file: string | undefined, code: string, text: string][] = [
  ['/my.yaml', 'ENOENT', '/my.yaml does not exist'],
  ['/my.yaml', 'EACCES', '/my.yaml may not be read by this user; try as root'],
  [undefined, 'EACCES', `${defaultConfigFile} may not be read by this user; try as root`],
  ['/my.yaml', 'EISDIR', '/my.yaml is a folder, not a file'],
  [undefined, 'EIO', `${defaultConfigFile} cannot be read: EIO: something`],
];
for (const [file, code, text] of unreadable)
  test(`a file that cannot be read (${code}) must be a problem: ${text}`, async () => {
    const loaded = await loadConfigFile(file, failing(code));
    assert.deepEqual('problems' in loaded ? loaded.problems.map(configProblemText) : [], [text]);
  });

test('what config show prints must be readable again, with every value the same', () => {
  const { config } = loadConfig('drain: always\nexcluded_nodes: [pve1]\nguests: {by_vmid: {101: block}}\n', '/c.yaml') as {
    config: ReturnType<typeof configSchema.parse>;
  };
  const text = configText(config);
  assert.deepEqual(loadConfig(text, '/again.yaml'), { config });
  assert.match(text, /^drain: always {2}# default: auto$/m);
  assert.match(text, /^reboot: when-needed {2}# default$/m);
  assert.match(text, /^ {2}by_vmid: \{"101": block\} {2}# default: \{\}$/m);
});

test('where a key stands in its file is known, also of a list entry and of what is not in the file', () => {
  const loaded = loadConfig('excluded_nodes:\n  - pve1\n  - pve9\nguests:\n  by_vmid:\n    999: block\n', '/c.yaml');
  assert.ok('config' in loaded);
  assert.equal(keyWithPlace(loaded.config, ['excluded_nodes', '1']), 'excluded_nodes.1 (/c.yaml:3)');
  assert.equal(keyWithPlace(loaded.config, ['guests', 'by_vmid', '999']), 'guests.by_vmid.999 (/c.yaml:6)');
  assert.equal(keyWithPlace(loaded.config, ['guests', 'default']), 'guests.default (/c.yaml:5)');
  assert.equal(keyWithPlace(config(), ['guests', 'default']), 'guests.default');
});

test('a policy for nobody, a node that is none and an impossible reserve are told with their lines', () => {
  const text = 'excluded_nodes: [pve9]\nlimits:\n  memory_reserve_percent: 90\nguests:\n  by_vmid:\n    999: block\n';
  const loaded = loadConfig(text, '/c.yaml');
  assert.ok('config' in loaded);
  const seen = snapshot({ guests: [guest(101, { memoryBytes: known(16 * gib) })] });
  const said = check(seen, loaded.config, { when: 'start' }).filter((finding) => finding.check === 'config-names');
  assert.deepEqual(
    said.map(({ what }) => what),
    [
      'excluded_nodes (/c.yaml:1) names node pve9, which does not exist',
      'guests.by_vmid.999 (/c.yaml:6) names guest 999, which does not exist',
      'limits.memory_reserve_percent (/c.yaml:3) is impossible: with it no node could take a single guest',
    ],
  );
});

test('tags that contradict each other are told with both lines', () => {
  const loaded = loadConfig('guests:\n  by_tag:\n    web: migrate\n    db: shutdown\n', '/c.yaml');
  assert.ok('config' in loaded);
  const said = check(snapshot({ guests: [guest(101, { tags: ['web', 'db'] })] }), loaded.config, { when: 'start' });
  assert.equal(
    said.find((finding) => finding.check === 'guest-policy')?.seen,
    'guests.by_tag.web (/c.yaml:3) says migrate and guests.by_tag.db (/c.yaml:4) says shutdown',
  );
});
