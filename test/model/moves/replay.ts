/** Goes through planned moves one by one and says what is wrong with them: written apart from the search, so that both would have to err alike. */
import type { Move, MoveProblem, MoveRule, Turn } from '../../../src/model/moves/problem.ts';

/** @returns every promise that these turns break; empty when all are kept */
export function brokenPromises(problem: MoveProblem, turns: readonly Turn[]): readonly string[] {
  const { nodes, guests } = problem;
  const at = guests.map((guest) => guest.node);
  const patched = new Set<number>();
  const broken: string[] = [];
  const taken = (node: number) => guests.reduce((sum, guest, index) => sum + (at[index] === node ? guest.bytes : 0), 0);
  const make = ({ guest: index, from, to }: Move) => {
    const guest = guests[index]!;
    const what = `guest ${guest.vmid} from ${from} to ${to}`;
    if (at[index] !== from) broken.push(`${what}: it is on ${at[index]}`);
    if (guest.allowed[to] !== true) broken.push(`${what}: not allowed there`);
    if (taken(to) + guest.bytes > nodes[to]!.capacityBytes) broken.push(`${what}: no room`);
    if (problem.oneWay && patched.has(from) && !patched.has(to)) broken.push(`${what}: back to an older node`);
    at[index] = to;
  };
  for (const [index, { node, out, back }] of turns.entries()) {
    const before = [...at];
    for (const move of out) make(move);
    broken.push(...brokenRules(problem, before, at).map((what) => `the turn of ${node}: ${what}`));
    if (at.includes(node)) broken.push(`node ${node} is not empty when its turn comes`);
    if (node === problem.last && index < turns.length - 1) broken.push(`node ${node} is not the last`);
    patched.add(node);
    for (const move of back) make(move);
  }
  if ([...patched].sort().join() !== [...problem.turns].sort().join() || turns.length !== problem.turns.length)
    broken.push('not each node has one turn');
  guests.forEach((guest, index) => {
    if ((problem.returns || (guest.mover === 'manager' && guest.stays !== true)) && at[index] !== guest.node)
      broken.push(`guest ${guest.vmid} is not back home`);
  });
  return broken;
}

/** A rule that held before a node was emptied holds when it is empty. */
function brokenRules({ rules = [], guests }: MoveProblem, before: readonly number[], after: readonly number[]): readonly string[] {
  const holds = (rule: MoveRule, at: readonly number[]) =>
    new Set(rule.guests.map((guest) => at[guest])).size === (rule.kind === 'together' ? 1 : rule.guests.length);
  return rules
    .filter((rule) => holds(rule, before) && !holds(rule, after))
    .map(({ kind, guests: named }) => `${named.map((guest) => guests[guest]!.vmid).join(', ')} are not ${kind}`);
}
