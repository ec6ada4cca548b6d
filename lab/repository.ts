/**
 * A real package repository, made by dpkg-deb and apt-ftparchive and served over HTTP at the switch. Publishing the upgrade is
 * adding packages and writing the index anew.
 */
import { createReadStream } from 'node:fs';
import { chmod, mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join, normalize } from 'node:path';
import type { Server } from 'node:http';
import { run } from './command.ts';
import { switchAddress } from './network.ts';
import { packagesOf } from './release.ts';
import type { DebianPackage, ReleaseName } from './release.ts';
import type { Suite } from './suite.ts';
import type { Tools } from './tools.ts';

const component = 'pve-no-subscription';

export class Repository {
  #server: Server | undefined;

  constructor(
    readonly suite: Suite,
    private readonly folder: string,
    private readonly tools: Tools,
  ) {}

  /** The source entry of the hosts: the lab's packages, and an empty Debian, as a node has both. In the form each release writes. */
  get sources(): { readonly path: string; readonly text: string } {
    const entries = [
      [`http://${switchAddress}/debian`, 'main'],
      [`http://${switchAddress}/debian/pve`, component],
    ] as const;
    if (this.suite === 'bookworm') {
      const lines = entries.map(([uri, part]) => `deb [trusted=yes] ${uri} ${this.suite} ${part}\n`);
      return { path: '/etc/apt/sources.list', text: lines.join('') };
    }
    const stanzas = entries.map(([uri, part]) => `Types: deb\nURIs: ${uri}\nSuites: ${this.suite}\nComponents: ${part}\nTrusted: yes\n`);
    return { path: '/etc/apt/sources.list.d/proxmox.sources', text: stanzas.join('\n') };
  }

  /** Adds a release's packages and writes the index. @returns the archives made */
  publish(release: ReleaseName): Promise<readonly string[]> {
    return this.add(packagesOf(this.suite, release));
  }

  /** Adds packages and writes the index. @returns the archives made */
  async add(packages: readonly DebianPackage[]): Promise<readonly string[]> {
    const pool = join(this.folder, 'debian/pve/pool');
    await mkdir(pool, { recursive: true });
    const archives: string[] = [];
    for (const spec of packages) archives.push(await build(spec, pool, join(this.folder, 'build')));
    await this.#writeIndex(join(this.folder, 'debian/pve'), component, 'pool', 'Proxmox');
    await this.#writeIndex(join(this.folder, 'debian'), 'main', undefined, 'Debian');
    return archives;
  }

  async serve(): Promise<void> {
    this.#server = createServer((request, response) => {
      const path = join(this.folder, normalize(decodeURIComponent(request.url ?? '/')));
      stat(path).then(
        ({ size }) => {
          // No modification time on purpose: an index published within the second of the last one would be taken for the same.
          response.writeHead(200, { 'content-length': size });
          if (request.method === 'HEAD') response.end();
          else createReadStream(path).pipe(response);
        },
        () => response.writeHead(404).end(),
      );
    });
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(80, switchAddress, resolve);
    });
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  async #writeIndex(root: string, part: string, pool: string | undefined, origin: string): Promise<void> {
    const binary = join(root, 'dists', this.suite, part, 'binary-amd64');
    await mkdir(binary, { recursive: true });
    const env = { PATH: this.tools.path };
    const packages = pool === undefined ? '' : await run(['apt-ftparchive', 'packages', pool], { cwd: root, env });
    await writeFile(join(binary, 'Packages'), packages);
    const about = { Origin: origin, Label: origin, Suite: 'stable', Codename: this.suite, Components: part, Architectures: 'amd64' };
    const options = Object.entries(about).flatMap(([key, value]) => ['-o', `APT::FTPArchive::Release::${key}=${value}`]);
    const dist = join(root, 'dists', this.suite);
    await rm(join(dist, 'Release'), { force: true });
    await writeFile(join(dist, 'Release'), await run(['apt-ftparchive', ...options, 'release', dist], { env }));
  }
}

/** @returns the path of the archive */
async function build(spec: DebianPackage, pool: string, scratch: string): Promise<string> {
  await rm(scratch, { recursive: true, force: true });
  const control = join(scratch, 'DEBIAN');
  await mkdir(control, { recursive: true });
  for (const file of spec.files ?? []) {
    const path = join(scratch, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.text);
    if (file.executable === true) await chmod(path, 0o755);
  }
  for (const [path, target] of spec.links ?? []) {
    await mkdir(dirname(join(scratch, path)), { recursive: true });
    await symlink(target, join(scratch, path));
  }
  await writeFile(join(control, 'control'), controlText(spec));
  if (spec.conffiles !== undefined) await writeFile(join(control, 'conffiles'), spec.conffiles.map((path) => `${path}\n`).join(''));
  await script(join(control, 'preinst'), note(spec, 'begins'));
  await script(join(control, 'postinst'), postinst(spec));
  const archive = join(pool, `${spec.name}_${spec.version}_amd64.deb`);
  await run(['dpkg-deb', '--root-owner-group', '-Zgzip', '--build', scratch, archive]);
  return archive;
}

function controlText(spec: DebianPackage): string {
  const depends = spec.depends === undefined ? '' : `Depends: ${spec.depends.join(', ')}\n`;
  const conflicts = spec.conflicts === undefined ? '' : `Conflicts: ${spec.conflicts.join(', ')}\n`;
  const more = (spec.control ?? []).map((line) => `${line}\n`).join('');
  return `Package: ${spec.name}
Version: ${spec.version}
Architecture: amd64
Maintainer: Lab <lab@localhost>
Section: admin
Priority: optional
${depends}${conflicts}${more}Description: stand-in for ${spec.name} in the lab
`;
}

function postinst(spec: DebianPackage): string {
  const configure =
    spec.configure === undefined ? '' : `if [ "$1" = configure ] && [ -d /run/systemd/system ]; then\n${spec.configure}\nfi\n`;
  return `${spec.always ?? ''}\n${configure}${fails(spec)}${note(spec, 'done')}`;
}

/** Packages whose names stand in this file on a host cannot be configured there. */
export const failingFile = '/etc/proxroll-lab-failing';

function fails({ name }: DebianPackage): string {
  const said = `${name}: the lab makes this script fail`;
  return `if [ "$1" = configure ] && grep -sqx '${name}' ${failingFile}; then echo '${said}' >&2; exit 1; fi\n`;
}

/** The lab's own record of when a package changed, in milliseconds: the order of nodes is proved by it. */
function note(spec: DebianPackage, what: 'begins' | 'done'): string {
  const log = '/var/log/proxroll-lab/packages.log';
  return `if [ -d /var/log/proxroll-lab ]; then echo "$(date +%s%3N) ${spec.name} ${spec.version} ${what}" >>${log}; fi\n`;
}

async function script(path: string, text: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\nset -e\n${text}`);
  await chmod(path, 0o755);
}
