/** Doing what apt does, in the time it takes: refreshing lists, fetching archives, unpacking and configuring packages. */
import { pendingOf } from './apt-state.ts';
import type { AptState, Pending } from './apt-state.ts';
import type { SimNode } from './node.ts';
import type { Process } from './process.ts';
import type { PackageSpec } from './spec.ts';
import type { World } from './world.ts';

/** Waits for dpkg's lock as `DPkg::Lock::Timeout` says. @returns false when it did not come free in time */
export async function takeLock(process: Process, timeoutMs: number): Promise<boolean> {
  const { apt } = process.node;
  const until = process.world.timers.now() + timeoutMs;
  while (apt.lockedBy !== undefined) {
    if (process.killed) return false;
    const left = until - process.world.timers.now();
    if (left <= 0) {
      process.err('E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?');
      return false;
    }
    const { pid, program } = apt.lockedBy;
    process.out(`Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process ${pid} (${program})...`);
    if (!(await freed(process, left))) return false;
  }
  apt.lockedBy = { pid: process.node.nextPid(), program: 'apt-get' };
  return true;
}

/** Someone else's lock came free, or the time is up; false when the program was killed. */
function freed(process: Process, ms: number): Promise<boolean> {
  const { apt } = process.node;
  return new Promise((resolve) => {
    const end = (alive: boolean): void => {
      apt.lockWaiters.delete(free);
      cancel();
      resolve(alive);
    };
    const free = (): void => end(true);
    const cancel = process.world.timers.after(ms, free);
    apt.lockWaiters.add(free);
    process.onKill = () => end(false);
  });
}

/** New lists: what was published since becomes visible. */
export function refresh(apt: AptState): void {
  for (const pending of apt.unseen) {
    apt.pending = apt.pending.filter(({ name }) => name !== pending.name);
    apt.pending.push(pending);
  }
  apt.unseen = [];
}

/** Puts packages into the repository; hosts see them after their next update. */
export function publish(node: SimNode, packages: readonly PackageSpec[]): void {
  node.apt.unseen.push(...packages.map((one) => pendingOf(one, node.apt.installed)));
}

export function archiveOf(pending: Pending): string {
  return `${pending.name}=${pending.to}`;
}

/** Downloads what is not in the cache yet. @returns false when the program was killed */
export async function fetchArchives(process: Process, set: readonly Pending[]): Promise<boolean> {
  const { world, node } = process;
  const missing = set.filter((pending) => !node.apt.fetched.has(archiveOf(pending)));
  const bytes = missing.reduce((sum, pending) => sum + pending.bytes, 0);
  if (bytes === 0) return true;
  for (const [at, { name, to }] of missing.entries())
    process.out(`Get:${at + 1} http://download.proxmox.com/debian/pve ${node.codename} ${name} amd64 ${to}`);
  if (!(await process.wait(world.around('apt', (bytes / world.latencies.downloadBytesPerS) * 1000)))) return false;
  for (const pending of missing) node.apt.fetched.add(archiveOf(pending));
  process.out(`Fetched ${Math.round(bytes / 1000)} kB in ${Math.max(1, Math.round(bytes / world.latencies.downloadBytesPerS))}s`);
  return true;
}

/** Unpacks and sets up one package after the other; what is done when it dies stays done. @returns the exit code */
export async function installAll(process: Process, set: readonly Pending[]): Promise<number> {
  const { world, node } = process;
  const { apt } = node;
  for (const name of apt.removals) {
    apt.installed.delete(name);
    process.out(`Removing ${name} ...`);
    world.log.tell({ type: 'package.changed', node: node.name, name, to: undefined });
  }
  apt.removals = [];
  let exitCode = 0;
  for (const pending of set) {
    apt.states.set(pending.name, 'iF ');
    process.out(
      `Preparing to unpack .../${pending.name}_${pending.to}_amd64.deb ...`,
      `Unpacking ${pending.name} (${pending.to})${pending.from === undefined ? '' : ` over (${pending.from})`} ...`,
    );
    const nominalMs = pending.kernel === undefined ? world.latencies.packageMs : world.latencies.kernelPackageMs;
    if (!(await process.wait(world.around('apt', nominalMs)))) return 143;
    process.out(`Setting up ${pending.name} (${pending.to}) ...`);
    install(world, node, pending);
    if (process.killed) return 143;
    if (apt.failing.has(pending.name)) {
      process.err(
        `${pending.name}: its configuration cannot be read`,
        `dpkg: error processing package ${pending.name} (--configure):`,
        ` installed ${pending.name} package post-installation script subprocess returned error exit status 1`,
      );
      apt.audit = halfConfigured(pending.name);
      exitCode = 100;
    } else apt.states.delete(pending.name);
    if (apt.askingConffile.has(pending.name)) apt.keptConffiles.set(`/etc/default/${pending.name}.dpkg-dist`, world.timers.now());
  }
  if (exitCode !== 0)
    process.err(
      'Errors were encountered while processing:',
      ...[...apt.failing].map((name) => ` ${name}`),
      'E: Sub-process /usr/bin/dpkg returned an error code (1)',
    );
  return exitCode;
}

/** Somebody else is done with a package, which is none of the run's changes. */
export function installElsewhere(apt: AptState, name: string): void {
  apt.states.delete(name);
  const pending = apt.pending.find((one) => one.name === name);
  if (pending !== undefined) apt.installed.set(name, pending.to);
  apt.pending = apt.pending.filter((one) => one !== pending);
}

function install(world: World, node: SimNode, pending: Pending): void {
  const { apt } = node;
  apt.installed.set(pending.name, pending.to);
  apt.installedAtMs.set(pending.name, world.timers.now() + node.clockOffsetMs);
  if (pending.name === 'pve-qemu-kvm') node.qemuSinceMs = world.timers.now();
  apt.pending = apt.pending.filter(({ name }) => name !== pending.name);
  if (pending.kernel !== undefined && !node.kernels.includes(pending.kernel)) node.kernels.push(pending.kernel);
  world.log.tell({ type: 'package.changed', node: node.name, name: pending.name, to: pending.to });
  if (pending.name === 'corosync') world.restartCorosync(node);
}

/** A package and, where it brought one, its kernel are gone. */
export function removePackage(world: World, node: SimNode, name: string): void {
  const { apt } = node;
  apt.installed.delete(name);
  apt.unused = apt.unused.filter((one) => one !== name);
  const kernel = /^(?:proxmox|pve)-kernel-(\d.*-pve)(?:-signed)?$/.exec(name)?.[1];
  if (kernel !== undefined) node.kernels.splice(0, node.kernels.length, ...node.kernels.filter((one) => one !== kernel));
  world.log.tell({ type: 'package.changed', node: node.name, name, to: undefined });
}

/** dpkg died with the power: what it was at is half configured. */
export function interrupted(apt: AptState): void {
  apt.lockedBy = undefined;
  apt.lockWaiters.clear();
  const half = [...apt.states.keys()];
  if (half.length > 0) apt.audit = half.map(halfConfigured).join('');
}

export function halfConfigured(name: string): string {
  return (
    'The following packages are only half configured, probably due to problems\nconfiguring them the first time.  The configuration should be retried using\n' +
    `dpkg --configure <package> or the configure menu option in dselect:\n ${name.padEnd(20)} simulated package\n\n`
  );
}
