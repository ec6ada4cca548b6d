/** How much of a run was work that nobody can do faster from outside: apt, guests, reboots, the HA manager's own pace. */
import type { World } from '../src/sim/world.ts';
import type { LabCluster } from './cluster.ts';
import { linesOf } from './evidence.ts';
import type { Interval } from './evidence.ts';

/** From `apt-get update`'s begin to its end, and the same for each time apt called dpkg. */
export async function aptWork(cluster: LabCluster): Promise<readonly Interval[]> {
  const lines = await linesOf(cluster, '/var/log/proxroll-lab/apt.log');
  return lines.flatMap(({ atMs, host, text }, at) => {
    const [what, edge] = text.split(' ');
    if (edge !== 'begins') return [];
    const end = lines.slice(at).find((later) => later.host === host && later.text === `${what ?? ''} done`);
    return end === undefined ? [] : [{ fromMs: atMs, toMs: end.atMs }];
  });
}

/** From the request to the HA manager until it says that a node is in maintenance, or no longer. */
export function haWork(cluster: LabCluster, world: World): readonly Interval[] {
  return cluster.calls.flatMap(({ argv, atMs }) => {
    if (argv[0] !== 'ha-manager' || argv[2] !== 'node-maintenance') return [];
    const end = world.log.entries.find(
      (fact) =>
        fact.atMs >= atMs &&
        fact.event.type === 'ha.maintenance' &&
        fact.event.node === argv[4] &&
        fact.event.on === (argv[3] === 'enable'),
    );
    return end === undefined ? [] : [{ fromMs: atMs, toMs: end.atMs }];
  });
}

/** Moves, stops and starts of guests, as long as their commands took. */
export function guestWork(cluster: LabCluster): readonly Interval[] {
  return cluster.calls.flatMap(({ argv: [program, what], atMs, endMs }) =>
    (program === 'qm' || program === 'pct') && ['migrate', 'shutdown', 'start'].includes(what ?? '') && endMs !== undefined
      ? [{ fromMs: atMs, toMs: endMs }]
      : [],
  );
}

/** How often a program of Proxmox was called since `fromMs`. */
export function callsOf(cluster: LabCluster, program: string, fromMs: number): number {
  return cluster.calls.filter(({ argv, atMs }) => argv[0] === program && atMs >= fromMs).length;
}
