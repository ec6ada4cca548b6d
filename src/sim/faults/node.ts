/** What can befall a node: its power, its link, how it comes back from a boot, its disks, its ssh. */
import { newestOf } from '../node.ts';
import { GiB } from '../spec.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';

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
  blocksReboot: (node: string): Fault => ({
    title: `a program on ${node} blocks its reboot`,
    strike: ({ world }) => void (world.node(node).rebootBlocked = true),
  }),
  letsReboot: (node: string): Fault => ({
    title: `nothing on ${node} blocks its reboot any more`,
    strike: ({ world }) => void (world.node(node).rebootBlocked = false),
  }),
  neverReturns: (node: string): Fault => ({
    title: `${node} will not return`,
    strike: ({ world }) => nextBoot(world, node, { afterMs: Number.POSITIVE_INFINITY }),
  }),
  bootsOldKernel: (node: string): Fault => ({
    title: `${node} will boot its old kernel`,
    strike: ({ world }) => nextBoot(world, node, { oldKernel: true }),
  }),
  hangsInNewKernel: (node: string): Fault => ({
    title: `the newest kernel of ${node} hangs as it boots`,
    strike: ({ world }) => void world.node(node).badKernels.add(newestOf(world.node(node))),
  }),
  bootsNewestByHand: (node: string): Fault => ({
    title: `${node} is booted by hand, with its newest kernel chosen from the menu`,
    strike: ({ world }) => {
      const one = world.node(node);
      one.badKernels.clear();
      one.nextBoot = { ...one.nextBoot, fromMenu: newestOf(one) };
      world.boot.cutPower(one, 'power', true);
    },
  }),
  bootsOldByHand: (node: string): Fault => ({
    title: `${node} is booted by hand, with the kernel before chosen from the menu and pinned`,
    strike: ({ world }) => {
      const one = world.node(node);
      one.nextBoot = { ...one.nextBoot, fromMenu: one.runningKernel };
      one.pinnedKernel = one.runningKernel;
      one.defaultKernel = one.runningKernel;
      if (one.power === 'off') world.nodeCameUp(node);
      else world.boot.cutPower(one, 'power', true);
    },
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
    strike: ({ world }) => nextBoot(world, node, { withoutLinks: [...(world.node(node).nextBoot.withoutLinks ?? []), link] }),
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
