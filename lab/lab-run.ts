/**
 * What one run of the lab leaves on the machine while it lives: a folder and a cgroup, both named by the run. Mounts, network
 * namespaces, veths and processes live in namespaces of the run's own (`inside.ts`) and end with its first process.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exists, LabImpossible } from './tools.ts';

const parent = process.env['PROXROLL_LAB_TMP'] ?? '/tmp';
const prefix = 'proxroll-lab-';

export interface LabRun {
  readonly name: string;
  readonly folder: string;
  /** As the machine sees it; inside, the same tree is mounted on /sys/fs/cgroup. */
  readonly cgroup: string;
}

/** Which process a run belongs to. The start time tells it from a later process with the same id. */
interface Owner {
  readonly pid: number;
  readonly startTime: string;
}

export async function createRun(): Promise<LabRun> {
  const run = named(`${prefix}${randomBytes(3).toString('hex')}`, await cgroupMount());
  // Complete before it has its name: a run without an owner is an abandoned one.
  const unnamed = join(parent, `.${run.name}`);
  await mkdir(unnamed, { mode: 0o755 });
  await writeFile(join(unnamed, 'owner.json'), JSON.stringify({ pid: process.pid, startTime: await startTime(process.pid) }));
  await rename(unnamed, run.folder);
  await mkdir(run.cgroup);
  return run;
}

/**
 * Ends what is left of a run and removes its folder and cgroup. Works on a living, dead or half-removed run.
 * @throws Error naming what could not be removed
 */
export async function removeRun(run: LabRun): Promise<void> {
  if (await exists(run.cgroup)) {
    await writeFile(join(run.cgroup, 'cgroup.kill'), '1');
    await emptied(run.cgroup, 20_000);
    await removeCgroups(run.cgroup);
  }
  const mounted = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(run.folder));
  if (mounted.length > 0) throw new Error(`not removed, still mounted on this machine: ${mounted.join('; ')}`);
  await rm(run.folder, { recursive: true, force: true });
}

/** Runs whose owner is alive. */
export async function livingRuns(): Promise<readonly (LabRun & { readonly pid: number })[]> {
  const living = [];
  for (const run of await allRuns()) {
    const owner = await ownerOf(run);
    if (owner !== undefined && (await isAlive(owner))) living.push({ ...run, pid: owner.pid });
  }
  return living;
}

/** Runs whose owner is gone: what a killed lab left. */
export async function abandonedRuns(): Promise<readonly LabRun[]> {
  const living = new Set((await livingRuns()).map((run) => run.name));
  return (await allRuns()).filter((run) => !living.has(run.name));
}

async function allRuns(): Promise<readonly LabRun[]> {
  const mount = await cgroupMount();
  const names = new Set([...(await readdir(parent)), ...(await readdir(mount))].filter((name) => name.startsWith(prefix)));
  return [...names].sort().map((name) => named(name, mount));
}

function named(name: string, mount: string): LabRun {
  return { name, folder: join(parent, name), cgroup: join(mount, name) };
}

async function ownerOf(run: LabRun): Promise<Owner | undefined> {
  const path = join(run.folder, 'owner.json');
  if (!(await exists(path))) return undefined;
  const text = await readFile(path, 'utf8');
  const seen: unknown = text === '' ? undefined : JSON.parse(text);
  if (typeof seen !== 'object' || seen === null || !('pid' in seen) || !('startTime' in seen)) return undefined;
  return typeof seen.pid === 'number' && typeof seen.startTime === 'string' ? { pid: seen.pid, startTime: seen.startTime } : undefined;
}

async function isAlive(owner: Owner): Promise<boolean> {
  return (await startTime(owner.pid)) === owner.startTime;
}

/** Field 22 of /proc/PID/stat; empty when there is no such process. */
async function startTime(pid: number): Promise<string> {
  const path = `/proc/${pid}/stat`;
  if (!(await exists(path))) return '';
  const stat = await readFile(path, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Where cgroup version 2 is mounted: `/sys/fs/cgroup`, or `/sys/fs/cgroup/unified` on a hybrid machine. */
async function cgroupMount(): Promise<string> {
  for (const line of (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')) {
    const [before, after] = line.split(' - ');
    if (after?.startsWith('cgroup2 ') === true) {
      const path = before?.split(' ')[4];
      if (path !== undefined) return path;
    }
  }
  throw new LabImpossible('cgroup version 2 is not mounted on this machine');
}

async function emptied(cgroup: string, deadlineMs: number): Promise<void> {
  const until = Date.now() + deadlineMs;
  while ((await readFile(join(cgroup, 'cgroup.events'), 'utf8')).includes('populated 1')) {
    if (Date.now() > until) throw new Error(`processes in ${cgroup} do not end`);
    await delay(50);
  }
}

async function removeCgroups(cgroup: string): Promise<void> {
  for (const entry of await readdir(cgroup, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeCgroups(join(cgroup, entry.name));
  }
  await rmdir(cgroup);
}
