/** `apt-get`: `update`, `-s dist-upgrade`, `dist-upgrade`, `--download-only dist-upgrade`, `--print-uris dist-upgrade`, `indextargets`, `autoclean`, `autoremove`, `remove` (facts 6.3; samples). */
import { archiveOf, fetchArchives, installAll, refresh, removePackage, takeLock } from '../apt.ts';
import type { Pending } from '../apt-state.ts';
import type { Process } from '../process.ts';

export function aptGet(process: Process): number | Promise<number> {
  const { argv } = process;
  if (argv.includes('update')) return update(process);
  if (argv.includes('changelog')) return changelog(process);
  if (argv.includes('autoclean')) return autoclean(process);
  if (argv.includes('autoremove') || argv.includes('remove')) return removing(process);
  if (argv.includes('indextargets')) return indexTargets(process);
  if (!argv.includes('dist-upgrade') && !argv.includes('full-upgrade') && !argv.includes('install'))
    return process.fail(100, `E: Invalid operation ${argv.at(-1) ?? ''}`);
  if (argv.includes('--print-uris')) return printUris(process);
  if (argv.includes('-s') || argv.includes('--simulate')) return simulate(process);
  return distUpgrade(process);
}

async function update(process: Process): Promise<number> {
  const { world, node } = process;
  world.log.tell({ type: 'apt.started', node: node.name, what: 'update', guests: [] });
  const alive = await process.wait(world.around('apt', world.latencies.aptUpdateMs));
  const exitCode = alive ? updated(process) : 143;
  world.log.tell({ type: 'apt.ended', node: node.name, what: 'update', exitCode });
  return exitCode;
}

function updated(process: Process): number {
  const { node } = process;
  const { apt } = node;
  if (apt.listsLockedBy !== undefined) return lockedAtOnce(process, '/var/lib/apt/lists/', apt.listsLockedBy);
  for (const [at, { uri, suite }] of node.repositories.entries()) {
    const broken = apt.brokenRepositories.get(uri);
    if (broken === undefined) process.out(`Hit:${at + 1} ${uri} ${suite} InRelease`);
    else process.out(`Err:${at + 1} ${uri} ${suite} InRelease`, `  ${broken}`);
  }
  refresh(apt);
  process.out('Reading package lists...');
  if (apt.brokenRepositories.size === 0) return 0;
  const strict = process.argv.includes('--error-on=any');
  for (const { uri, suite } of node.repositories) {
    const broken = apt.brokenRepositories.get(uri);
    if (broken !== undefined) process.err(`${strict ? 'E' : 'W'}: Failed to fetch ${uri}dists/${suite}/InRelease  ${broken}`);
  }
  process.err(`${strict ? 'E' : 'W'}: Some index files failed to download. They have been ignored, or old ones used instead.`);
  return strict ? 100 : 0;
}

/** Of these two locks apt says at once that somebody else has them, whatever `DPkg::Lock::Timeout` is (samples). */
function lockedAtOnce(process: Process, folder: string, { pid, program }: { readonly pid: number; readonly program: string }): number {
  return process.fail(
    100,
    `E: Could not get lock ${folder}lock. It is held by process ${pid} (${program})`,
    `E: Unable to lock directory ${folder}`,
  );
}

const interruptedText = "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. ";

/** What this call is about: everything that would be upgraded, or the packages that it names, with the new ones that they bring. */
function askedFor({ node, argv }: Process): readonly Pending[] {
  const all = node.apt.upgradable;
  const at = argv.indexOf('install');
  if (at === -1) return all;
  const words = argv.slice(at + 1);
  return all.filter(
    ({ name, to, from }) =>
      words.includes(`${name}=${to}`) || (from === undefined && words.some((word) => word.startsWith('proxmox-default-kernel='))),
  );
}

function simulate(process: Process): number {
  const { apt } = process.node;
  const set = askedFor(process);
  if (apt.audit !== '') return process.fail(100, interruptedText);
  summary(process);
  for (const name of apt.removals) process.out(`Remv ${name} [${apt.installed.get(name) ?? '0'}]`);
  for (const pending of set)
    process.out(`Inst ${pending.name} ${pending.from === undefined ? '' : `[${pending.from}] `}(${arrival(pending)})`);
  for (const pending of set) process.out(`Conf ${pending.name} (${arrival(pending)})`);
  return 0;
}

/** As where none is to be had (seen with apt 2.6). */
function changelog(process: Process): number {
  const wanted = process.argv.at(-1) ?? '';
  return process.fail(100, `E: Failed to fetch changelog:/${wanted}  Changelog unavailable for ${wanted}`);
}

/** Archives of what is not offered any more go; what is pending stays. */
function autoclean(process: Process): number {
  const { apt } = process.node;
  const holder = apt.archivesLockedBy ?? apt.lockedBy;
  if (holder !== undefined) return lockedAtOnce(process, '/var/cache/apt/archives/', holder);
  const offered = new Set(apt.pending.map(archiveOf));
  for (const archive of [...apt.fetched].filter((one) => !offered.has(one))) {
    apt.fetched.delete(archive);
    process.out(`Del ${archive.replace('=', ' ')} [1,500 kB]`);
  }
  return 0;
}

/** `-s autoremove`, `-s remove NAME …` and `remove NAME …`. */
function removing(process: Process): number | Promise<number> {
  const { node, argv } = process;
  const { apt } = node;
  const at = argv.indexOf('remove');
  const names = at === -1 ? apt.unused : argv.slice(at + 1).filter((name) => apt.installed.has(name));
  process.out('Reading package lists...', 'Building dependency tree...', 'Reading state information...');
  listed(process, 'The following packages will be REMOVED:', names);
  process.out(`0 upgraded, 0 newly installed, ${names.length} to remove and ${apt.pending.length} not upgraded.`);
  if (!argv.includes('-s')) return removed(process, names);
  for (const name of names) process.out(`Remv ${name} [${apt.installed.get(name) ?? '0'}]`);
  return 0;
}

async function removed(process: Process, names: readonly string[]): Promise<number> {
  const { world, node } = process;
  const timeoutS = Number(/DPkg::Lock::Timeout=(\d+)/.exec(process.argv.join(' '))?.[1] ?? '0');
  if (!(await takeLock(process, timeoutS * 1000))) return 100;
  try {
    for (const name of names) {
      if (!(await process.wait(world.around('apt', world.latencies.packageMs)))) return 143;
      process.out(`Removing ${name} (${node.apt.installed.get(name) ?? '0'}) ...`);
      removePackage(world, node, name);
    }
    return 0;
  } finally {
    node.apt.unlock();
  }
}

/** Needs no lock, so it says what it says while somebody else is at work or dpkg was interrupted. */
function printUris(process: Process): number {
  const { apt } = process.node;
  const missing = askedFor(process).filter((pending) => !apt.fetched.has(archiveOf(pending)));
  summary(process);
  const sum = missing.reduce((all, { bytes }) => all + bytes, 0);
  if (askedFor(process).length > 0) process.out(`Need to get ${roughly(sum)}B of archives.`);
  for (const { name, to, bytes } of missing) {
    const file = `${name}_${to.replaceAll(':', '%3a')}_amd64.deb`;
    process.out(`'http://download.proxmox.com/debian/pve/pool/${file}' ${file} ${bytes} SHA256:${'0'.repeat(64)}`);
  }
  return 0;
}

/** As apt writes sizes: three digits at most, and a unit. */
function roughly(bytes: number): string {
  const unit = bytes < 1000 ? 0 : bytes < 1e6 ? 1 : bytes < 1e9 ? 2 : 3;
  const number = bytes / 1000 ** unit;
  return `${unit === 0 || number >= 100 ? Math.round(number) : number.toFixed(1)} ${['', 'k', 'M', 'G'][unit] ?? ''}`;
}

function arrival({ to, origin }: Pending): string {
  return `${to} ${origin} [amd64]`;
}

function summary(process: Process): void {
  const { apt } = process.node;
  const set = askedFor(process);
  const fresh = set.filter(({ from }) => from === undefined);
  const kept = apt.pending.filter((pending) => !set.includes(pending));
  // What stays behind is listed only of an upgrade of everything; of packages that are named it is only counted.
  const everything = /^(dist-upgrade|full-upgrade|upgrade)$/.test(
    process.argv.find((word) => !word.startsWith('-') && word !== 'apt-get' && !word.includes('=')) ?? '',
  );
  process.out('Reading package lists...', 'Building dependency tree...', 'Reading state information...');
  if (everything) process.out('Calculating upgrade...');
  listed(process, 'The following packages will be REMOVED:', apt.removals);
  listed(
    process,
    'The following NEW packages will be installed:',
    fresh.map(({ name }) => name),
  );
  listed(process, 'The following packages have been kept back:', everything ? kept.map(({ name }) => name) : []);
  listed(
    process,
    'The following packages will be upgraded:',
    set.filter(({ from }) => from !== undefined).map(({ name }) => name),
  );
  process.out(
    `${set.length - fresh.length} upgraded, ${fresh.length} newly installed, ${apt.removals.length} to remove and ${kept.length} not upgraded.`,
  );
}

function listed(process: Process, title: string, names: readonly string[]): void {
  if (names.length === 0) return;
  process.out(title);
  let line = ' ';
  for (const name of names) {
    if (line.length + 1 + name.length > 79) {
      process.out(line);
      line = ' ';
    }
    line += ` ${name}`;
  }
  process.out(line);
}

async function distUpgrade(process: Process): Promise<number> {
  const { world, node, argv } = process;
  const fetchOnly = argv.includes('--download-only') || argv.includes('-d');
  const what = fetchOnly ? 'fetch' : 'upgrade';
  world.log.tell({ type: 'apt.started', node: node.name, what, guests: world.guests.upOn(node.name).map(({ vmid }) => vmid) });
  const exitCode = process.killed ? 143 : await upgraded(process, fetchOnly);
  world.log.tell({ type: 'apt.ended', node: node.name, what, exitCode });
  return exitCode;
}

async function upgraded(process: Process, fetchOnly: boolean): Promise<number> {
  const { apt } = process.node;
  const timeoutS = Number(/DPkg::Lock::Timeout=(\d+)/.exec(process.argv.join(' '))?.[1] ?? '0');
  if (!(await takeLock(process, timeoutS * 1000))) return 100;
  try {
    if (apt.audit !== '') return process.fail(100, interruptedText);
    summary(process);
    const set = askedFor(process);
    if (apt.archivesLockedBy !== undefined) return lockedAtOnce(process, '/var/cache/apt/archives/', apt.archivesLockedBy);
    if (apt.removals.includes('proxmox-ve') && !fetchOnly) return guarded(process);
    if (!(await fetchArchives(process, set))) return 143;
    if (fetchOnly) {
      process.out('Download complete and in download only mode');
      return 0;
    }
    const asking = set.find(({ name }) => apt.askingConffile.has(name));
    if (asking !== undefined && !process.argv.join(' ').includes('--force-conf')) return endOfFile(process, asking);
    return await installAll(process, set);
  } finally {
    apt.unlock();
  }
}

/** The hook that comes with proxmox-ve refuses before dpkg has touched anything (facts 6.4). */
function guarded(process: Process): number {
  process.err('W: (pve-apt-hook) !! WARNING !!', "W: (pve-apt-hook) You are attempting to remove the meta-package 'proxmox-ve'!");
  return process.fail(100, 'E: Sub-process /usr/share/proxmox-ve/pve-apt-hook returned an error code (1)');
}

/** A question about a conffile meets the end of stdin. */
function endOfFile(process: Process, { name }: Pending): number {
  process.node.apt.states.set(name, 'iU ');
  process.err(
    `dpkg: error processing package ${name} (--configure):`,
    ' end of file on stdin at conffile prompt',
    'E: Sub-process /usr/bin/dpkg returned an error code (1)',
  );
  return 100;
}

/** One line for each list of packages, in the format asked for. */
function indexTargets(process: Process): number {
  const { node, argv } = process;
  const format = argv[argv.indexOf('--format') + 1] ?? '$(REPO_URI)';
  for (const { uri, suite, component, trusted } of node.repositories) {
    const values: Readonly<Record<string, string>> = {
      REPO_URI: uri,
      SITE: uri,
      RELEASE: suite,
      CODENAME: suite,
      SUITE: suite.replace(node.codename, node.pve === 8 ? 'oldstable' : 'stable'),
      COMPONENT: component,
      TRUSTED: trusted === false ? 'no' : 'yes',
    };
    process.out(format.replace(/\$\((\w+)\)/g, (_whole, key: string) => values[key] ?? ''));
  }
  return 0;
}
