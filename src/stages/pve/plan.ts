/**
 * The plan of the pve stage: which nodes, in which order, with which steps. Pure. The order is fixed here; where a guest
 * goes is decided late, and whether a node reboots is decided anew after its upgrade.
 */
import type { Config } from '../../config/schema.ts';
import { guestTitle, type GuestFacts } from '../../model/guest.ts';
import type { NodeFacts } from '../../model/node.ts';
import { isEmptySet, type PackageSet } from '../../model/packages.ts';
import type { GuestWay, LeftOut, Plan, Track } from '../../model/plan.ts';
import { goesAway, wayFor } from '../../model/way.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { withMoves } from './moves.ts';
import { disturbingPackages, dueRebootReasons, foreseenRebootReasons } from './reboot-due.ts';
import { answered, guestsOn, haInUse } from './node-now.ts';
import { stepsAfter, stepsBefore } from './node-steps.ts';
import { orAlways, reasonAgainstReboot } from './reboot-verdict.ts';

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

/** Whether the node is emptied before its packages change. */
function needsDrain(set: PackageSet, reboots: boolean, snapshot: Snapshot, config: Config): boolean {
  if (reboots) return config.drain !== 'when-rebooting' || isEmptySet(set);
  if (snapshot.membership.kind === 'lone') return false;
  if (config.drain === 'always') return true;
  return config.drain === 'auto' && disturbingPackages(set, haInUse(snapshot)).length > 0;
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
