/** Disks in files, without a loop device: an EFI partition, and where GRUB's folder lies on. The "kernels" are programs that say their name. */
import { cp, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { grubEntries, loaderEntry } from '../../src/clients/kernel-trial.ts';
import { run } from '../command.ts';
import { physicalVolume } from './lvm.ts';
import type { LoaderTools } from './tools.ts';

export const kernels = { before: '6.14.11-4-pve', fresh: '6.17.4-2-pve' } as const;

/** What `/boot` lies on. */
export type GrubLayout = 'ext4' | 'FAT' | 'ext4 on LVM' | 'btrfs';
export const grubLayouts: readonly GrubLayout[] = ['ext4', 'FAT', 'ext4 on LVM', 'btrfs'];

const mib = 1024 * 1024;
const partitionBytes = 64 * mib;
/** mkfs.btrfs makes nothing smaller. */
const secondBytes = 192 * mib;

/** @returns the disk, on which GRUB is to take the new kernel once and has the one before as its default */
export async function grubDisk(folder: string, layout: GrubLayout, tools: LoaderTools): Promise<string> {
  const boot = join(folder, 'boot');
  await mkdir(join(boot, 'grub'), { recursive: true });
  const menu = grubMenu();
  await writeFile(join(boot, 'grub/grub.cfg'), menu);
  const environment = join(boot, 'grub/grubenv');
  const editenv = join(tools.machine, 'usr/bin/grub-editenv');
  await run([editenv, environment, 'create'], { env: tools.env });
  // What grub-reboot does, with the entry as proxroll finds it.
  const entry = grubEntries(menu, { host: 'lab', command: 'cat' }).get(kernels.fresh) ?? '';
  await run([editenv, environment, 'set', `next_entry=${entry}`], { env: tools.env });
  const early = `search --no-floppy --label LABBOOT --set=root\nset prefix=($root)/grub\nconfigfile $prefix/grub.cfg\n`;
  const modules = 'part_gpt ext2 fat btrfs lvm diskfilter search search_label configfile loadenv test minicmd';
  const loader = await grubImage(folder, 'loader.efi', early, modules, tools);
  const esp = await espWith(folder, [[loader, 'EFI/BOOT/BOOTX64.EFI']], tools);
  return joined(folder, esp, await fileSystem(folder, boot, layout, tools), tools);
}

/** @param role `setter`: the running system, which tells the loader what to take once; `loader`: systemd-boot as proxmox-boot-tool keeps it */
export async function systemdBootDisk(folder: string, role: 'setter' | 'loader', tools: LoaderTools): Promise<string> {
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  if (role === 'setter') {
    const variable = 'LoaderEntryOneShot -guid 4a67b082-0a4c-41cf-b6c7-440b29bb8c4f -nv -bs -rt';
    const script = `setvar ${variable} =L"${loaderEntry(kernels.fresh)}" =0x0000\r\necho LAB: set\r\nreset -s\r\n`;
    return joined(folder, await espWith(folder, [[await file('startup.nsh', script), 'startup.nsh']], tools), undefined, tools);
  }
  const entries = await Promise.all(
    Object.values(kernels).map(async (kernel): Promise<readonly (readonly [string, string])[]> => {
      const program = await grubImage(folder, `${kernel}.efi`, saying(kernel), 'minicmd', tools);
      const text = `title Proxmox Virtual Environment\nversion ${kernel}\nefi /EFI/proxmox/${kernel}.efi\n`;
      return [
        [program, `EFI/proxmox/${kernel}.efi`],
        [await file(`${kernel}.conf`, text), `loader/entries/${loaderEntry(kernel)}`],
      ];
    }),
  );
  const pinned = await file('loader.conf', `timeout 3\ndefault ${loaderEntry(kernels.before)}\n`);
  const loader = join(tools.loaders, 'usr/lib/systemd/boot/efi/systemd-bootx64.efi');
  const esp = await espWith(folder, [[loader, 'EFI/BOOT/BOOTX64.EFI'], [pinned, 'loader/loader.conf'], ...entries.flat()], tools);
  return joined(folder, esp, undefined, tools);
}

/** The new kernel hangs; the one before comes up and shuts down. */
function saying(kernel: string): string {
  return `serial --unit=0\nterminal_output serial\necho "LAB: ${kernel} boots"\n${kernel === kernels.fresh ? 'sleep 3600' : 'halt'}\n`;
}

/** As `update-grub` writes it, as far as it is about what boots. */
function grubMenu(): string {
  const entry = (kernel: string) =>
    `\tmenuentry 'Proxmox VE GNU/Linux, with Linux ${kernel}' --class os $menuentry_id_option 'gnulinux-${kernel}-advanced-1a2b' {\n${saying(kernel)}\t}\n`;
  return `menuentry_id_option="--id"
export menuentry_id_option
serial --unit=0
terminal_output serial
if [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="gnulinux-advanced-1a2b>gnulinux-${kernels.before}-advanced-1a2b"
fi
set timeout=0
submenu 'Advanced options for Proxmox VE GNU/Linux' $menuentry_id_option 'gnulinux-advanced-1a2b' {
${entry(kernels.fresh)}${entry(kernels.before)}}
`;
}

async function grubImage(folder: string, name: string, config: string, modules: string, tools: LoaderTools): Promise<string> {
  const file = join(folder, name);
  await writeFile(`${file}.cfg`, config);
  const from = join(tools.loaders, 'usr/lib/grub/x86_64-efi');
  const argv = ['-d', from, '-O', 'x86_64-efi', '-p', '/none', '-c', `${file}.cfg`, '-o', file] as const;
  const all = ['normal', 'echo', 'sleep', 'halt', 'serial', 'terminal', ...modules.split(' ')];
  await run([join(tools.machine, 'usr/bin/grub-mkimage'), ...argv, ...all], { env: tools.env });
  return file;
}

async function espWith(folder: string, files: readonly (readonly [from: string, to: string])[], tools: LoaderTools): Promise<string> {
  const esp = join(folder, 'esp.img');
  await fat(esp, 'LABESP', partitionBytes, tools);
  await copied(esp, files, tools);
  return esp;
}

async function fat(file: string, label: string, bytes: number, tools: LoaderTools): Promise<void> {
  await sized(file, bytes);
  await run([join(tools.machine, 'sbin/mkfs.fat'), '-F', '32', '-n', label, file], { env: tools.env });
}

async function copied(
  image: string,
  files: readonly (readonly [from: string, to: string])[],
  { machine, env }: LoaderTools,
): Promise<void> {
  const folders = files.flatMap(([, to]) =>
    to
      .split('/')
      .slice(0, -1)
      .map((_, at, parts) => parts.slice(0, at + 1).join('/')),
  );
  for (const made of new Set(folders)) await run([join(machine, 'usr/bin/mmd'), '-i', image, `::/${made}`], { env });
  for (const [from, to] of files) await run([join(machine, 'usr/bin/mcopy'), '-i', image, from, `::/${to}`], { env });
}

async function fileSystem(folder: string, boot: string, layout: GrubLayout, tools: LoaderTools): Promise<string> {
  const image = join(folder, 'second.img');
  switch (layout) {
    case 'FAT':
      await fat(image, 'LABBOOT', secondBytes, tools);
      await copied(
        image,
        ['grub/grub.cfg', 'grub/grubenv'].map((name) => [join(boot, name), name] as const),
        tools,
      );
      return image;
    case 'btrfs':
      await sized(image, secondBytes);
      await run([join(tools.machine, 'sbin/mkfs.btrfs'), '-q', '-L', 'LABBOOT', '--rootdir', boot, image], { env: tools.env });
      return image;
    case 'ext4':
    case 'ext4 on LVM':
      await sized(image, partitionBytes);
      await run(['mke2fs', '-q', '-t', 'ext4', '-L', 'LABBOOT', '-d', boot, image]);
      if (layout === 'ext4 on LVM') await writeFile(image, physicalVolume(await readFile(image)));
      return image;
    default:
      return layout satisfies never;
  }
}

async function sized(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'w');
  await handle.truncate(bytes);
  await handle.close();
}

/** One disk with a partition table, from the EFI partition and, where there is one, what GRUB's folder lies on. */
async function joined(folder: string, esp: string, second: string | undefined, tools: LoaderTools): Promise<string> {
  const disk = join(folder, 'disk.img');
  await sized(disk, mib + partitionBytes + secondBytes + mib);
  const table = [
    `start=2048,size=${partitionBytes / 512},type=U`,
    `start=${(mib + partitionBytes) / 512},size=${secondBytes / 512},type=L`,
  ];
  await run([join(tools.machine, 'sbin/sfdisk'), '-q', disk], { env: tools.env, input: `label: gpt\n${table.join('\n')}\n` });
  const handle = await open(disk, 'r+');
  await handle.write(await readFile(esp), 0, undefined, mib);
  if (second !== undefined) await handle.write(await readFile(second), 0, undefined, mib + partitionBytes);
  await handle.close();
  return disk;
}

/** A machine's own variables, fresh. */
export async function freshVariables(folder: string, { machine }: LoaderTools): Promise<string> {
  const file = join(folder, 'variables.fd');
  await cp(join(machine, 'usr/share/OVMF/OVMF_VARS_4M.fd'), file);
  return file;
}
