/**
 * What can go wrong, each in a few lines (house style 3.4). A fault is told to the log of the world, so that a golden log
 * shows it; one with a twin in the lab says which.
 */
import { halfConfigured, publish } from './apt.ts';
import type { Agent } from './agent.ts';
import type { ShellFailureKind } from '../ports/shell.ts';
import type { ShellHooks, Verdict } from './shell.ts';
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
  /** Lets a person act on proxroll: `pause`, `resume`. */
  readonly person: (act: string) => void;
}

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

export const aptFaults = {
  locked: (node: string, forMs?: number): Fault => ({
    title: `apt is locked on ${node}`,
    strike: ({ world }) => {
      const { apt } = world.node(node);
      apt.lockedBy = { pid: world.node(node).nextPid(), program: 'unattended-upgr' };
      if (forMs !== undefined) world.timers.after(forMs, () => apt.unlock());
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
  brokenRepository: (node: string, uri: string): Fault => ({
    title: `${uri} cannot be fetched on ${node}`,
    strike: ({ world }) => void world.node(node).apt.brokenRepositories.set(uri, 'Could not resolve host'),
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
    strike: ({ world }) => (world.guest(vmid).lock = undefined),
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
      });
    },
  }),
  stopsNode: (node: string): Fault => ({
    title: `${node} is shut down by hand`,
    strike: ({ world }) => world.boot.reboot(world.node(node), true),
  }),
  acts: (act: string): Fault => ({ title: `a person: ${act}`, strike: ({ person }) => person(act) }),
} as const;

/** A fault of one call, or of the next few that match. */
export interface CallFault {
  readonly host?: string;
  /** The beginning of a command, its words separated by blanks. */
  readonly command?: string;
  /** The count of the call, from 1. */
  readonly index?: number;
  /** How often it strikes; once when missing. */
  readonly times?: number;
  readonly does:
    | { readonly kind: 'fails'; readonly as: ShellFailureKind; readonly when: 'before' | 'after' }
    | { readonly kind: 'exits'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
    | { readonly kind: 'slow'; readonly factor: number }
    | { readonly kind: 'never' }
    | { readonly kind: 'kills'; readonly when: 'before' | 'after'; readonly kill: () => void };
}

/** Faults of calls, as hooks of a shell. */
export class CallFaults implements ShellHooks {
  readonly #armed: { fault: CallFault; left: number }[] = [];

  arm(fault: CallFault): void {
    this.#armed.push({ fault, left: fault.times ?? 1 });
  }

  before(call: Parameters<NonNullable<ShellHooks['before']>>[0]): Verdict | undefined {
    const does = this.#take(call, 'before')?.does;
    switch (does?.kind) {
      case undefined:
        return undefined;
      case 'fails':
        return { do: 'fail', kind: does.as, detail: 'the simulator refused it' };
      case 'exits': {
        const { exitCode, stdout, stderr } = does;
        return { do: 'answer', answers: call.commands.map(() => ({ exitCode, stdout, stderr })) };
      }
      case 'slow':
        return { do: 'slow', factor: does.factor };
      case 'never':
        return { do: 'never' };
      case 'kills':
        does.kill();
        return { do: 'never' };
      default: {
        const other: never = does;
        return other;
      }
    }
  }

  after(call: Parameters<NonNullable<ShellHooks['after']>>[0]): Verdict | undefined {
    const one = this.#take(call, 'after');
    if (one?.does.kind === 'kills') one.does.kill();
    if (one?.does.kind === 'fails') return { do: 'fail', kind: one.does.as, detail: 'the simulator lost the answer' };
    return one?.does.kind === 'kills' ? { do: 'never' } : undefined;
  }

  #take(
    call: { readonly index: number; readonly host: string; readonly commands: readonly { readonly argv: readonly string[] }[] },
    when: 'before' | 'after',
  ): CallFault | undefined {
    const armed = this.#armed.find(({ fault, left }) => left > 0 && whenOf(fault) === when && matches(fault, call));
    if (armed === undefined) return undefined;
    armed.left--;
    return armed.fault;
  }
}

function whenOf({ does }: CallFault): 'before' | 'after' {
  return does.kind === 'fails' || does.kind === 'kills' ? does.when : 'before';
}

function matches(
  fault: CallFault,
  call: { readonly index: number; readonly host: string; readonly commands: readonly { readonly argv: readonly string[] }[] },
): boolean {
  const { host, command, index } = fault;
  if (host !== undefined && host !== call.host) return false;
  if (index !== undefined && index !== call.index) return false;
  return command === undefined || call.commands.some(({ argv }) => `${argv.join(' ')} `.includes(command));
}
