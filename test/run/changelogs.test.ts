import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plannedChanges } from '../../src/model/plan-changes.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Answer, Shell } from '../../src/ports/shell.ts';
import { ShellFailure } from '../../src/ports/shell.ts';
import { withChangelogs } from '../../src/run/changelogs.ts';
import { packageSet } from '../builders.ts';

const host = { name: 'pve1', own: true };
const track = (node: string, ...names: readonly string[]) =>
  ({ node, steps: [], set: packageSet(...names), rebootReasons: [], drained: false, guests: [] }) as const;
const plan = (...tracks: Plan['tracks']): Plan => ({ takenAtMs: 0, tracks, left: [] });
const clock = (stepMs: number) => {
  let now = 0;
  return { now: () => now, elapsed: () => (now += stepMs), sleep: () => Promise.resolve() };
};
const answer = (exitCode: number, stdout: string, stderr: string): Answer => ({ exitCode, stdout, stderr, tookMs: 1 });
const shell = (run: (wanted: string) => Answer): Shell => ({
  run: (_host, { argv }) => Promise.resolve().then(() => run(argv.at(-1) ?? '')),
  runAll: () => Promise.reject(new Error('nothing is asked at once')),
  disconnect: () => Promise.resolve(),
});

test('a package that several nodes get is listed once, with all of them', () => {
  const changes = plannedChanges(plan(track('pve2', 'bash', 'libc6'), track('pve1', 'libc6')));
  assert.deepEqual(
    changes.map(({ name, nodes }) => [name, nodes]),
    [
      ['bash', ['pve2']],
      ['libc6', ['pve2', 'pve1']],
    ],
  );
});

test('a changelog that cannot be had says why, and keeps no other from being told', async () => {
  const said = shell((wanted) => {
    if (wanted.startsWith('bash=')) throw new ShellFailure('no-answer', 'pve1', ['apt-get'], 'took longer than 20 s');
    if (wanted.startsWith('dbus='))
      return answer(100, '', 'E: Failed to fetch https://x.example/c  Changelog unavailable for dbus=1 (Could not resolve x.example)\n');
    return answer(0, 'libc6 (9:9) trixie; urgency=medium\n\n  * fixed\n', '');
  });
  const found = await withChangelogs({ shell: said, host }, plannedChanges(plan(track('pve1', 'bash', 'dbus', 'libc6'))), clock(0));
  assert.deepEqual(
    found.map(({ name, changelog }) => [name, changelog.known ? changelog.value.slice(0, 11) : changelog.why.replace(/^.*took/, 'took')]),
    [
      ['bash', 'took longer than 20 s'],
      ['dbus', 'Could not resolve x.example'],
      ['libc6', 'libc6 (9:9)'],
    ],
  );
});

test('once the time is up no further changelog is asked for', async () => {
  let asked = 0;
  const said = shell(() => ((asked += 1), answer(0, '', '')));
  const found = await withChangelogs(
    { shell: said, host },
    plannedChanges(plan(track('pve1', 'a', 'b', 'c', 'd', 'e', 'f'))),
    clock(25_000),
  );
  assert.equal(asked, 2);
  assert.equal(found.length, 6);
  assert.match(found.map(({ changelog }) => (changelog.known ? '' : changelog.why)).join(), /no time left/);
});
