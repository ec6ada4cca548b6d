/** What is done to nodes: how many votes it takes, how many nodes at a time, how often. */
import { policyFor } from '../../model/policy.ts';
import type { WorldEvent, WorldFact } from '../facts.ts';
import type { World } from '../world.ts';
import { first, justBefore, ledByPerson, tagsOf, type History } from './history.ts';
import { arrives } from './guests.ts';
import { stepOf } from './journal.ts';

/** Between the last look and the order nobody can know what has just happened. */
const unknowableMs = 15_000;

export function quorumKept({ facts, world, config }: History): string | undefined {
  if (!world.clustered || world.nodes.length === 1 || config.accept_quorum_loss) return undefined;
  return first(facts, 'node.asked-to-reboot', ({ node, votesLeft, needed }, index) =>
    votesLeft < needed && !ledByPerson(facts, node) && !justBefore(facts, index, unknowableMs, losesVotes)
      ? `${node} was rebooted with ${votesLeft} of ${needed} needed votes left`
      : undefined,
  );
}

function losesVotes(event: WorldEvent): boolean {
  return event.type === 'node.left' || (event.type === 'fault' && event.text === 'the quorum device is gone');
}

/** One node away, one run at work: whoever changes a node holds the lock, and nobody else. */
export function oneAtATime(history: History): string | undefined {
  const { facts } = history;
  const away = new Set<string>();
  for (const { event, index } of facts) {
    if (event.type === 'node.asked-to-reboot' && !ledByPerson(facts, event.node)) {
      if (away.size > 0) return `${event.node} was rebooted while ${[...away].join(', ')} was away`;
      away.add(event.node);
    }
    if (event.type === 'node.rejoined') away.delete(event.node);
    if (event.type === 'apt.started' && event.what === 'upgrade' && [...away].some((node) => node !== event.node))
      return `${event.node} was upgraded while ${[...away].join(', ')} was away`;
    const unlocked = withoutLock(history, index);
    if (unlocked !== undefined) return unlocked;
  }
  return undefined;
}

/** A reboot is ordered through a timer of half a second. */
const rebootTimerMs = 1000;

/**
 * What was asked for under the lock and happens when the run has just given it back. The HA manager takes its time, without a
 * master for as long as there is none.
 */
function orderedUnderLock({ facts, journal }: History, index: number): boolean {
  const fact = facts[index];
  if (fact?.event.type === 'ha.maintenance') return true;
  const lastWord = journal.filter(({ at }) => at <= index).at(-1);
  return fact?.event.type === 'node.asked-to-reboot' && lastWord?.event.type === 'run.paused' && fact.atMs - lastWord.atMs <= rebootTimerMs;
}

function withoutLock(history: History, index: number): string | undefined {
  const { facts, journal, holders } = history;
  const event = facts[index]?.event;
  const step = event === undefined ? undefined : stepOf(event);
  if (event === undefined || step === undefined || !holders.has(index) || ('node' in event && ledByPerson(facts, event.node)))
    return undefined;
  const actor = journal.filter((entry) => entry.at <= index && entry.event.type === 'step.started' && entry.event.step === step).at(-1)?.by;
  const holder = holders.get(index);
  if (actor === undefined || actor === holder) return undefined;
  return holder === undefined && orderedUnderLock(history, index)
    ? undefined
    : `${step} by ${actor} while ${holder ?? 'nobody'} held the lock`;
}

export function rebootedOnce({ facts }: History): string | undefined {
  const seen = new Set<string>();
  return first(facts, 'node.asked-to-reboot', ({ node }) => {
    if (seen.has(node)) return `${node} was rebooted a second time`;
    seen.add(node);
    return undefined;
  });
}

/** Packages whose upgrade hurts what runs (facts 6.8). */
const hurting = /^(corosync|lxcfs|pve-cluster)$/;
const kernels = /^proxmox-kernel-.*-signed$/;

export function emptiedFirst({ facts, journal, world, config }: History): string | undefined {
  if (world.nodes.length === 1 || config.drain === 'when-rebooting') return undefined;
  const hurts = (name: string, node: string, index: number): boolean =>
    hurting.test(name) ||
    (name === 'pve-ha-manager' && managedAt(world, facts, index)) ||
    // A kernel means a reboot, unless nobody reboots or another one is pinned.
    (kernels.test(name) && config.reboot !== 'never' && world.node(node).pinnedKernel === undefined);
  const occupied = new Map<string, readonly number[]>();
  // One that came between the last look and the upgrade, or while apt still waited for its lock, could not be known.
  const cameLate = (vmid: number, node: string, index: number): boolean => {
    const asked = journal
      .filter(({ at, event }) => at <= index && event.type === 'step.started' && event.step === `pve/${node}/upgrade`)
      .at(-1);
    const since = asked === undefined ? [] : facts.slice(0, index).filter(({ atMs }) => asked.atMs - atMs <= unknowableMs);
    return since.some(({ event }) => arrives(event, vmid, node));
  };
  for (const { event, index } of facts) {
    // Whoever may go down with the node stays on it while its packages change.
    if (event.type === 'apt.started' && event.what === 'upgrade')
      occupied.set(
        event.node,
        event.guests.filter((vmid) => {
          if (cameLate(vmid, event.node, index)) return false;
          return policyFor({ vmid, tags: tagsOf(vmid, world) }, config) !== 'leave';
        }),
      );
    const guests = event.type === 'package.changed' && hurts(event.name, event.node, index) ? (occupied.get(event.node) ?? []) : [];
    if (event.type === 'package.changed' && guests.length > 0)
      return `${event.name} changed on ${event.node} under guests ${guests.join(', ')}`;
  }
  return undefined;
}

/** Whether the HA manager had a guest to care for: without one its LRMs are idle and no watchdog is armed (facts 2.5). */
function managedAt(world: World, facts: readonly WorldFact[], index: number): boolean {
  const deleted = new Set(facts.slice(0, index).flatMap(({ event }) => (event.type === 'fault' ? [event.text] : [])));
  return Object.entries(world.spec.guests ?? {}).some(
    ([vmid, { ha }]) => ha !== undefined && ha.state !== 'ignored' && !deleted.has(`guest ${vmid} is deleted`),
  );
}

/** What the report calls patched has nothing pending and runs its newest kernel, or the report says why not. */
export function truthTold({ journal, world, config }: History): string | undefined {
  const done = journal.find(({ event }) => event.type === 'run.finished')?.event;
  if (done?.type !== 'run.finished') return undefined;
  for (const name of done.patched) {
    const node = world.node(name);
    // With another policy something may stay pending on purpose.
    if (config.upgrade === 'full' && node.apt.upgradable.length > 0)
      return `${name} is called patched and has ${node.apt.upgradable.length} packages pending`;
    const left =
      done.left.some((line) => line.startsWith(name)) ||
      journal.some(({ event }) => event.type === 'node.done' && event.node === name && event.left.length > 0);
    if (node.runningKernel !== node.nextKernel && !left) return `${name} is called patched and runs ${node.runningKernel}`;
  }
  return undefined;
}
