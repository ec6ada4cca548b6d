/** Whether a plan exists at all, by going through everything that could be done: for clusters of a few guests. It knows nothing of costs. */
import type { MoveProblem } from '../../../src/model/moves/problem.ts';

export function planExists(problem: MoveProblem): boolean {
  const { nodes, guests, turns, last } = problem;
  const home = guests.map((guest) => guest.node);
  const start = { at: home, done: [] as number[] };
  const seen = new Set([JSON.stringify(start)]);
  const todo = [start];
  for (let state = todo.pop(); state !== undefined; state = todo.pop()) {
    const { at, done } = state;
    if (done.length === turns.length && (!problem.returns || at.every((node, index) => node === home[index]))) return true;
    const next: (typeof start)[] = [];
    for (const node of turns)
      if (!done.includes(node) && !at.includes(node) && (node !== last || done.length === turns.length - 1))
        next.push({ at, done: [...done, node].sort() });
    guests.forEach((guest, index) => {
      for (let to = 0; to < nodes.length; to++) {
        const from = at[index]!;
        const taken = guests.reduce((sum, other, place) => sum + (at[place] === to ? other.bytes : 0), 0);
        const older = problem.oneWay && done.includes(from) && !done.includes(to);
        if (to === from || older || !guest.allowed[to] || taken + guest.bytes > nodes[to]!.capacityBytes) continue;
        next.push({ at: at.map((node, place) => (place === index ? to : node)), done });
      }
    });
    for (const one of next) {
      const key = JSON.stringify(one);
      if (seen.has(key)) continue;
      seen.add(key);
      todo.push(one);
    }
  }
  return false;
}
