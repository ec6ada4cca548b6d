/** What the configuration forbids is not done, and what it promises holds: nodes and reboots, removals, moves side by side, holds, kernels. */
import { policyFor } from '../../model/policy.ts';
import { patternOf } from '../../model/removals.ts';
import type { WorldEvent } from '../facts.ts';
import { defaultKernel, type SimNode } from '../node.ts';
import { first, ledByPerson, tagsOf, type History } from './history.ts';

export function settingsKept(history: History): string | undefined {
  return (
    leftAlone(history) ??
    neverRebooted(history) ??
    nothingElseRemoved(history) ??
    movedSideBySide(history) ??
    blockedStay(history) ??
    heldAreLeft(history) ??
    complaintsPause(history) ??
    kernelsComeBack(history)
  );
}

function leftAlone({ facts, config }: History): string | undefined {
  const told = ({ node }: { readonly node: string }, what: string): string | undefined =>
    config.excluded_nodes.includes(node) && !ledByPerson(facts, node) ? `${node} is excluded and was ${what}` : undefined;
  return (
    first(facts, 'node.asked-to-reboot', (event) => told(event, 'rebooted')) ??
    first(facts, 'apt.started', (event) => (event.what === 'upgrade' ? told(event, 'upgraded') : undefined))
  );
}

function neverRebooted({ facts, config }: History): string | undefined {
  if (config.upgrade === 'none') {
    const upgraded = first(facts, 'apt.started', ({ node, what }) =>
      what === 'upgrade' ? `${node} was upgraded in a round of reboots` : undefined,
    );
    if (upgraded !== undefined) return upgraded;
  }
  if (config.reboot !== 'never') return undefined;
  return first(facts, 'node.asked-to-reboot', ({ node }) =>
    ledByPerson(facts, node) ? undefined : `${node} was rebooted, and no node may be`,
  );
}

function nothingElseRemoved({ facts, world, config }: History): string | undefined {
  return first(facts, 'package.changed', ({ node, name, to }) => {
    if (to !== undefined || config.allow_removals.some((text) => patternOf(text).test(name))) return undefined;
    const unneeded = world.node(node).spec.unused?.includes(name) === true;
    return unneeded && config.clean_up === 'autoremove' ? undefined : `${name} was removed from ${node}`;
  });
}

/** Moves of the HA manager and of people are theirs; one that is down already is not kept down for the sake of the others. */
function movedSideBySide({ facts, world, config }: History): string | undefined {
  const { moves_at_once: fromOne, moves_to_one: toOne } = config.limits;
  const under = new Map<number, { readonly from: string; readonly to: string }>();
  const down = new Set<number>();
  for (const { event } of facts) {
    if (event.type === 'guest.stopped') down.add(event.vmid);
    if (event.type === 'guest.runs') down.delete(event.vmid);
    if (event.type === 'migration.started' && !down.has(event.vmid) && isOurs(event.vmid, { facts, world })) {
      under.set(event.vmid, event);
      const from = [...under.values()].filter((move) => move.from === event.from).length;
      const to = [...under.values()].filter((move) => move.to === event.to).length;
      if (from > fromOne) return `${from} guests left ${event.from} at the same time, and ${fromOne} may`;
      if (to > toOne) return `${to} guests went to ${event.to} at the same time, and ${toOne} may`;
    }
    for (const vmid of endedBy(event, under)) under.delete(vmid);
  }
  return undefined;
}

function endedBy(event: WorldEvent, under: ReadonlyMap<number, { readonly from: string; readonly to: string }>): readonly number[] {
  if (event.type === 'guest.runs' || event.type === 'guest.moved' || event.type === 'migration.failed') return [event.vmid];
  if (event.type === 'fault') return [...under.keys()].filter((vmid) => event.text === `guest ${vmid} is deleted`);
  if (event.type !== 'node.down') return [];
  return [...under].filter(([, { from, to }]) => from === event.node || to === event.node).map(([vmid]) => vmid);
}

function isOurs(vmid: number, { facts, world }: Pick<History, 'facts' | 'world'>): boolean {
  const byHand = facts.some(({ event }) => event.type === 'fault' && event.text.startsWith(`guest ${vmid} is moved to `));
  return !byHand && world.spec.guests?.[vmid]?.ha === undefined;
}

function blockedStay({ facts, world, config }: History): string | undefined {
  return first(facts, 'migration.started', ({ vmid, title }) =>
    isOurs(vmid, { facts, world }) && policyFor({ vmid, tags: tagsOf(vmid, world) }, config) === 'block'
      ? `${title} was moved, and its policy is block`
      : undefined,
  );
}

/** A hold that was there for so long was there at the last look. */
const seenMs = 60_000;

function heldAreLeft({ facts, journal }: History): string | undefined {
  const since = new Map<string, number>();
  const begun = journal.flatMap(({ at, event }) =>
    event.type === 'steps.planned' && event.wave.startsWith('before:') ? [{ at, node: event.wave.slice('before:'.length) }] : [],
  );
  for (const { event, index, atMs } of facts) {
    if (event.type === 'fault') {
      const held = /^a person holds (\S+): /.exec(event.text)?.[1];
      if (held !== undefined && !since.has(held)) since.set(held, atMs);
      const free = /^a person lets (\S+) go$/.exec(event.text)?.[1];
      if (free !== undefined) since.delete(free);
      if (event.text === 'all faults heal') since.clear();
    }
    const isLong = (node: string): boolean => atMs - (since.get(node) ?? atMs) > seenMs;
    if (event.type === 'node.asked-to-reboot' && isLong(event.node) && !ledByPerson(facts, event.node))
      return `${event.node} was rebooted while a person held it`;
    const next = begun.find((one) => one.at === index && isLong(one.node));
    if (next !== undefined) return `${next.node} was begun while a person held it`;
  }
  return undefined;
}

/** After a boot with an error in the kernel's log that was not there before, a person looks before anything goes on. */
function complaintsPause({ facts, journal, world, config }: History): string | undefined {
  if (config.kernel_errors !== 'pause') return undefined;
  const coming = new Set<string>();
  const known = new Set<string>();
  const complains = new Map<string, number>();
  const lastBoot = new Map<string, number>();
  for (const { event, index } of facts) {
    const [, node, text] = event.type === 'fault' ? (/^the kernel of (\S+) will complain: (.*)$/.exec(event.text) ?? []) : [];
    if (node !== undefined && world.node(node).spec.kernelErrors?.some((one) => digitless(one) === digitless(text ?? '')) !== true)
      coming.add(node);
    if (event.type === 'fault' && event.text === 'all faults heal') coming.clear();
    if (event.type !== 'node.up') continue;
    lastBoot.set(event.node, index);
    if (!coming.delete(event.node)) continue;
    // What it has said after an earlier boot is no news.
    if (!known.has(event.node)) complains.set(event.node, index);
    known.add(event.node);
  }
  const asked = (node: string, at: number): boolean =>
    facts.slice(0, at).some(({ event }) => event.type === 'node.asked-to-reboot' && event.node === node);
  for (const [node, at] of complains) {
    if (lastBoot.get(node) !== at || !asked(node, at)) continue;
    const done = journal.find((entry) => entry.at > at && entry.event.type === 'step.done' && entry.event.step === `pve/${node}/rejoin`);
    const said = journal.some(({ event }) => event.type === 'run.paused' && event.code === 'rejoin.kernel-error');
    if (done !== undefined && !said) return `the kernel of ${node} complains of something new, and the run went on`;
  }
  return undefined;
}

function digitless(text: string): string {
  return text.replaceAll(/\d+/g, '');
}

/** Whatever happens to a node on a kernel that it has never run, a power cycle boots one that it has. */
function kernelsComeBack({ facts, journal, world, config }: History): string | undefined {
  // Whoever was told that a loader cannot do it may have had it booted as usual.
  if (config.new_kernel === 'boot' || journal.some(({ event }) => event.type === 'run.paused' && event.code === 'trial.failed'))
    return undefined;
  const ran = new Map(world.nodes.map((node) => [node.name, new Set([node.spec.kernel ?? defaultKernel[node.pve]])]));
  for (const { event, index } of facts) {
    if (event.type === 'node.asked-to-reboot' && !ledByPerson(facts, event.node) && takesOnce(world.node(event.node))) {
      const proven = ran.get(event.node)?.has(event.fallback) === true;
      if (!proven) return `${event.node} was rebooted with ${event.fallback} as its default, which it has never run`;
    }
    if (event.type !== 'node.up') continue;
    const trial = openTrial(journal, event.node, index);
    if (trial !== undefined && event.fallback !== trial)
      return `${event.fallback} was the default of ${event.node} before it had proven itself`;
    ran.get(event.node)?.add(event.kernel);
  }
  for (const { at, event } of journal) {
    if (event.type !== 'loan.returned' || event.loan.kind !== 'kernel-trial') continue;
    const { node } = event.loan;
    const taken = journal.filter((one) => one.at <= at && one.event.type === 'loan.taken' && one.event.loan.kind === 'kernel-trial').at(-1);
    const away = facts.some(
      (fact) => fact.index >= (taken?.at ?? 0) && fact.index < at && fact.event.type === 'node.up' && fact.event.node === node,
    );
    const whole = journal.some((one) => one.at <= at && one.event.type === 'step.done' && one.event.step === `pve/${node}/rejoin`);
    if (away && !whole) return `the kernel of ${node} became its default before the node was whole`;
  }
  return undefined;
}

/** Set on the node, and on loan since. @returns the kernel that stays the default */
function openTrial(journal: History['journal'], node: string, index: number): string | undefined {
  let before: string | undefined;
  let isSet = false;
  for (const { at, event } of journal) {
    if (at > index) break;
    if (event.type === 'loan.taken' && event.loan.kind === 'kernel-trial' && event.loan.node === node) before = event.loan.before;
    if (event.type === 'loan.returned' && event.loan.kind === 'kernel-trial' && event.loan.node === node) before = undefined;
    if (event.type === 'step.done' && event.step === `pve/${node}/try-kernel`) isSet = true;
    // From here on it has proven itself.
    if (event.type === 'step.done' && event.step === `pve/${node}/rejoin`) isSet = false;
  }
  return isSet ? before : undefined;
}

function takesOnce(node: SimNode): boolean {
  if (node.spec.pinnedKernel !== undefined || node.spec.readOnlyFirmware === true) return false;
  return node.loader === 'systemd-boot' || (node.spec.esps === undefined && /^\/dev\/(?:sd|nvme)/.test(node.grubOn));
}
