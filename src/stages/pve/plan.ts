/**
 * The plan of the pve stage: which nodes, in which order, with which steps. Pure. The order is fixed here; where a guest
 * goes is decided late, and whether a node reboots is decided anew after its upgrade.
 */
import type { Config } from '../../config/schema.ts';
import { counted } from '../../model/count.ts';
import { guestTitle, needsPlace, type GuestFacts } from '../../model/guest.ts';
import type { KernelTrial } from '../../model/kernel-trial.ts';
import type { HostFacts, NodeFacts } from '../../model/node.ts';
import type { Loan } from '../../model/loan.ts';
import { emptySet, isEmptySet, type PackageSet } from '../../model/packages.ts';
import type { GuestWay, LeftOut, Plan, Track } from '../../model/plan.ts';
import { policyFor } from '../../model/policy.ts';
import { goesAway, mustLeave, wayFor } from '../../model/way.ts';
import { nodeOf, type Snapshot } from '../../model/snapshot.ts';
import { stepId, type NodeBaseline, type Step } from '../../model/step.ts';
import { kernelOutlook } from './kernel-trial.ts';
import { withMoves } from './moves.ts';
import { disturbingPackages, dueRebootReasons, foreseenRebootReasons, rebootReasonsAfter } from './reboot-due.ts';

/** Why a node that needs nothing is left alone; said in the plan, and no unfinished business at the end. */
export const settledNode = 'nothing pending, no reboot due';

/** @param only the nodes a person asked for; empty means all */
export function makePlan(snapshot: Snapshot, config: Config, only: readonly string[]): Plan {
  const tracks: Track[] = [];
  const left: LeftOut[] = [];
  for (const node of snapshot.nodes) {
    const why = reasonToLeave(node, config, only);
    if (why !== undefined) left.push({ subject: node.name, why });
    else {
      const track = planTrack(node.name, snapshot, config);
      if (track.kind === 'left') left.push({ subject: node.name, why: track.why });
      else tracks.push(track.track);
    }
  }
  return { takenAtMs: snapshot.takenAtMs, ...withMoves(inOrder(tracks, snapshot.ownNode), snapshot, config), left };
}

/** Nodes that a person keeps out of the run: they are neither refreshed nor patched. @returns the reason, or nothing */
export function reasonToLeave(node: NodeFacts, config: Config, only: readonly string[]): string | undefined {
  if (config.excluded_nodes.includes(node.name)) return 'excluded by excluded_nodes';
  if (only.length > 0 && !only.includes(node.name)) return 'not among the nodes asked for';
  if (!node.host.answered) return `does not answer: ${node.host.why}`;
  const { hold } = node.host.facts;
  if (hold.known && hold.value !== 'none') return `held by ${hold.value.path}${hold.value.text === '' ? '' : `: ${hold.value.text}`}`;
  return undefined;
}

export type PlannedTrack = { readonly kind: 'track'; readonly track: Track } | { readonly kind: 'left'; readonly why: string };

/** One node as it is now. @throws when the node did not answer; `reasonToLeave` has said so before */
export function planTrack(name: string, snapshot: Snapshot, config: Config): PlannedTrack {
  const facts = answered(snapshot, name);
  if (!facts.pending.known) return { kind: 'left', why: `what would be installed is unknown: ${facts.pending.why}` };
  const set = facts.pending.value;
  const foreseen = orAlways(isEmptySet(set) ? dueRebootReasons(facts) : foreseenRebootReasons(facts, set), set, config);
  if (isEmptySet(set) && foreseen.length === 0) return { kind: 'left', why: settledNode };
  const stuck = foreseen.length === 0 ? undefined : reasonAgainstReboot(name, snapshot, config);
  const reboots = foreseen.length > 0 && stuck === undefined;
  if (isEmptySet(set) && !reboots) return { kind: 'left', why: `a reboot is due (${foreseen.join('; ')}) but ${stuck ?? ''}` };
  const drained = needsDrain(set, reboots, snapshot, config);
  const steps = [
    ...stepsBefore(name, snapshot, config, set, drained, reboots ? foreseen : []),
    ...stepsAfter(name, snapshot, reboots ? foreseen : [], drained, config, undefined, set),
  ];
  return {
    kind: 'track',
    track: {
      node: name,
      steps,
      set,
      rebootReasons: reboots ? foreseen : [],
      drained,
      guests: drained ? guestsOn(snapshot, name).map((guest) => wayOf(guest, snapshot, config)) : [],
      ...noteOf(
        name,
        snapshot,
        stuck === undefined ? undefined : `a reboot will be due (${foreseen.join('; ')}) and is left, because ${stuck}`,
      ),
    },
  };
}

/** Up to and including the upgrade. @param rebootReasons foreseen; they decide whether Ceph is told now */
export function stepsBefore(
  name: string,
  snapshot: Snapshot,
  config: Config,
  set: PackageSet,
  drained: boolean,
  rebootReasons: readonly string[],
): readonly Step[] {
  const why = rebootReasons[0] ?? `${disturbingPackages(set, haInUse(snapshot)).join(', ') || 'packages'} would disturb what runs here`;
  const steps: Step[] = drained
    ? [...emptying(name, snapshot, config.drain === 'always' && rebootReasons.length === 0 ? 'drain: always' : why)]
    : [];
  if (!isEmptySet(set)) steps.push({ id: stepId(name, 'upgrade'), kind: 'upgrade', node: name, why: pendingText(set), set });
  return steps;
}

function pendingText({ changes, removals }: PackageSet): string {
  const pending = `${counted(changes.length, 'package')} pending`;
  return removals.length === 0 ? pending : `${pending}; ${removals.join(', ')} will be removed`;
}

/**
 * From the upgrade on, decided on what is true now.
 * @param rebootReasons why it must reboot; empty when it need not or may not
 * @param drained whether it is empty already
 * @param coming what will be installed before it; nothing once it is
 */
export function stepsAfter(
  name: string,
  snapshot: Snapshot,
  rebootReasons: readonly string[],
  drained: boolean,
  config: Config,
  baseline?: NodeBaseline,
  coming: PackageSet = emptySet,
): readonly Step[] {
  const reboots = rebootReasons.length > 0;
  const before = baseline ?? baselineOf(name, snapshot);
  const steps: Step[] = [];
  if (reboots) {
    const why = rebootReasons.join('; ');
    if (!drained) steps.push(...emptying(name, snapshot, why));
    if (osdsOn(snapshot, name) > 0)
      steps.push({
        id: stepId(name, 'protect'),
        kind: 'protect',
        node: name,
        why: `${counted(osdsOn(snapshot, name), 'OSD')} here will be away while it boots`,
      });
    const facts = answered(snapshot, name);
    const trial = trialFor(facts, coming, config);
    if (trial !== undefined)
      steps.push({
        id: stepId(name, 'try-kernel'),
        kind: 'try-kernel',
        node: name,
        why: `${trial.kernel} boots once, and a power cycle brings back ${trial.before}`,
        trial,
      });
    const peers = name === snapshot.ownNode ? peersOf(name, snapshot) : [];
    if (peers.length > 0)
      steps.push({
        id: stepId(name, 'guard-on'),
        kind: 'guard-on',
        node: name,
        why: `${peers.join(' and ')} ${peers.length === 1 ? 'speaks' : 'speak'} up if it does not come back`,
        peers,
      });
    steps.push({
      id: stepId(name, 'reboot'),
      kind: 'reboot',
      node: name,
      why,
      ...(facts.kernel.known ? { expectedKernel: facts.kernel.value.expected } : {}),
      ...(trial === undefined ? {} : { trial }),
    });
  }
  if (reboots && name === snapshot.ownNode && peersOf(name, snapshot).length > 0)
    steps.push({ id: stepId(name, 'guard-off'), kind: 'guard-off', node: name, why: 'it is back' });
  steps.push({
    id: stepId(name, 'rejoin'),
    kind: 'rejoin',
    node: name,
    why: 'it must be whole before anything else happens',
    before,
  });
  if (steps.some((step) => step.kind === 'try-kernel'))
    steps.push({ id: stepId(name, 'keep-kernel'), kind: 'keep-kernel', node: name, why: 'the new kernel has proven itself' });
  if (reboots && osdsOn(snapshot, name) > 0)
    steps.push({ id: stepId(name, 'protect-off'), kind: 'protect-off', node: name, why: 'return what we borrowed' });
  if (reboots || drained) {
    if (haInUse(snapshot))
      steps.push({ id: stepId(name, 'maintenance-off'), kind: 'maintenance-off', node: name, why: 'return what we borrowed' });
    steps.push({ id: stepId(name, 'return'), kind: 'return', node: name, why: 'guests that left it go home' });
  }
  return [...steps, ...cleanUp(name, before, config)];
}

function trialFor(facts: HostFacts, coming: PackageSet, { new_kernel: wanted }: Config): KernelTrial | undefined {
  const outlook = wanted === 'boot' ? undefined : kernelOutlook(facts, coming);
  return outlook?.kind === 'trial' ? outlook.trial : undefined;
}

/** Last of all: when it fails, nothing is borrowed any more. A round of reboots installs and removes nothing. */
function cleanUp(name: string, { kernel }: NodeBaseline, { clean_up: what, upgrade }: Config): readonly Step[] {
  if (what === 'none' || upgrade === 'none') return [];
  const kernelBefore = kernel === undefined ? {} : { kernelBefore: kernel };
  return [{ id: stepId(name, 'clean-up'), kind: 'clean-up', node: name, why: `clean_up: ${what}`, what, ...kernelBefore }];
}

/**
 * What must be done once more when a run goes on before this node's reboot: emptying it, if guests run there again or somebody ended its
 * maintenance, and protecting it. A guard that spoke meanwhile has taken our flags away, whatever the journal says is on loan.
 */
export function stepsAgain(
  name: string,
  snapshot: Snapshot,
  config: Config,
  after: readonly Step[],
  loans: readonly Loan[],
): readonly Step[] {
  const { ha, ceph } = snapshot;
  const lent = loans.some((loan) => loan.kind === 'ha-maintenance' && loan.node === name);
  const on = ha.known && ha.value.kind === 'used' && ha.value.nodes[name]?.maintenanceRequested === true;
  const again = guestsToLeave(snapshot, name, config).length > 0 || (lent && !on);
  const emptied = again ? emptying(name, snapshot, lent && !on ? 'its maintenance was ended' : 'guests run here again') : [];
  const protectedStill = ceph.known && ceph.value.kind === 'present' && ceph.value.nooutHosts.includes(name);
  return [
    ...emptied.filter((step) => step.kind !== 'maintenance-on' || !on),
    ...after.filter((step) => step.kind === 'guard-on' || (step.kind === 'protect' && !protectedStill)),
  ];
}

/**
 * What must be known before it is decided how a patched node goes on: whether it reboots, what must leave it, what must come back.
 * @returns the first thing that is not known, and why
 */
export function unreadFor(name: string, snapshot: Snapshot): string | undefined {
  const { host } = nodeOf(snapshot, name);
  if (!host.answered) return host.why;
  const { bootId, kernel, rebootRequired } = host.facts;
  for (const reading of [bootId, kernel, rebootRequired, snapshot.guests, snapshot.ha, snapshot.ceph])
    if (!reading.known) return reading.why;
  return undefined;
}

/** After the upgrade, on fresh facts: does it reboot, and if not although it should, why not. */
export function judgeReboot(
  name: string,
  snapshot: Snapshot,
  config: Config,
  installed: PackageSet,
): { readonly reasons: readonly string[]; readonly left?: string } {
  const reasons = orAlways(rebootReasonsAfter(answered(snapshot, name), installed), installed, config);
  const stuck = reasons.length === 0 ? undefined : reasonAgainstReboot(name, snapshot, config);
  return stuck === undefined
    ? { reasons }
    : { reasons: [], left: `a reboot is due (${reasons.join('; ')}) and was left, because ${stuck}` };
}

/** With `always` a node reboots without a reason too: after every upgrade, and in a round of reboots that installs nothing. */
function orAlways(reasons: readonly string[], set: PackageSet, config: Config): readonly string[] {
  if (reasons.length > 0 || config.reboot !== 'always') return reasons;
  if (config.upgrade === 'none') return ['it was asked for'];
  return isEmptySet(set) ? [] : ['reboot: always'];
}

/** How the node is now, to compare with when it is back. */
export function baselineOf(name: string, snapshot: Snapshot): NodeBaseline {
  const facts = answered(snapshot, name);
  return {
    bootId: facts.bootId.known ? facts.bootId.value : '',
    failedUnits: facts.failedUnits.known ? facts.failedUnits.value : [],
    activeServices: facts.services.known
      ? Object.entries(facts.services.value)
          .filter(([, state]) => state === 'active')
          .map(([unit]) => unit)
          .sort()
      : [],
    storages: snapshot.storages.known
      ? snapshot.storages.value
          .filter((row) => row.node === name && row.available)
          .map((row) => row.storage)
          .sort()
      : [],
    ...(facts.kernel.known ? { kernel: facts.kernel.value.running } : {}),
    ...(facts.pveVersion.known ? { pveVersion: facts.pveVersion.value } : {}),
    ...(facts.links.known ? { links: facts.links.value } : {}),
    ...(facts.corosyncLinks.known ? { corosyncLinks: facts.corosyncLinks.value } : {}),
    ...(facts.kernelErrors.known ? { kernelErrors: facts.kernelErrors.value } : {}),
    ...(facts.clockSynchronised.known ? { clockSynchronised: facts.clockSynchronised.value } : {}),
    onBoot: guestsOn(snapshot, name)
      .filter((guest) => guest.ha === undefined && guest.config.known && guest.config.value.onBoot)
      .map(({ vmid }) => vmid),
  };
}

/** Guests of the node that need a place when it goes down, in the order of their vmid. */
export function guestsOn(snapshot: Snapshot, name: string): readonly GuestFacts[] {
  return snapshot.guests.known ? snapshot.guests.value.filter((guest) => guest.node === name && needsPlace(guest)) : [];
}

/** Those of them that must be gone before the node reboots: all but those that may go down with it. */
export function guestsToLeave(snapshot: Snapshot, name: string, config: Config): readonly GuestFacts[] {
  return guestsOn(snapshot, name).filter((guest) => mustLeave(guest, snapshot, config));
}

export function haInUse(snapshot: Snapshot): boolean {
  return snapshot.ha.known && snapshot.ha.value.kind === 'used';
}

/** Whether the node is emptied before its packages change. */
function needsDrain(set: PackageSet, reboots: boolean, snapshot: Snapshot, config: Config): boolean {
  if (reboots) return config.drain !== 'when-rebooting' || isEmptySet(set);
  if (snapshot.membership.kind === 'lone') return false;
  if (config.drain === 'always') return true;
  return config.drain === 'auto' && disturbingPackages(set, haInUse(snapshot)).length > 0;
}

/** Why a node that should reboot is not rebooted by us, as far as policy says. Everything else is a check's business. */
function reasonAgainstReboot(name: string, snapshot: Snapshot, config: Config): string | undefined {
  if (config.reboot === 'never') return 'reboot is set to never';
  if (snapshot.membership.kind === 'cluster') return undefined;
  const staying = guestsOn(snapshot, name).filter((guest) => !['shutdown', 'leave'].includes(policyFor(guest, config)));
  if (staying.length === 0) return undefined;
  return `${staying.map(guestTitle).join(', ')} would stop, there is no other node, and no policy allows it (guests.default or guests.by_vmid: shutdown)`;
}

function emptying(name: string, snapshot: Snapshot, why: string): readonly Step[] {
  const drain: Step = { id: stepId(name, 'drain'), kind: 'drain', node: name, why };
  if (!haInUse(snapshot)) return [drain];
  return [
    {
      id: stepId(name, 'maintenance-on'),
      kind: 'maintenance-on',
      node: name,
      why: 'the HA manager moves its guests away and leaves the node alone',
    },
    drain,
  ];
}

function wayOf(guest: GuestFacts, snapshot: Snapshot, config: Config): GuestWay {
  const { vmid, memoryBytes } = guest;
  return {
    vmid,
    title: guestTitle(guest),
    way: wayFor(guest, snapshot, config),
    ...(memoryBytes.known ? { memoryBytes: memoryBytes.value } : {}),
  };
}

/** Least memory to move first; the own node last, once all it relies on is known to work. */
function inOrder(tracks: readonly Track[], ownNode: string): readonly Track[] {
  const moved = (track: Track) => track.guests.reduce((sum, guest) => sum + (goesAway(guest.way) ? (guest.memoryBytes ?? 0) : 0), 0);
  const late = (track: Track) => (track.node === ownNode ? 1 : 0);
  return [...tracks].sort((a, b) => late(a) - late(b) || moved(a) - moved(b) || a.node.localeCompare(b.node, 'en'));
}

function noteOf(name: string, snapshot: Snapshot, left: string | undefined): { readonly note?: string } {
  const notes = [
    ...(name === snapshot.ownNode && snapshot.nodes.length > 1 ? ['last: it carries this agent'] : []),
    ...(left === undefined ? [] : [left]),
  ];
  return notes.length === 0 ? {} : { note: notes.join('; ') };
}

/** Two are enough: the guard must survive the failure of one. */
function peersOf(name: string, snapshot: Snapshot): readonly string[] {
  return snapshot.nodes
    .filter((node) => node.name !== name && node.online && node.host.answered)
    .map((node) => node.name)
    .slice(0, 2);
}

function osdsOn(snapshot: Snapshot, name: string): number {
  return snapshot.ceph.known && snapshot.ceph.value.kind === 'present' ? (snapshot.ceph.value.osdsByHost[name]?.length ?? 0) : 0;
}

/** @throws when the node is missing or silent: it has no place in a plan then */
function answered(snapshot: Snapshot, name: string): HostFacts {
  const node = snapshot.nodes.find((candidate) => candidate.name === name);
  if (node === undefined || !node.host.answered) throw new Error(`${name} did not answer and cannot be planned`);
  return node.host.facts;
}
