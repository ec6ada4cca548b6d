/**
 * Base root file systems, one per suite: plain Debian with what a Proxmox VE node has of it. A folder in the cache that
 * nobody writes to afterwards; hosts stand on it through overlays.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { run } from './command.ts';
import { cacheFolder, exists, hashOf, keep, LabImpossible } from './tools.ts';
import type { Suite } from './suite.ts';
import type { Tools } from './tools.ts';

const included = [
  'systemd-sysv',
  'dbus',
  'libpam-systemd',
  'openssh-server',
  'sudo',
  'nodejs',
  'ca-certificates',
  'iproute2',
  'iputils-ping',
  'procps',
  'apt-utils',
  'curl',
  'nftables',
  'corosync',
  'jq',
  'uuid-runtime',
];

const left = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*'];

/** The folder with the base system, built with apt's own mirror when it is not in the cache (25-60 s). */
export async function baseFileSystem(suite: Suite, tools: Tools): Promise<string> {
  const folder = join(cacheFolder, `base-${suite}-${hashOf([suite, ...included, ...left])}`);
  if (await exists(folder)) return folder;
  const fresh = `${folder}.${randomBytes(4).toString('hex')}`;
  await run(
    [
      'mmdebstrap',
      '--mode=root',
      '--variant=minbase',
      `--include=${included.join(',')}`,
      '--aptopt=Acquire::Check-Valid-Until "false"',
      ...left.map((path) => `--dpkgopt=path-exclude=${path}`),
      suite,
      fresh,
      await mirror(),
    ],
    { env: { PATH: tools.path } },
  );
  await keep(fresh, folder);
  return folder;
}

/** Where this machine's apt gets Debian itself from: the one source of packages the lab uses. */
export async function mirror(): Promise<string> {
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1];
  const targets = await run(['apt-get', 'indextargets', '--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages']);
  for (const line of targets.split('\n')) {
    const [uri, release, component] = line.split(' ');
    if (uri !== undefined && release === codename && component === 'main') return uri;
  }
  throw new LabImpossible(`apt on this machine has no source for ${codename ?? 'its own release'} main`);
}
