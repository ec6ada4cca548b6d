/** What the package promises and what a wrong edit would break silently. The package itself is built and checked by `build.sh test`. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { loaderVariable } from '../src/clients/boot-once.ts';

const text = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const names = (folder: string): string[] => readdirSync(new URL(`../${folder}`, import.meta.url)).sort();

interface Manifest {
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}
const manifest = JSON.parse(text('package.json')) as Manifest;

/** The lines of a unit file, comments and blank ones left out. */
const directives = (unit: string): string[] =>
  text(`systemd/${unit}`)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

test('package.json, its lock file and the Debian changelog name the same version', () => {
  const lock = JSON.parse(text('package-lock.json')) as Manifest;
  assert.equal(lock.version, manifest.version);
  assert.equal(/^proxroll \((.*?)\)/.exec(text('debian/changelog'))?.[1], manifest.version);
  assert.match(text('CHANGELOG.md'), new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')}$`, 'm'));
});

test('every library is locked to one version, and the lock file names no address', () => {
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
  assert.doesNotMatch(text('package-lock.json'), /"resolved"/);
});

test('the oldest Node we support is the same in package.json, the package and the bundle', () => {
  assert.match(text('package.json'), /"node": ">=18\.19"/);
  assert.match(text('debian/control'), /^Depends: nodejs \(>= 18\.19\)/m);
  assert.match(text('esbuild.config.mjs'), /target: 'node18\.19'/);
});

test('every unit is installed by the package', () => {
  const linked = names('debian')
    .filter((name) => /\.(service|timer)$/.test(name))
    .map((name) => basename(realpathSync(new URL(`../debian/${name}`, import.meta.url))));
  assert.deepEqual(linked.sort(), names('systemd'));
});

test('an upgrade of the package starts, stops and restarts nothing', () => {
  const calls = text('debian/rules').match(/^\tdh_installsystemd .*/gm) ?? [];
  assert.equal(calls.length, 3);
  for (const call of calls) assert.match(call, / --no-start --no-stop-on-upgrade$/);
  assert.doesNotMatch(text('debian/proxroll.postinst'), /\b(start|stop|restart|try-restart)\b .*proxroll/);
  for (const line of text('debian/proxroll.prerm').matchAll(/^(\t*)deb-systemd-invoke .*/gm)) assert.equal(line[1], '\t');
});

test('only what goes on after a reboot is enabled by the package', () => {
  const calls = text('debian/rules').match(/^\tdh_installsystemd .*/gm) ?? [];
  assert.deepEqual(
    calls.filter((call) => !call.includes(' --no-enable ')).map((call) => /--name=(\S+)/.exec(call)?.[1]),
    ['proxroll-resume'],
  );
  assert.equal(
    directives('proxroll.service').some((line) => line.startsWith('WantedBy=')),
    false,
  );
});

test('a run that pauses or is blocked is shown as failed, and nothing starts it again', () => {
  const unit = directives('proxroll.service');
  assert.ok(unit.includes('Restart=no'));
  assert.equal(
    unit.some((line) => line.startsWith('SuccessExitStatus=')),
    false,
  );
});

test('the sandbox names no path under /etc/pve, which is mounted anew while a run is in progress', () => {
  for (const line of directives('proxroll.service')) {
    if (/^(ReadWrite|ReadOnly|Inaccessible|Bind)\w*=/.test(line)) assert.doesNotMatch(line, /\/etc\/pve/);
  }
});

test('the sandbox lets the own node be told which kernel to boot once', () => {
  const writable = directives('proxroll.service').flatMap((line) => /^ReadWritePaths=(.*)$/.exec(line)?.[1]?.split(' ') ?? []);
  // With `-` in front: a node without them starts the service all the same.
  for (const path of [dirname(loaderVariable('LoaderEntryOneShot')), '/boot']) assert.ok(writable.includes(`-${path}`), path);
  // A variable that is there already is immutable until this capability takes the flag off (the kernel's efivarfs documentation).
  for (const line of directives('proxroll.service')) if (line.startsWith('CapabilityBoundingSet=')) assert.doesNotMatch(line, /IMMUTABLE/);
});

test('needrestart is told to leave every unit of ours alone', () => {
  const pattern = /qr\((\S+)\)\} = 0;/.exec(text('debian/needrestart/proxroll.conf'))?.[1];
  assert.ok(pattern !== undefined);
  for (const unit of ['proxroll.service', 'proxroll-upgrade-1.service', 'proxroll-guest-101-1-1.service'])
    assert.match(unit, new RegExp(pattern));
  assert.doesNotMatch('not-proxroll.service', new RegExp(pattern));
});

test('the manual page names every command', () => {
  const page = text('debian/proxroll.8');
  const commands = names('src/cli')
    .map((file) => basename(file, '.ts'))
    .filter((name) => text(`src/cli/${name}.ts`).includes(`.command('${name}')`));
  assert.ok(commands.includes('run'));
  for (const command of commands) assert.match(page, new RegExp(`^\\.B ${command}$`, 'm'));
});

const configs: readonly (readonly [what: string, config: string | undefined, folder: string])[] = [
  ['the usual folder', undefined, 'usual'],
  ['a folder of the configuration', 'metrics:\n  textfile_folder: "ROOT/other"  # ours\n', 'other'],
  ['a folder on the same line', 'metrics: { textfile_folder: ROOT/other }\n', 'other'],
];
for (const [what, config, folder] of configs)
  test(`figures must not be told for ever when the package is removed: ${what}`, () => {
    const root = mkdtempSync(join(tmpdir(), 'proxroll-postrm-'));
    try {
      for (const name of ['usual', 'other', 'etc']) mkdirSync(join(root, name));
      const file = join(root, folder, 'proxroll.prom');
      writeFileSync(file, 'proxroll_info 1\n');
      if (config !== undefined) writeFileSync(join(root, 'etc/config.yaml'), config.replace('ROOT', root));
      const script = text('debian/proxroll.postrm')
        .replaceAll('/etc/proxroll', join(root, 'etc'))
        .replaceAll('/var/lib/prometheus/node-exporter', join(root, 'usual'));
      const run = (argument: string) => execFileSync('/bin/sh', ['-c', script, 'postrm', argument], { stdio: 'pipe' });
      run('upgrade');
      assert.ok(existsSync(file), 'an upgrade keeps them');
      run('remove');
      assert.ok(!existsSync(file));
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
