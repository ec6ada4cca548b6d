/**
 * Faults by chance. A seed enables some kinds and leaves others out, so that every seed has a character of its own; each kind
 * knows how to strike and how to end by itself. What is still there when the faults are over, `heal` mends.
 */
import { z } from 'zod';
import { span } from './located-yaml.ts';
import { agentFaults } from './faults/agent.ts';
import { aptFaults } from './faults/apt.ts';
import { type Fault, type Scene, strike } from './faults/fault.ts';
import { guestFaults } from './faults/guest.ts';
import { nodeFaults } from './faults/node.ts';
import { personFaults } from './faults/person.ts';
import type { SeededRandom, Stream } from './random.ts';
import type { ShellCall, ShellHooks, Verdict } from './shell.ts';
import { GiB } from './spec.ts';

export interface Swarm {
  readonly kinds: readonly string[];
  /** Between two faults, on average. */
  readonly everyMs: number;
  /** That a call across the shell fails, or that the agent dies at it. */
  readonly callChance: number;
}

type Draw = (scene: Scene, stream: Stream) => readonly { readonly fault: Fault; readonly afterMs: number }[];

const now = (fault: Fault): { fault: Fault; afterMs: number }[] => [{ fault, afterMs: 0 }];
const then = (begin: Fault, end: Fault, afterMs: number) => [...now(begin), { fault: end, afterMs }];
const nodeOf = ({ world }: Scene, stream: Stream): string => stream.pick(world.nodes).name;
const minutes = (stream: Stream, most: number): number => Math.ceil(60_000 * most * stream.next());

const kinds: Readonly<Record<string, Draw>> = {
  kill: (_scene, stream) => now(agentFaults.kill(minutes(stream, 10))),
  'power cycle': (scene, stream) => now(nodeFaults.powerCycles(nodeOf(scene, stream))),
  'power off': (scene, stream) => {
    const node = nodeOf(scene, stream);
    return then(nodeFaults.goesDown(node), nodeFaults.isSwitchedOn(node), minutes(stream, 30));
  },
  link: (scene, stream) => {
    const node = nodeOf(scene, stream);
    return then(nodeFaults.losesLink(node), nodeFaults.getsLink(node), minutes(stream, 5));
  },
  flapping: (scene, stream) => now(nodeFaults.flaps(nodeOf(scene, stream), 5_000 + stream.int(20_000), 3)),
  hang: (scene, stream) => {
    const node = nodeOf(scene, stream);
    return then(nodeFaults.hangs(node), nodeFaults.thaws(node), minutes(stream, 5));
  },
  'slow boot': (scene, stream) => now(nodeFaults.returnsAfter(nodeOf(scene, stream), minutes(stream, 40))),
  login: (scene, stream) => {
    const node = nodeOf(scene, stream);
    return then(nodeFaults.refusesLogin(node), nodeFaults.acceptsLogin(node), minutes(stream, 10));
  },
  'apt lock': (scene, stream) => now(aptFaults.locked(nodeOf(scene, stream), minutes(stream, 10))),
  storage: (scene, stream) => {
    const node = nodeOf(scene, stream);
    return then(nodeFaults.losesStorage(node, 'shared'), nodeFaults.findsStorage(node, 'shared'), minutes(stream, 10));
  },
  'guest lock': (scene, stream) => {
    const vmid = guestOf(scene, stream);
    return vmid === undefined ? [] : then(guestFaults.isLocked(vmid, 'snapshot'), unlocked(vmid), minutes(stream, 5));
  },
  backup: (scene, stream) => {
    const vmid = guestOf(scene, stream);
    return vmid === undefined ? [] : now(personFaults.startsBackup(vmid, minutes(stream, 15)));
  },
  'guest moved': (scene, stream) => {
    const vmid = guestOf(scene, stream);
    return vmid === undefined ? [] : now(guestFaults.isMoved(vmid, nodeOf(scene, stream)));
  },
  'guest appears': (scene, stream) => {
    const on = nodeOf(scene, stream);
    const appeared = scene.world.log.entries.filter(({ event }) => event.type === 'fault' && event.text.includes(' appears on ')).length;
    // So many find room on any of these clusters; with more of them a run has every reason to refuse.
    if (appeared >= 8) return [];
    return now(guestFaults.appears(900 + appeared, { on, memoryBytes: GiB }));
  },
  'guest deleted': (scene, stream) => {
    const vmid = guestOf(scene, stream);
    // One that the config names would have to be taken out there first.
    return vmid === undefined || scene.world.guest(vmid).disks[0]?.storage === 'local' ? [] : now(guestFaults.isDeleted(vmid));
  },
  'disk full': (_scene, stream) => then(agentFaults.diskFull(), agentFaults.diskRoomy(), minutes(stream, 10)),
  clock: (_scene, stream) => now(agentFaults.clockJumps((stream.int(120) - 60) * 60_000)),
  qdevice: (scene, stream) =>
    scene.world.corosync.qdeviceVotes === 0 ? [] : then(nodeFaults.qdevice(false), nodeFaults.qdevice(true), minutes(stream, 20)),
  person: () => now(personFaults.acts({ kind: 'pauses' })),
  service: () => now(personFaults.acts({ kind: 'terminates' })),
};

/** Each is drawn by itself, so that one more of them changes none of the others. */
const laterKinds: Readonly<Record<string, Draw>> = {
  'new kernel hangs': (scene, stream) => {
    const node = nodeOf(scene, stream);
    return then(nodeFaults.hangsInNewKernel(node), switchedOn(node), minutes(stream, 40));
  },
  'old kernel': (scene, stream) => now(nodeFaults.bootsOldKernel(nodeOf(scene, stream))),
  'kernel error': (scene, stream) =>
    now(nodeFaults.returnsWithKernelError(nodeOf(scene, stream), 'nvme nvme0: I/O 12 QID 3 timeout, aborting')),
  'boots without storage': (scene, stream) => {
    const node = nodeOf(scene, stream);
    return then(nodeFaults.returnsWithoutStorage(node, 'shared'), nodeFaults.findsStorage(node, 'shared'), minutes(stream, 40));
  },
  'boots without guests': (scene, stream) => now(nodeFaults.returnsWithoutGuests(nodeOf(scene, stream))),
  'boots without a link': (scene, stream) => now(nodeFaults.returnsWithoutCorosyncLink(nodeOf(scene, stream), 1)),
  'lists locked': (scene, stream) => now(aptFaults.listsLocked(nodeOf(scene, stream), minutes(stream, 5))),
  'archives locked': (scene, stream) => now(aptFaults.archivesLocked(nodeOf(scene, stream), minutes(stream, 5))),
  'repository moves': (scene, stream) => {
    const { nodes, log } = scene.world;
    const moves = (): number =>
      log.entries.filter(({ event }) => event.type === 'fault' && event.text.includes(' appears in the repository of ')).length;
    const newest = (on: readonly string[]): Fault =>
      aptFaults.published(on, [{ name: 'pve-manager', to: `${nodes[0]?.pve === 8 ? '8.4' : '9.1'}.${20 + moves()}` }]);
    // A mirror follows the others before long.
    const late: Fault = { title: 'the mirrors are alike again', strike: (inIt) => newest(nodes.map(({ name }) => name)).strike(inIt) };
    return then(newest([nodeOf(scene, stream)]), late, stream.chance(0.7) ? 1 : minutes(stream, 20));
  },
  'failing postinst': (scene, stream) => {
    const node = nodeOf(scene, stream);
    return then(aptFaults.failingPostinst(node, 'pve-manager'), aptFaults.mended(node), minutes(stream, 30));
  },
  hold: (scene, stream) => {
    const node = nodeOf(scene, stream);
    return then(personFaults.holdsNode(node, 'replacing a disk'), personFaults.releasesNode(node), minutes(stream, 30));
  },
  'guest refuses': (scene, stream) => {
    const vmid = guestOf(scene, stream);
    return vmid === undefined
      ? []
      : then(guestFaults.refusesMigration(vmid), ifThere(vmid, guestFaults.agreesToMigrate), minutes(stream, 20));
  },
  torn: (_scene, stream) => now(agentFaults.killInWrite(minutes(stream, 5))),
};

const allKinds = { ...kinds, ...laterKinds };

/** The push of a button on a node that may run by now. */
function switchedOn(node: string): Fault {
  const fault = nodeFaults.isSwitchedOn(node);
  return {
    title: fault.title,
    strike: (scene) => {
      if (scene.world.node(node).power === 'off') fault.strike(scene);
    },
  };
}

function unlocked(vmid: number): Fault {
  return ifThere(vmid, guestFaults.isUnlocked);
}

/** If it is still there by then. */
function ifThere(vmid: number, kind: (vmid: number) => Fault): Fault {
  const fault = kind(vmid);
  return {
    title: fault.title,
    strike: (scene) => {
      if (scene.world.guests.find(vmid) !== undefined) fault.strike(scene);
    },
  };
}

/** Of those there are; a stopped one may be struck too. */
function guestOf({ world }: Scene, stream: Stream): number | undefined {
  return world.guests.all.length === 0 ? undefined : stream.pick(world.guests.all).vmid;
}

/** Few kinds often, or many kinds seldom. */
export function drawSwarm(random: SeededRandom): Swarm {
  const stream = random.stream('swarm');
  const count = 1 + stream.int(6);
  const first = stream.shuffled(Object.keys(kinds)).slice(0, count);
  const later = Object.keys(laterKinds).filter((name) => random.stream(`swarm ${name}`).chance(0.1));
  return {
    kinds: [...first, ...later].sort(),
    everyMs: stream.pick([45_000, 120_000, 480_000]),
    callChance: stream.pick([0, 0, 0.002, 0.02]),
  };
}

export function swarmText({ kinds: names, everyMs, callChance }: Swarm): string {
  return `${names.join(', ')}, every ${everyMs / 1000} s; ${callChance * 100} % of the calls fail`;
}

/** As a scenario says it. */
export const swarmSpec = z
  .strictObject({
    kinds: z.array(z.enum(Object.keys(allKinds) as [string, ...string[]])).min(1),
    every: span,
    'calls-fail': z.number().min(0).max(1).default(0),
  })
  .transform((words): Swarm => ({ kinds: words.kinds, everyMs: words.every, callChance: words['calls-fail'] }));

export function swarmWords({ kinds: names, everyMs, callChance }: Swarm): z.input<typeof swarmSpec> {
  return { kinds: [...names], every: `${everyMs}ms`, 'calls-fail': callChance };
}

/** Lets the swarm loose until `untilMs` of virtual time. @returns what sits in front of the shell meanwhile */
export function letLoose(scene: Scene, swarm: Swarm, stream: Stream, calls: Stream, untilMs: number): ShellHooks {
  const { timers } = scene.world;
  const beganMs = timers.now();
  const over = (): boolean => timers.now() - beganMs >= untilMs;
  const next = (): void => {
    timers.after(-Math.log(1 - stream.next()) * swarm.everyMs, () => {
      if (over()) return;
      for (const { fault, afterMs } of allKinds[stream.pick(swarm.kinds)]?.(scene, stream) ?? [])
        if (afterMs === 0) strike(scene, fault);
        else timers.after(afterMs, () => strike(scene, fault));
      next();
    });
  };
  next();
  // Where something changes is where it hurts: there it is ten times likelier.
  const hit = ({ commands }: ShellCall): boolean =>
    !over() && calls.chance(Math.min(0.5, swarm.callChance * (commands.some(({ effect }) => effect === 'changes') ? 10 : 1)));
  return {
    before: (call) => (hit(call) ? before(scene, call, calls) : undefined),
    after: (call) => (hit(call) ? after(scene, call, calls) : undefined),
  };
}

function before(scene: Scene, call: ShellCall, stream: Stream): Verdict {
  if (stream.chance(0.3)) return killed(scene, stream);
  return call.own
    ? {
        do: 'answer',
        answers: call.commands.map(() => ({ exitCode: 1, stdout: '', stderr: 'cannot fork: Resource temporarily unavailable\n' })),
      }
    : { do: 'fail', kind: stream.pick(['unreachable', 'no-answer']), detail: 'the simulator refused it' };
}

function after(scene: Scene, _call: ShellCall, stream: Stream): Verdict {
  return stream.chance(0.3) ? killed(scene, stream) : { do: 'fail', kind: 'no-answer', detail: 'the simulator lost the answer' };
}

function killed(scene: Scene, stream: Stream): Verdict {
  strike(scene, agentFaults.kill(minutes(stream, 5)));
  return { do: 'never' };
}

/** The end of all trouble: what was cut is whole, what is off is switched on, what is broken is mended by somebody who knows how. */
export function heal({ world, agent }: Scene): void {
  world.log.tell({ type: 'fault', text: 'all faults heal' });
  agent.clockJumpMs = 0;
  agent.disk.freeBytes = Number.POSITIVE_INFINITY;
  world.corosync.setQdevice(true);
  for (const node of world.nodes) {
    world.cut(node.name, false);
    world.hang(node.name, false);
    node.nextBoot = {};
    node.badKernels.clear();
    node.downLinks.clear();
    node.deadCorosyncLinks.clear();
    node.files.delete('/etc/proxroll/hold');
    node.login = 'works';
    node.missingStorages.clear();
    node.sickUnits.clear();
    node.apt.failing.clear();
    if (node.apt.lockedBy?.program === 'unattended-upgr') node.apt.unlock();
    if (node.power === 'off') world.nodeCameUp(node.name);
  }
  for (const guest of world.guests.all) {
    if (guest.lock === 'snapshot') guest.lock = undefined;
    guest.refusal = undefined;
  }
}
