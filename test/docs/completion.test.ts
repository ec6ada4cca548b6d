import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bashCompletion } from '../../docs/completion.ts';
import { without } from '../installed.ts';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../../debian/completions', import.meta.url));

const cases: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['proxroll hist', ['history']],
  ['proxroll re', ['rehearse', 'report', 'resume']],
  ['proxroll status --f', ['--follow']],
  ['proxroll -c /etc/x.yaml status --f', ['--follow']],
  ['proxroll history d', ['diff']],
  ['proxroll report 2026', ['20261122-0400-3fa9', '20261129-0400-77aa']],
  ['proxroll history diff 20261122-0400-3fa9 20261129', ['20261129-0400-77aa']],
  ['proxroll hold pv', ['pve1', 'pve2']],
  ['proxroll run --node pve2', ['pve2']],
  ['proxroll check nonsense', []],
];

/** Runs and nodes as they would lie on a host. */
async function onHost<T>(work: (root: string) => Promise<T>): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'proxroll-completion-'));
  try {
    for (const name of ['runs/20261122-0400-3fa9', 'runs/20261129-0400-77aa', 'nodes/pve1', 'nodes/pve2'])
      await mkdir(join(root, name), { recursive: true });
    return await work(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

const moved = (text: string, root: string) =>
  text.replaceAll('/var/lib/proxroll/runs', `${root}/runs`).replaceAll('/etc/pve/nodes', `${root}/nodes`);

for (const [line, offered] of cases)
  test(`bash must complete "${line}"`, () =>
    onHost(async (root) => {
      const script = `${moved(bashCompletion(), root)}
read -ra COMP_WORDS <<< "$1"; COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _proxroll; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await run('bash', ['-c', script, 'bash', line]);
      assert.deepEqual(stdout.split('\n').filter(Boolean).sort(), [...offered].sort());
    }));

test('zsh must load its completion and offer commands, options, runs and nodes', { skip: without('zsh') }, () =>
  onHost(async (root) => {
    const { zshCompletion } = await import('../../docs/completion.ts');
    await writeFile(join(root, '_proxroll'), moved(zshCompletion(), root));
    // What is offered is noted instead of shown.
    const script = `
autoload -U compinit; fpath=('${root}' $fpath); compinit -u -D
[[ \${_comps[proxroll]} == _proxroll ]] || exit 3
_describe() { [[ $1 == -o ]] && shift; local list=$2; print -l -- "\${(@)\${(P)list}%%:*}" }
compadd() { shift; print -l -- "\${(P@)1}" }
_files() { print files }
autoload +X -U _proxroll
for line in 'proxroll hist' 'proxroll status --f' 'proxroll report x' 'proxroll hold x' 'proxroll report -o x'; do
  words=(\${(z)line}); CURRENT=\${#words}; print "[$line]"; _proxroll
done`;
    const { stdout } = await run('zsh', ['-f', '-c', script]);
    const offered = (line: string) =>
      (stdout.split(`[${line}]\n`)[1] ?? '')
        .split(/\n(?=\[)/)[0]
        ?.split('\n')
        .filter(Boolean) ?? [];
    assert.ok(offered('proxroll hist').includes('history') && offered('proxroll hist').includes('report'));
    assert.ok(offered('proxroll status --f').includes('--follow'));
    assert.deepEqual(offered('proxroll report x'), ['20261122-0400-3fa9', '20261129-0400-77aa']);
    assert.deepEqual(offered('proxroll hold x'), ['pve1', 'pve2']);
    assert.deepEqual(offered('proxroll report -o x'), ['files']);
  }),
);

test('the shipped completions must have no error of syntax', { skip: without('zsh') }, async () => {
  await run('bash', ['-n', join(folder, 'proxroll')]);
  await run('zsh', ['-n', join(folder, '_proxroll')]);
});
