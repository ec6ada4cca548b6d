/**
 * Trying a kernel once: the one that runs is pinned, so that it is the default, and the boot loader is told to take another for one boot. What
 * systemd-boot or GRUB keep of that is read back, since firmware may refuse to write.
 */
import type { KernelTrial, TrialLoader } from '../model/kernel-trial.ts';
import type { Command } from '../ports/shell.ts';
import type { At } from './at.ts';
import { changes, mustRun, reads } from './at.ts';
import { loaderVariable } from './boot-once.ts';
import { deadlines } from './deadlines.ts';
import type { Query, Source } from './query.ts';
import { answerQuery, ask, filledLines, saysMissing, textQuery, unparsable } from './query.ts';

/** Makes it the default. Without EFI partitions of proxmox-boot-tool this writes GRUB's list anew, with them only `refresh` does (its manual). */
export function pinCommand(kernel: string): Command {
  return changes(deadlines.loader, 'proxmox-boot-tool', 'kernel', 'pin', kernel);
}

export function unpinCommand(): Command {
  return changes(deadlines.loader, 'proxmox-boot-tool', 'kernel', 'unpin');
}

/** Copies kernels and what is pinned to every EFI partition. */
export function refreshCommand(): Command {
  return changes(deadlines.loader, 'proxmox-boot-tool', 'refresh');
}

/** @param entry empty to take back what was set */
export function oneShotCommand(entry: string): Command {
  return changes(deadlines.file, 'bootctl', 'set-oneshot', entry);
}

export function grubRebootCommand(entry: string): Command {
  return changes(deadlines.dpkg, 'grub-reboot', entry);
}

export function forgetNextEntryCommand(): Command {
  return changes(deadlines.file, 'grub-editenv', '/boot/grub/grubenv', 'unset', 'next_entry');
}

/** How proxmox-boot-tool names the entry of a kernel for systemd-boot. */
export function loaderEntry(kernel: string): string {
  return `proxmox-${kernel}.conf`;
}

/** The entry that systemd-boot will take once. @throws CommandFailed, Unparsable */
export const oneShotQuery: Query<string | 'none'> = answerQuery(
  reads(deadlines.file, 'od', '-An', '-v', '-tx1', loaderVariable('LoaderEntryOneShot')),
  (answer, source, fail) => {
    if (saysMissing(answer)) return 'none';
    if (answer.exitCode !== 0) throw fail();
    const words = answer.stdout.trim().split(/\s+/);
    if (words.length < 6 || words.some((word) => !/^[0-9a-f]{2}$/.test(word))) throw unparsable(source, 'the bytes', answer.stdout);
    // Four bytes of attributes, then a text in UTF-16 that ends with a zero.
    const text = Buffer.from(words.slice(4).join(''), 'hex').toString('utf16le').replace(/\0+$/, '');
    return text === '' ? 'none' : text;
  },
);

/** The entry that GRUB will take once. @throws CommandFailed, Unparsable */
export const nextEntryQuery: Query<string | 'none'> = textQuery(
  reads(deadlines.file, 'grub-editenv', '/boot/grub/grubenv', 'list'),
  (text, source) => {
    for (const line of filledLines(text)) if (!/^\w+=/.test(line)) throw unparsable(source, 'a variable', line);
    return /^next_entry=(.+)$/m.exec(text)?.[1] ?? 'none';
  },
);

/** GRUB's list, as `update-grub` writes it. @throws CommandFailed, Unparsable */
export const grubMenuQuery: Query<ReadonlyMap<string, string>> = textQuery(
  reads(deadlines.file, 'cat', '/boot/grub/grub.cfg'),
  grubEntries,
);

/**
 * @returns the entry of every kernel, by release, as `grub-reboot` wants it
 * @throws Unparsable for a list that does not take an entry for one boot, or has no kernels
 */
export function grubEntries(text: string, source: Source): ReadonlyMap<string, string> {
  if (!/^\s*save_env next_entry$/m.test(text)) throw unparsable(source, 'save_env next_entry', '');
  const [, submenu] = /^submenu .*\$menuentry_id_option '(gnulinux-advanced-[^'>]+)'/m.exec(text) ?? [];
  const entries = [...text.matchAll(/^\s+menuentry .*\$menuentry_id_option '(gnulinux-([^'>]+)-advanced-[^'>]+)'/gm)];
  if (submenu === undefined || entries.length === 0) throw unparsable(source, 'the kernels below the advanced options', '');
  return new Map(entries.map(([, id = '', kernel = '']) => [kernel, `${submenu}>${id}`]));
}

/** Whether the loader will take it at the next boot. @throws CommandFailed, Unparsable, ShellFailure */
export async function isSet(at: At, { by, kernel }: KernelTrial): Promise<boolean> {
  if (by === 'systemd-boot') return (await ask(at, oneShotQuery)) === loaderEntry(kernel);
  const next = await ask(at, nextEntryQuery);
  return next !== 'none' && (await ask(at, grubMenuQuery)).get(kernel) === next;
}

/** The default first: when this is cut short, the node boots what it runs. May be done twice. @throws CommandFailed, Unparsable, ShellFailure */
export async function setTrial(at: At, { by, kernel, before }: KernelTrial): Promise<void> {
  await mustRun(at, pinCommand(before));
  if (by === 'systemd-boot') {
    await mustRun(at, refreshCommand());
    await mustRun(at, oneShotCommand(loaderEntry(kernel)));
    return;
  }
  const entry = (await ask(at, grubMenuQuery)).get(kernel);
  if (entry === undefined) throw unparsable({ host: at.host.name, command: 'cat /boot/grub/grub.cfg' }, `kernel ${kernel}`, '');
  await mustRun(at, grubRebootCommand(entry));
}

/** What was set for one boot is taken back, where it is still there. @throws CommandFailed, Unparsable, ShellFailure */
export async function forgetOnce(at: At, by: TrialLoader): Promise<void> {
  if (by === 'systemd-boot') {
    if ((await ask(at, oneShotQuery)) !== 'none') await mustRun(at, oneShotCommand(''));
  } else if ((await ask(at, nextEntryQuery)) !== 'none') await mustRun(at, forgetNextEntryCommand());
}

/** The newest kernel is the default again. May be done twice. @throws CommandFailed, ShellFailure */
export async function endPin(at: At, by: TrialLoader): Promise<void> {
  await mustRun(at, unpinCommand());
  if (by === 'systemd-boot') await mustRun(at, refreshCommand());
}
