/**
 * The programs that build and boot hosts, taken out of their Debian packages into a cache folder. Installing
 * systemd-container would upgrade the machine's own systemd; extracting it touches nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from './command.ts';

/** Where file systems and tools are kept between runs, each in a folder named by a hash of what made it. */
export const cacheFolder = process.env['PROXROLL_LAB_CACHE'] ?? '/var/cache/proxroll-lab';

const packages = ['mmdebstrap', 'systemd-container', 'libsystemd-shared', 'apt-utils'];

/** What must be on the machine already, with the package that brings it. */
const needed: readonly (readonly [program: string, debianPackage: string])[] = [
  ['apt-get', 'apt'],
  ['dpkg-deb', 'dpkg'],
  ['ip', 'iproute2'],
  ['mount', 'mount'],
  ['nsenter', 'util-linux'],
  ['setpriv', 'util-linux'],
  ['ssh', 'openssh-client'],
  ['ssh-keygen', 'openssh-client'],
  ['unshare', 'util-linux'],
];

export interface Tools {
  /** PATH with the extracted programs first. */
  readonly path: string;
  /** LD_LIBRARY_PATH for systemd-nspawn, and for nothing else. */
  readonly nspawnLibraries: string;
}

/** Thrown when the machine cannot carry a lab; the message says what to install. */
export class LabImpossible extends Error {
  override readonly name = 'LabImpossible';
}

/** Extracts the tools, or finds them in the cache. Needs the network the first time. @throws LabImpossible */
export async function prepareTools(): Promise<Tools> {
  await checkMachine();
  const release = await readFile('/etc/os-release', 'utf8');
  const folder = join(cacheFolder, `tools-${hashOf([release, ...packages])}`);
  if (!(await exists(folder))) await extract(folder);
  return {
    path: [join(folder, 'usr/bin'), process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin'].join(delimiter),
    nspawnLibraries: ['usr/lib/x86_64-linux-gnu/systemd', 'lib/x86_64-linux-gnu/systemd'].map((path) => join(folder, path)).join(':'),
  };
}

async function checkMachine(): Promise<void> {
  if (process.getuid?.() !== 0) throw new LabImpossible('the lab boots hosts and needs root');
  const folders = (process.env['PATH'] ?? '').split(delimiter).concat('/usr/sbin', '/sbin');
  const missing: string[] = [];
  for (const [program, debianPackage] of needed) {
    const found = await Promise.all(folders.map((folder) => exists(join(folder, program))));
    if (!found.includes(true)) missing.push(`${program} (package ${debianPackage})`);
  }
  if (missing.length > 0) throw new LabImpossible(`not on this machine: ${missing.join(', ')}`);
}

async function extract(folder: string): Promise<void> {
  const fresh = `${folder}.${randomBytes(4).toString('hex')}`;
  const archives = join(fresh, 'archives');
  await mkdir(archives, { recursive: true });
  await download(archives, join(fresh, 'lists'));
  for (const name of await readdir(archives)) {
    if (name.endsWith('.deb')) await run(['dpkg-deb', '-x', join(archives, name), fresh]);
  }
  await keep(fresh, folder);
}

/** With the machine's own package lists; when these are empty or outdated, with lists of the lab's own, so that the machine's stay as they are. */
async function download(archives: string, lists: string): Promise<void> {
  const asRoot = ['-o', 'APT::Sandbox::User=root'];
  try {
    await run(['apt-get', ...asRoot, 'download', ...packages], { cwd: archives });
  } catch {
    const ownLists = [...asRoot, '-o', `Dir::State::Lists=${lists}`];
    await mkdir(join(lists, 'partial'), { recursive: true });
    await run(['apt-get', ...ownLists, 'update']);
    await run(['apt-get', ...ownLists, 'download', ...packages], { cwd: archives });
  }
}

/** Moves a finished folder into the cache. When another run was faster, its folder stays and ours goes. */
export async function keep(fresh: string, folder: string): Promise<void> {
  try {
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
}

export function hashOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12);
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
