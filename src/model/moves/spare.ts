/** Whether everything would still have a place if one more node failed while another is away. Pure. */
import { bytesOf, carryOut, standingAtFirst, type MoveProblem, type Standing, type Turn } from './problem.ts';

export interface TooLittle {
  readonly node: number;
  /** The one that must not fail while `node` is away. */
  readonly also: number;
  readonly missingBytes: number;
}

/** @returns for each turn the node whose failure would leave most without a place; turns that could bear any are not in it */
export function spareRoom(problem: MoveProblem, turns: readonly Turn[]): readonly TooLittle[] {
  const standing = standingAtFirst(problem);
  return turns.flatMap(({ node, out, back }) => {
    carryOut(out, problem, standing);
    let worst: TooLittle | undefined;
    const living: number[][] = problem.nodes.map(() => []);
    standing.at.forEach((at, guest) => living[at]?.push(guest));
    for (let also = 0; also < problem.nodes.length; also++) {
      const missingBytes = also === node ? 0 : missingWithout(also, node, living[also] ?? [], problem, standing);
      if (missingBytes > (worst?.missingBytes ?? 0)) worst = { node, also, missingBytes };
    }
    carryOut(back, problem, standing);
    return worst === undefined ? [] : [worst];
  });
}

/** What would find no place, in bytes; only guests that may run elsewhere are counted. */
function missingWithout(failed: number, away: number, lost: readonly number[], problem: MoveProblem, standing: Standing): number {
  const free = standing.free.map((bytes, node) => (node === failed || node === away ? 0 : Math.max(0, bytes)));
  let missing = 0;
  // The first node with room, not the best: it is asked for every pair of nodes.
  for (const guest of [...lost].sort((a, b) => bytesOf(b, problem) - bytesOf(a, problem) || a - b)) {
    const { bytes, allowed } = problem.guests[guest] ?? { bytes: 0, allowed: [] };
    const to = free.findIndex((room, node) => room >= bytes && allowed[node] === true);
    if (to < 0) missing += bytes;
    else free[to] = (free[to] ?? 0) - bytes;
  }
  return missing;
}
