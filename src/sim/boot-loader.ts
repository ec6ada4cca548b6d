/** The boot loader of a simulated host: what it keeps between boots, and which kernel it takes. */
import { byVersion, type SimNode } from './node.ts';

/** @returns the bytes of the variable as efivarfs shows them, its attributes first; nothing where there is none */
export function efiVariable(node: SimNode, name: string): readonly number[] | undefined {
  if (node.loader !== 'systemd-boot') return undefined;
  // What systemd-boot 252 can do, among it an entry for one boot.
  if (name === 'LoaderFeatures') return [6, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0];
  if (name === 'LoaderEntryOneShot' && node.onceEntry !== undefined) return [7, 0, 0, 0, ...Buffer.from(`${node.onceEntry}\0`, 'utf16le')];
  return undefined;
}

/** The kernel that the loader starts. It forgets an entry for one boot first, where it can write that down. */
export function takeKernel(node: SimNode): string {
  const once = node.kernels.find((kernel) => entryOf(node, kernel) === node.onceEntry);
  if (node.loader === 'systemd-boot' || /^\/dev\/(?:sd|nvme)/.test(node.grubOn)) node.onceEntry = undefined;
  return once ?? node.nextKernel;
}

/** How the loader calls the entry of a kernel. */
function entryOf(node: SimNode, kernel: string): string {
  if (node.loader === 'systemd-boot') return `proxmox-${kernel}.conf`;
  return `gnulinux-advanced-${rootId}>gnulinux-${kernel}-advanced-${rootId}`;
}

const rootId = '5c9d0a4e-9d0b-4f7e-8a55-1f6f3c0f7a21';

/** `/boot/grub/grub.cfg` as `update-grub` writes it, as far as anybody reads it here. */
export function grubConfig(node: SimNode): string | undefined {
  if (node.loader !== 'grub') return undefined;
  const title = 'Proxmox VE GNU/Linux';
  const entry = (indent: string, name: string, id: string) =>
    `${indent}menuentry '${name}' --class proxmox --class gnu-linux --class gnu --class os $menuentry_id_option '${id}' {\n${indent}}\n`;
  const kernels = [...node.kernels].sort((a, b) => byVersion(b, a));
  return [
    'if [ -s $prefix/grubenv ]; then\n  set have_grubenv=true\n  load_env\nfi\n',
    'if [ "${next_entry}" ] ; then\n   set default="${next_entry}"\n   set next_entry=\n   save_env next_entry\n   set boot_once=true\nelse\n',
    `   set default="${node.defaultKernel === undefined ? '0' : entryOf(node, node.defaultKernel)}"\nfi\n`,
    entry('', title, `gnulinux-simple-${rootId}`),
    `submenu 'Advanced options for ${title}' $menuentry_id_option 'gnulinux-advanced-${rootId}' {\n`,
    ...kernels.map((kernel) => entry('\t', `${title}, with Linux ${kernel}`, `gnulinux-${kernel}-advanced-${rootId}`)),
    '}\n',
  ].join('');
}
