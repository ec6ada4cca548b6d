/** Where guests are and what happened to them, asked of the hosts and of what was written down about them, and what each planned way must come to. */
import { counted } from '../../src/model/count.ts';
import { moves } from '../evidence.ts';
import { first } from '../operator.ts';
import type { Way } from '../../src/model/way.ts';
import type { World } from '../../src/sim/world.ts';
import type { LabCluster } from '../cluster.ts';

export interface GuestSeen {
  readonly node: string;
  /** `running`, `paused`, `stopped`, as `qm status` and `pct status` say on its node. */
  readonly status: string;
  /** Seconds since it was started; zero when it does not run. */
  readonly uptimeS: number;
  /** Nodes it moved to since the run began, in their order. */
  readonly movedTo: readonly string[];
  /** How often it went down since then. */
  readonly downs: number;
}

/** @param fromMs when the run was started */
export async function seenOn(cluster: LabCluster, world: World, fromMs: number): Promise<ReadonlyMap<number, GuestSeen>> {
  const list = JSON.parse(await cluster.ssh.run(first(cluster), 'cat /etc/pve/.vmlist')) as {
    readonly ids: Readonly<Record<string, { readonly node: string; readonly type: 'qemu' | 'lxc' }>>;
  };
  const moved = moves(world);
  const perNode = await Promise.all(
    cluster.nodes.map(async ({ name, address }) => {
      const own = Object.entries(list.ids).filter(([, { node }]) => node === name);
      const asked = own.map(([vmid, { type }]) => `echo guest: ${vmid}; ${type === 'qemu' ? 'qm' : 'pct'} status ${vmid} --verbose`);
      const answer = await cluster.ssh.run(address, [...asked, 'true'].join('\n'), 120_000);
      return answer
        .split(/^guest: /m)
        .slice(1)
        .map((text): readonly [number, GuestSeen] => {
          const value = (key: string) => new RegExp(`^${key}: (\\S+)$`, 'm').exec(text)?.[1];
          const vmid = Number.parseInt(text, 10);
          const downs = world.guests.find(vmid)?.interruptions.filter(({ atMs }) => atMs >= fromMs).length ?? 0;
          const movedTo = moved.filter((move) => move.vmid === vmid && move.fromMs >= fromMs).map(({ to }) => to);
          const status = value('qmpstatus') ?? value('status') ?? 'unknown';
          return [vmid, { node: name, status, uptimeS: Number(value('uptime') ?? '0'), movedTo, downs }];
        });
    }),
  );
  return new Map(perNode.flat());
}

/** In words that are the same in every run: not the node it was on meanwhile. */
export function seenText({ node, status, movedTo, downs }: GuestSeen, home: string): string {
  const [away] = movedTo;
  const where =
    away === undefined
      ? 'stayed on its node'
      : movedTo.length === 2 && node === home
        ? 'away and home again'
        : `moved ${counted(movedTo.length, 'time')}, is on ${node}`;
  return `${where}; ${downs === 0 ? 'never went down' : `went down ${counted(downs, 'time')}`}; ${status}`;
}

/** How often a guest moves and goes down on each way, there and back. */
const fates: Readonly<Record<Exclude<Way, 'block'>, { readonly moves: number; readonly downs: (kind: 'qemu' | 'lxc') => number }>> = {
  'live-migration': { moves: 2, downs: () => 0 },
  'replica-migration': { moves: 2, downs: () => 0 },
  'disk-migration': { moves: 2, downs: (kind) => (kind === 'qemu' ? 0 : 2) },
  'restart-migration': { moves: 2, downs: () => 2 },
  'restart-elsewhere': { moves: 2, downs: () => 2 },
  'ha-manager': { moves: 2, downs: (kind) => (kind === 'qemu' ? 0 : 2) },
  'ha-stop': { moves: 0, downs: () => 1 },
  shutdown: { moves: 0, downs: () => 1 },
  leave: { moves: 0, downs: () => 1 },
};

export interface Planned {
  /** Missing for a guest that does not run. */
  readonly way: Way | undefined;
  /** Where it goes first, as far as the plan names it. */
  readonly to: string | undefined;
}

/** @param sinceS seconds since the run was started @returns what differs from the plan */
export function offPlan(
  seen: GuestSeen | undefined,
  planned: Planned,
  was: { readonly home: string; readonly kind: 'qemu' | 'lxc'; readonly status: string },
  sinceS: number,
): readonly string[] {
  if (seen === undefined) return ['it is gone'];
  if (planned.way === 'block') return ['the plan blocks it'];
  const fate = planned.way === undefined ? { moves: 0, downs: () => 0 } : fates[planned.way];
  const downs = fate.downs(was.kind);
  return [
    ...(seen.node === was.home ? [] : [`it is on ${seen.node}, not on ${was.home}`]),
    ...(seen.status === was.status ? [] : [`it is ${seen.status}, and was ${was.status}`]),
    ...(seen.movedTo.length === fate.moves
      ? []
      : [`it moved to ${seen.movedTo.join(', ') || 'no other node'}, planned as ${planned.way ?? 'nothing'}`]),
    ...(seen.downs === downs ? [] : [`it went down ${seen.downs} times, not ${downs}`]),
    // A move begins a new process on the target, so only of those that stayed does it tell whether they went down.
    ...(was.status === 'stopped' || seen.movedTo.length > 0 || seen.uptimeS >= sinceS === (downs === 0)
      ? []
      : [`it is up for ${seen.uptimeS} s, ${sinceS} s after the start`]),
    // The HA manager chooses by itself.
    ...(planned.way === 'ha-manager' || planned.to === undefined || planned.to === seen.movedTo[0]
      ? []
      : [`it went to ${seen.movedTo[0] ?? 'no other node'}, and the plan said ${planned.to}`]),
  ];
}
