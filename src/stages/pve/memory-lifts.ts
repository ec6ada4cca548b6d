/** The smallest changes with which all nodes could be emptied after all, where memory is what is missing. Pure; each is tried, not guessed. */
import type { Config } from '../../config/schema.ts';
import { bytesText, gib } from '../../model/bytes.ts';
import { guestTitle } from '../../model/guest.ts';
import type { MoveProblem } from '../../model/moves/problem.ts';
import { planMoves } from '../../model/moves/rotation.ts';
import type { Plan } from '../../model/plan.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { movesSought } from './moves.ts';

/** So many guests are tried, the smallest first. */
const guestsTried = 40;
/** What is freed is sought in steps of this, up to so many of them. */
const stepBytes = gib;
const stepsTried = 256;

/** @returns each change by itself is enough: `free 6 GiB on pve2`, `allow vm 114 to be stopped`; empty when memory is not what is missing */
export function memoryLifts(plan: Plan, snapshot: Snapshot, config: Config): readonly string[] {
  if (plan.moves === undefined || plan.moves.kind === 'planned') return [];
  const sought = movesSought(plan.tracks, snapshot, config);
  if (sought === undefined) return [];
  const { problem, guests } = sought;
  const room = leastRoom(problem, plan.moves.missingBytes);
  const without = problem.guests
    .map((guest, index) => ({ guest, index }))
    .filter(({ guest }) => guest.mover === 'us')
    .sort((a, b) => a.guest.bytes - b.guest.bytes || a.guest.vmid - b.guest.vmid)
    .slice(0, guestsTried)
    .find(({ index }) => isPossible(staying(index, problem)));
  const stopped = without === undefined ? undefined : guests[without.index];
  return [
    ...(room === undefined ? [] : [`free ${bytesText(room.bytes)} on ${room.node}`]),
    ...(stopped === undefined ? [] : [`allow ${guestTitle(stopped)} to be stopped (guests.by_vmid.${stopped.vmid}: shutdown)`]),
  ];
}

function isPossible(problem: MoveProblem): boolean {
  return planMoves(problem).kind === 'planned';
}

/** A guest that is stopped stays on its node, and keeps its memory there. */
function staying(index: number, problem: MoveProblem): MoveProblem {
  const node = problem.guests[index]?.node;
  const bytes = problem.guests[index]?.bytes ?? 0;
  return {
    ...problem,
    guests: problem.guests.filter((_, other) => other !== index),
    nodes: problem.nodes.map((each, other) => (other === node ? { ...each, capacityBytes: each.capacityBytes - bytes } : each)),
  };
}

/** The node on which the least has to be freed, in whole steps; what is missing in sum is the least it can be. */
function leastRoom(problem: MoveProblem, missingBytes: number): { readonly node: string; readonly bytes: number } | undefined {
  const first = Math.max(1, Math.ceil(missingBytes / stepBytes));
  for (let steps = first; steps <= first + stepsTried; steps = steps < first + 8 ? steps + 1 : steps * 2)
    for (const [index, { name }] of problem.nodes.entries()) {
      const bytes = steps * stepBytes;
      const nodes = problem.nodes.map((each, other) => (other === index ? { ...each, capacityBytes: each.capacityBytes + bytes } : each));
      if (isPossible({ ...problem, nodes })) return { node: name, bytes };
    }
  return undefined;
}
