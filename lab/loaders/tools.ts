/**
 * What boots disks without a host: QEMU with its firmware, and what makes file systems in files. Like the other tools of the lab they are
 * taken out of their Debian packages; the loaders themselves are those of the release that is looked at.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../command.ts';
import { mirror } from '../rootfs.ts';
import type { Suite } from '../suite.ts';
import { cacheFolder, exists, keep } from '../tools.ts';

const machinePackages = ['qemu-system-x86', 'ovmf', 'grub-common', 'mtools', 'dosfstools', 'btrfs-progs', 'fdisk', 'libfdisk1'];
const loaderPackages = ['grub-efi-amd64-bin', 'systemd-boot-efi'];
const asRoot = ['-o', 'APT::Sandbox::User=root'];

export interface LoaderTools {
  /** A folder with the file systems of the packages that run here. */
  readonly machine: string;
  /** The same with the loaders of the release. */
  readonly loaders: string;
  /** For the programs of `machine`. */
  readonly env: Readonly<Record<string, string>>;
}

/** Needs the network the first time. */
export async function loaderTools(suite: Suite): Promise<LoaderTools> {
  const machine = await extracted('machine', await readFile('/etc/os-release', 'utf8'), (archives) => machineArchives(archives));
  const loaders = await extracted(suite, suite, (archives) => loaderArchives(archives, suite));
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((path) => join(machine, path)).join(':');
  return { machine, loaders, env: { LD_LIBRARY_PATH: libraries, MTOOLS_SKIP_CHECK: '1' } };
}

async function extracted(name: string, made: string, download: (archives: string) => Promise<void>): Promise<string> {
  const hash = createHash('sha256')
    .update([made, ...machinePackages, ...loaderPackages].join('\0'))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cacheFolder, `loaders-${name}-${hash}`);
  if (await exists(folder)) return folder;
  const fresh = `${folder}.${randomBytes(4).toString('hex')}`;
  const archives = join(fresh, 'archives');
  await mkdir(archives, { recursive: true });
  await download(archives);
  for (const archive of await readdir(archives))
    if (archive.endsWith('.deb')) await run(['dpkg-deb', '-x', join(archives, archive), fresh]);
  await rm(archives, { recursive: true });
  await keep(fresh, folder);
  return folder;
}

/** With what they need and the machine does not have. */
async function machineArchives(archives: string): Promise<void> {
  const simulated = await run(['apt-get', '-s', 'install', '--no-install-recommends', ...machinePackages]);
  const missing = [...simulated.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name ?? '');
  await run(['apt-get', ...asRoot, 'download', ...new Set([...missing, ...machinePackages])], { cwd: archives });
}

async function loaderArchives(archives: string, suite: Suite): Promise<void> {
  const lists = join(archives, 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  const sources = join(archives, 'sources.list');
  await writeFile(sources, `deb ${await mirror()} ${suite} main\n`);
  const own = [...asRoot, '-o', `Dir::Etc::SourceList=${sources}`, '-o', 'Dir::Etc::SourceParts=-', '-o', `Dir::State::Lists=${lists}`];
  await run(['apt-get', ...own, 'update']);
  await run(['apt-get', ...own, 'download', ...loaderPackages.map((name) => `${name}/${suite}`)], { cwd: archives });
}
