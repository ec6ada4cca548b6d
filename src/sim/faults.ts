/**
 * What can go wrong, each in a few lines (house style 3.4). A fault is told to the log of the world, so that a golden log
 * shows it; one with a twin in the lab says which.
 */
import { halfConfigured, installElsewhere, publish, refresh } from './apt.ts';
import type { Agent } from './agent.ts';
import type { CallFaults } from './call-faults.ts';
import { GiB } from './spec.ts';
import type { GuestSpec, PackageSpec } from './spec.ts';
import type { World } from './world.ts';

/** A fault in words, and what it does. */
export interface Fault {
  readonly title: string;
  readonly strike: (scene: Scene) => void;
}

export interface Scene {
  readonly world: World;
  readonly agent: Agent<unknown>;
  readonly calls: CallFaults;
  /** Lets a person act on proxroll. */
  readonly person: (act: PersonAct) => void;
}

/** What a person does to proxroll, in the words of its commands; `terminates` is `systemctl stop proxroll`. */
export type PersonAct =
  | { readonly kind: 'pauses' | 'stops' | 'resumes' | 'abandons' | 'terminates' }
  /** proxroll reads it when it starts the next time. */
  | { readonly kind: 'edits-config'; readonly config: Readonly<Record<string, unknown>> }
  /** A second proxroll, installed on another node. */
  | { readonly kind: 'starts-another'; readonly node: string };

export function strike(scene: Scene, fault: Fault): void {
  scene.world.log.tell({ type: 'fault', text: fault.title });
  fault.strike(scene);
}

export const agentFaults = {
  /** Lab: `systemctl kill -s KILL`. */
  kill: (restartAfterMs?: number): Fault => ({
    title: 'agent killed',
    strike: ({ agent }) => {
      agent.kill();
      if (restartAfterMs !== undefined) agent.startAfter(restartAfterMs);
    },
  }),
  /** SIGKILL in the middle of the next line it writes. */
  killInWrite: (restartAfterMs?: number): Fault => ({
    title: 'agent killed in the middle of its next line',
    strike: ({ agent }) => {
      const { disk } = agent;
      disk.onWrite = () => {
        disk.onWrite = undefined;
        disk.timers.after(1, () => {
          agent.kill();
          if (restartAfterMs !== undefined) agent.startAfter(restartAfterMs);
        });
      };
    },
  }),
  /** Lab: a size-limited tmpfs. */
  diskFull: (): Fault => ({ title: 'disk full', strike: ({ agent }) => (agent.disk.freeBytes = 0) }),
  diskRoomy: (): Fault => ({ title: 'disk has room again', strike: ({ agent }) => (agent.disk.freeBytes = Number.POSITIVE_INFINITY) }),
  clockJumps: (ms: number): Fault => ({ title: `clock jumps by ${ms / 1000} s`, strike: ({ agent }) => (agent.clockJumpMs += ms) }),
} as const;

export const nodeFaults = {
  /** Lab: `cgroup.kill`. */
  goesDown: (node: string): Fault => ({
    title: `${node} loses power and stays off`,
    strike: ({ world }) => world.boot.cutPower(world.node(node), 'power', false),
  }),
  powerCycles: (node: string): Fault => ({
    title: `${node} loses power for a moment`,
    strike: ({ world }) => world.boot.cutPower(world.node(node), 'power', true),
  }),
  isSwitchedOn: (node: string): Fault => ({ title: `${node} is switched on`, strike: ({ world }) => world.nodeCameUp(node) }),
  /** Lab: `cgroup.freeze`. */
  hangs: (node: string): Fault => ({ title: `${node} hangs`, strike: ({ world }) => world.hang(node, true) }),
  thaws: (node: string): Fault => ({ title: `${node} goes on`, strike: ({ world }) => world.hang(node, false) }),
  /** Lab: the switch side of its veth down. */
  losesLink: (node: string): Fault => ({ title: `${node} is cut off`, strike: ({ world }) => world.cut(node, true) }),
  getsLink: (node: string): Fault => ({ title: `${node} is connected again`, strike: ({ world }) => world.cut(node, false) }),
  flaps: (node: string, everyMs: number, times: number): Fault => ({
    title: `the link of ${node} flaps`,
    strike: ({ world }) => {
      for (let at = 0; at < 2 * times; at++) world.timers.after(at * everyMs, () => world.cut(node, at % 2 === 0));
    },
  }),
  returnsAfter: (node: string, ms: number): Fault => ({
    title: `${node} will take ${ms / 60_000} minutes to boot`,
    strike: ({ world }) => nextBoot(world, node, { afterMs: ms }),
  }),
  neverReturns: (node: string): Fault => ({
    title: `${node} will not return`,
    strike: ({ world }) => nextBoot(world, node, { afterMs: Number.POSITIVE_INFINITY }),
  }),
  bootsOldKernel: (node: string): Fault => ({
    title: `${node} will boot its old kernel`,
    strike: ({ world }) => nextBoot(world, node, { oldKernel: true }),
  }),
  returnsWithoutCluster: (node: string): Fault => ({
    title: `${node} will return without the cluster`,
    strike: ({ world }) => nextBoot(world, node, { withoutCluster: true }),
  }),
  returnsWithoutStorage: (node: string, storage: string): Fault => ({
    title: `${node} will return without storage ${storage}`,
    strike: ({ world }) => nextBoot(world, node, { withoutStorages: [storage] }),
  }),
  returnsWithFailedUnit: (node: string, unit: string): Fault => ({
    title: `${node} will return with ${unit} failed`,
    strike: ({ world }) => nextBoot(world, node, { failedUnits: [unit] }),
  }),
  returnsWithoutLink: (node: string, link: string): Fault => ({
    title: `${node} will return without ${link}`,
    strike: ({ world }) => nextBoot(world, node, { withoutLinks: [link] }),
  }),
  returnsWithKernelError: (node: string, text: string): Fault => ({
    title: `the kernel of ${node} will complain: ${text}`,
    strike: ({ world }) => nextBoot(world, node, { kernelError: text }),
  }),
  returnsWithoutOsds: (node: string): Fault => ({
    title: `the OSDs of ${node} will not start`,
    strike: ({ world }) => nextBoot(world, node, { withoutOsds: true }),
  }),
  returnsWithSilentLrm: (node: string): Fault => ({
    title: `the LRM of ${node} will say nothing`,
    strike: ({ world }) => nextBoot(world, node, { silentLrm: true }),
  }),
  returnsWithDegradedPool: (node: string): Fault => ({
    title: `${node} will return with a degraded pool`,
    strike: ({ world }) => nextBoot(world, node, { degradedPool: true }),
  }),
  returnsWithWrongClock: (node: string): Fault => ({
    title: `the clock of ${node} will not be synchronised`,
    strike: ({ world }) => nextBoot(world, node, { unsynchronisedClock: true }),
  }),
  returnsWithoutGuests: (node: string): Fault => ({
    title: `${node} will not start its guests`,
    strike: ({ world }) => nextBoot(world, node, { withoutGuests: true }),
  }),
  returnsWithoutCorosyncLink: (node: string, link: number): Fault => ({
    title: `${node} will return without its corosync link ${link}`,
    strike: ({ world }) => nextBoot(world, node, { withoutCorosyncLink: link }),
  }),
  losesStorage: (node: string, storage: string): Fault => ({
    title: `${node} loses storage ${storage}`,
    strike: ({ world }) => void world.node(node).missingStorages.add(storage),
  }),
  findsStorage: (node: string, storage: string): Fault => ({
    title: `${node} has storage ${storage} again`,
    strike: ({ world }) => void world.node(node).missingStorages.delete(storage),
  }),
  joinsAgain: (node: string): Fault => ({
    title: `corosync is started on ${node} by hand`,
    strike: ({ world }) => {
      world.node(node).sickUnits.delete('corosync');
      world.corosync.join(world.node(node), 3_000);
    },
  }),
  /** Lab: a file of that size on a size-limited tmpfs. */
  runsFull: (node: string, path: string): Fault => ({
    title: `${path} runs full on ${node}`,
    strike: ({ world }) => fill(world, node, path, 0),
  }),
  isCleared: (node: string, path: string): Fault => ({
    title: `${path} is cleared on ${node}`,
    strike: ({ world }) => fill(world, node, path, 0.7),
  }),
  refusesLogin: (node: string): Fault => ({ title: `${node} refuses ssh`, strike: ({ world }) => (world.node(node).login = 'refused') }),
  acceptsLogin: (node: string): Fault => ({ title: `${node} takes ssh again`, strike: ({ world }) => (world.node(node).login = 'works') }),
  qdevice: (connected: boolean): Fault => ({
    title: connected ? 'the quorum device is back' : 'the quorum device is gone',
    strike: ({ world }) => world.corosync.setQdevice(connected),
  }),
} as const;

function nextBoot(world: World, node: string, boot: World['nodes'][number]['nextBoot']): void {
  world.node(node).nextBoot = { ...world.node(node).nextBoot, ...boot };
}

function fill(world: World, node: string, path: string, free: number): void {
  const { fileSystems } = world.node(node);
  const totalBytes = fileSystems[path]?.totalBytes ?? 100 * GiB;
  fileSystems[path] = { totalBytes, freeBytes: totalBytes * free };
}

export const aptFaults = {
  /** @param name what whoever has the lock is at, and has installed when it is over; missing for one who only has it */
  locked: (node: string, forMs?: number, name?: string): Fault => ({
    title: `apt is locked on ${node}${name === undefined ? '' : `, by somebody who is at ${name}`}`,
    strike: ({ world }) => {
      const { apt } = world.node(node);
      apt.lockedBy = { pid: world.node(node).nextPid(), program: 'unattended-upgr' };
      if (name !== undefined) apt.states.set(name, 'iF ');
      const over = () => {
        if (name !== undefined) installElsewhere(apt, name);
        apt.unlock();
      };
      if (forMs !== undefined) world.timers.after(forMs, over);
    },
  }),
  halfConfigured: (node: string, name: string): Fault => ({
    title: `${name} is half configured on ${node}`,
    strike: ({ world }) => (world.node(node).apt.audit = halfConfigured(name)),
  }),
  held: (node: string, name: string): Fault => ({
    title: `${name} is held on ${node}`,
    strike: ({ world }) => void world.node(node).apt.held.push(name),
  }),
  asksAboutConffile: (node: string, name: string): Fault => ({
    title: `${name} will ask about a conffile on ${node}`,
    strike: ({ world }) => void world.node(node).apt.askingConffile.add(name),
  }),
  failingPostinst: (node: string, name: string): Fault => ({
    title: `the postinst of ${name} will fail on ${node}`,
    strike: ({ world }) => void world.node(node).apt.failing.add(name),
  }),
  brokenRepository: (node: string, uri: string, says = 'Could not resolve host'): Fault => ({
    title: `${uri} cannot be fetched on ${node}`,
    strike: ({ world }) => void world.node(node).apt.brokenRepositories.set(uri, says),
  }),
  mendedRepository: (node: string, uri: string): Fault => ({
    title: `${uri} can be fetched on ${node} again`,
    strike: ({ world }) => void world.node(node).apt.brokenRepositories.delete(uri),
  }),
  wantsToRemove: (node: string, name: string): Fault => ({
    title: `a dist-upgrade on ${node} would now remove ${name}`,
    strike: ({ world }) => void world.node(node).apt.removals.push(name),
  }),
  refreshed: (node: string): Fault => ({
    title: `a person on ${node}: apt-get update`,
    strike: ({ world }) => refresh(world.node(node).apt),
  }),
  /** A person ran `dpkg --configure -a` and it worked. */
  mended: (node: string): Fault => ({
    title: `dpkg is mended on ${node} by hand`,
    strike: ({ world }) => {
      const { apt } = world.node(node);
      apt.failing.clear();
      apt.states.clear();
      apt.audit = '';
    },
  }),
  published: (nodes: readonly string[], packages: readonly PackageSpec[]): Fault => ({
    title: `${packages.map(({ name, to }) => `${name} ${to}`).join(', ')} appears in the repository of ${nodes.join(', ')}`,
    strike: ({ world }) => {
      for (const node of nodes) publish(world.node(node), packages);
    },
  }),
} as const;

export const guestFaults = {
  refusesMigration: (vmid: number, why = 'guest agent refuses'): Fault => ({
    title: `guest ${vmid} refuses to migrate`,
    strike: ({ world }) => (world.guest(vmid).refusal = why),
  }),
  agreesToMigrate: (vmid: number): Fault => ({
    title: `guest ${vmid} would migrate now`,
    strike: ({ world }) => (world.guest(vmid).refusal = undefined),
  }),
  /** The HA manager gives up on it, as after a failed start. */
  failsInHa: (vmid: number): Fault => ({
    title: `the HA service of guest ${vmid} is in error`,
    strike: ({ world }) => setHaState(world, vmid, 'error'),
  }),
  recoversInHa: (vmid: number): Fault => ({
    title: `the error of guest ${vmid} is cleared in HA`,
    strike: ({ world }) => setHaState(world, vmid, 'started'),
  }),
  ignoresShutdown: (vmid: number): Fault => ({
    title: `guest ${vmid} ignores its shutdown`,
    strike: ({ world }) => (world.guest(vmid).shutdownMs = 'never'),
  }),
  appears: (vmid: number, spec: GuestSpec): Fault => ({
    title: `guest ${vmid} appears on ${spec.on}`,
    strike: ({ world }) => void world.addGuest(vmid, spec),
  }),
  isDeleted: (vmid: number): Fault => ({
    title: `guest ${vmid} is deleted`,
    strike: ({ world }) => world.guests.delete(world.guest(vmid)),
  }),
  isLocked: (vmid: number, lock: string): Fault => ({
    title: `guest ${vmid} is locked (${lock})`,
    strike: ({ world }) => (world.guest(vmid).lock = lock),
  }),
  isUnlocked: (vmid: number): Fault => ({
    title: `guest ${vmid} is unlocked`,
    strike: ({ world }) => {
      world.guest(vmid).lock = undefined;
      world.ha.kick();
    },
  }),
  /** Somebody moves it by hand while we work. */
  isMoved: (vmid: number, to: string): Fault => ({
    title: `guest ${vmid} is moved to ${to} by hand`,
    strike: ({ world }) => {
      const guest = world.guest(vmid);
      void world.execute(world.node(guest.node), [
        guest.kind === 'qemu' ? 'qm' : 'pct',
        'migrate',
        `${vmid}`,
        to,
        guest.kind === 'qemu' ? '--online' : '--restart',
        '1',
      ]);
    },
  }),
} as const;

function setHaState(world: World, vmid: number, state: 'error' | 'started'): void {
  const service = world.ha.services.find(world.guest(vmid).sid);
  if (service === undefined) throw new Error(`guest ${vmid} is not in the HA manager's hands`);
  service.state = state;
  world.ha.kick();
}

export const personFaults = {
  startsBackup: (vmid: number, takesMs: number): Fault => ({
    title: `a backup of guest ${vmid} starts`,
    strike: ({ world }) => {
      const guest = world.guest(vmid);
      const task = world.tasks.start(world.node(guest.node), 'vzdump', `${vmid}`);
      guest.lock = 'backup';
      world.timers.after(takesMs, () => {
        world.tasks.end(task, 'OK');
        if (guest.lock === 'backup') guest.lock = undefined;
        // The HA manager may have waited for that.
        world.ha.kick();
      });
    },
  }),
  stopsNode: (node: string): Fault => ({
    title: `${node} is shut down by hand`,
    strike: ({ world }) => world.boot.reboot(world.node(node), true),
  }),
  stopsGuest: (vmid: number): Fault => ({
    title: `guest ${vmid} is shut down by hand`,
    strike: ({ world }) => {
      const guest = world.guest(vmid);
      void world.guests.shutdown(guest, world.node(guest.node), 180_000, 'it was stopped by hand');
    },
  }),
  startsGuest: (vmid: number): Fault => ({
    title: `guest ${vmid} is started by hand`,
    strike: ({ world }) => {
      const guest = world.guest(vmid);
      void world.guests.start(guest, world.node(guest.node));
    },
  }),
  holdsNode: (node: string, why: string): Fault => ({
    title: `a person holds ${node}: ${why}`,
    strike: ({ world }) => void world.node(node).files.set('/etc/proxroll/hold', `${why}\n`),
  }),
  releasesNode: (node: string): Fault => ({
    title: `a person lets ${node} go`,
    strike: ({ world }) => void world.node(node).files.delete('/etc/proxroll/hold'),
  }),
  putsIntoMaintenance: (node: string): Fault => ({
    title: `a person puts ${node} into HA maintenance`,
    strike: ({ world }) => world.ha.ask({ kind: 'maintenance', node, on: true, atMs: world.timers.now() }),
  }),
  setsCrs: (crs: string): Fault => ({ title: `a person sets crs to ${crs}`, strike: ({ world }) => world.setCrs(crs) }),
  acts: (act: PersonAct): Fault => ({ title: actTitle(act), strike: ({ person }) => person(act) }),
} as const;

function actTitle(act: PersonAct): string {
  switch (act.kind) {
    case 'pauses':
      return 'a person: proxroll pause';
    case 'stops':
      return 'a person: proxroll stop';
    case 'resumes':
      return 'a person: proxroll resume';
    case 'abandons':
      return 'a person: proxroll abandon';
    case 'terminates':
      return 'a person: systemctl stop proxroll';
    case 'edits-config':
      return 'a person edits the config';
    case 'starts-another':
      return `a person on ${act.node}: systemctl start proxroll`;
    default: {
      const other: never = act;
      return other;
    }
  }
}
