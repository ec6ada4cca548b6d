/** What the boot loaders keep for one boot, and which commands set it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgetOnce, grubEntries, grubMenuQuery, nextEntryQuery, oneShotQuery, setTrial } from '../../src/clients/kernel-trial.ts';
import { read, type Query } from '../../src/clients/query.ts';
import type { TrialLoader } from '../../src/model/kernel-trial.ts';
import { known, type Reading } from '../../src/model/reading.ts';
import type { Answer, Argv, Shell } from '../../src/ports/shell.ts';

function answer<T>(query: Query<T>, stdout: string, exitCode = 0, stderr = ''): Reading<T> {
  return read(query, { exitCode, stdout, stderr, tookMs: 0 }, 'pve1');
}

const menu = `
   set next_entry=
   save_env next_entry
menuentry 'Proxmox VE GNU/Linux' --class os $menuentry_id_option 'gnulinux-simple-1a2b' {
submenu 'Advanced options for Proxmox VE GNU/Linux' $menuentry_id_option 'gnulinux-advanced-1a2b' {
\tmenuentry 'Proxmox VE GNU/Linux, with Linux 6.17.2-1-pve' --class os $menuentry_id_option 'gnulinux-6.17.2-1-pve-advanced-1a2b' {
\tmenuentry 'Proxmox VE GNU/Linux, with Linux 6.17.2-1-pve (recovery mode)' --class os $menuentry_id_option 'gnulinux-6.17.2-1-pve-recovery-1a2b' {
\tmenuentry 'Proxmox VE GNU/Linux, with Linux 6.14.8-2-pve' --class os $menuentry_id_option 'gnulinux-6.14.8-2-pve-advanced-1a2b' {
}
menuentry 'Memory test' $menuentry_id_option 'memtest' {
`;

test("GRUB's kernels are found below the advanced options, each with the entry that a pin would name", () => {
  const entries = grubEntries(menu, { host: 'pve1', command: 'cat' });
  assert.deepEqual(
    [...entries],
    [
      ['6.17.2-1-pve', 'gnulinux-advanced-1a2b>gnulinux-6.17.2-1-pve-advanced-1a2b'],
      ['6.14.8-2-pve', 'gnulinux-advanced-1a2b>gnulinux-6.14.8-2-pve-advanced-1a2b'],
    ],
  );
});

test("a list that does not forget, or is not the usual one, is not taken for GRUB's", () => {
  assert.equal(answer(grubMenuQuery, menu).known, true);
  for (const strange of [
    '',
    menu.replace('save_env next_entry', ''),
    menu.replace(/^submenu.*$/m, ''),
    menu.replace(/^\tmenuentry.*$/gm, ''),
  ])
    assert.equal(answer(grubMenuQuery, strange).known, false);
});

test('the entry for one boot is a text in UTF-16 behind four bytes of attributes', () => {
  const bytes = (text: string) =>
    [7, 0, 0, 0, ...Buffer.from(`${text}\0`, 'utf16le')].map((byte) => ` ${byte.toString(16).padStart(2, '0')}`);
  const lines = bytes('proxmox-6.17.2-1-pve.conf')
    .join('')
    .replace(/(.{48})/g, '$1\n');
  assert.deepEqual(answer(oneShotQuery, `${lines}\n`), known('proxmox-6.17.2-1-pve.conf'));
  assert.deepEqual(answer(oneShotQuery, bytes('').join('')), known('none'));
  assert.deepEqual(answer(oneShotQuery, '', 1, 'od: x: No such file or directory\n'), known('none'));
  for (const strange of ['', ' 07 00', ' 07 00 00 00 70 gg']) assert.equal(answer(oneShotQuery, strange).known, false);
});

test("GRUB's entry for one boot is a variable among others", () => {
  assert.deepEqual(
    answer(nextEntryQuery, 'saved_entry=0\nnext_entry=gnulinux-advanced-1>gnulinux-2\n'),
    known('gnulinux-advanced-1>gnulinux-2'),
  );
  assert.deepEqual(answer(nextEntryQuery, ''), known('none'));
  assert.deepEqual(answer(nextEntryQuery, 'next_entry=\n'), known('none'));
  assert.equal(answer(nextEntryQuery, 'good morning\n').known, false);
  assert.equal(answer(nextEntryQuery, '', 1, 'grub-editenv: error: invalid environment block.\n').known, false);
});

/** A host that says where something was set, and notes what changes it. */
function host(says: Readonly<Record<string, string>>): { shell: Shell; changed: Argv[] } {
  const changed: Argv[] = [];
  const answerTo = (argv: Argv): Answer => ({ exitCode: 0, stdout: says[argv[0]] ?? '', stderr: '', tookMs: 0 });
  const shell: Shell = {
    run: (_host, { argv, effect }) => {
      if (effect === 'changes') changed.push(argv);
      return Promise.resolve(answerTo(argv));
    },
    runAll: (_host, commands) => Promise.resolve(commands.map(({ argv }) => answerTo(argv))),
    disconnect: () => Promise.resolve(),
  };
  return { shell, changed };
}

const set: readonly [by: TrialLoader, commands: readonly string[]][] = [
  [
    'systemd-boot',
    ['proxmox-boot-tool kernel pin 6.14.8-2-pve', 'proxmox-boot-tool refresh', 'bootctl set-oneshot proxmox-6.17.2-1-pve.conf'],
  ],
  ['grub', ['proxmox-boot-tool kernel pin 6.14.8-2-pve', 'grub-reboot gnulinux-advanced-1a2b>gnulinux-6.17.2-1-pve-advanced-1a2b']],
];
for (const [by, commands] of set)
  test(`${by} gets its default before the kernel that is tried, so that being cut short leaves the node as it runs`, async () => {
    const { shell, changed } = host({ cat: menu });
    await setTrial({ shell, host: { name: 'pve1', own: true } }, { by, kernel: '6.17.2-1-pve', before: '6.14.8-2-pve' });
    assert.deepEqual(
      changed.map((argv) => argv.join(' ')),
      commands,
    );
  });

test("a kernel that is not in GRUB's list is not tried", async () => {
  const { shell, changed } = host({ cat: menu });
  const trial = { by: 'grub', kernel: '6.20.0-1-pve', before: '6.14.8-2-pve' } as const;
  await assert.rejects(setTrial({ shell, host: { name: 'pve1', own: true } }, trial), /kernel 6\.20\.0-1-pve/);
  assert.ok(changed.every((argv) => argv[0] !== 'grub-reboot'));
});

test('nothing is taken back where nothing is set', async () => {
  const there = host({ 'grub-editenv': 'next_entry=x\n' });
  await forgetOnce({ shell: there.shell, host: { name: 'pve1', own: true } }, 'grub');
  assert.deepEqual(there.changed, [['grub-editenv', '/boot/grub/grubenv', 'unset', 'next_entry']]);
  const gone = host({ 'grub-editenv': 'saved_entry=0\n' });
  await forgetOnce({ shell: gone.shell, host: { name: 'pve1', own: true } }, 'grub');
  assert.deepEqual(gone.changed, []);
});
