/**
 * What a run cannot do without, as stretches of time: apt, moves of guests, boots. Read from the world's own facts, which know
 * nothing of the agent. All else is either the pace of other daemons (HA manager, pvestatd) or ours.
 */
import type { Entry } from '../src/model/event.ts';
import type { World } from '../src/sim/world.ts';
import { gaps, type Interval } from './intervals.ts';
import type { SimulatedRun } from './simulated-run.ts';

/** Package work, moves of guests, and each boot from the request to the membership. */
export function realWork(world: World): readonly Interval[] {
  const { entries } = world.log;
  return entries.flatMap(({ event, atMs }, at) => {
    const ends = endOf(event);
    if (ends === undefined) return [];
    const end = entries.slice(at + 1).find((later) => ends(later.event));
    return end === undefined ? [] : [{ fromMs: atMs, toMs: end.atMs }];
  });
}

type WorldEvent = World['log']['entries'][number]['event'];

/** @returns how to know the end of what begins with this event, or nothing when it begins no work */
function endOf(event: WorldEvent): ((later: WorldEvent) => boolean) | undefined {
  switch (event.type) {
    case 'apt.started':
      return (later) => later.type === 'apt.ended' && later.node === event.node && later.what === event.what;
    case 'migration.started':
      return (later) =>
        'vmid' in later && later.vmid === event.vmid && ['guest.runs', 'guest.moved', 'migration.failed'].includes(later.type);
    case 'node.asked-to-reboot':
      return (later) => later.type === 'node.rejoined' && later.node === event.node;
    default:
      return undefined;
  }
}

/**
 * Waits that the cluster itself imposes: from a request for HA maintenance until its manager says so, and from the membership
 * of a booted node until its first figures are broadcast. Nobody who follows the rules of Proxmox VE can be faster.
 */
export function clusterPace({ world, calls }: Pick<SimulatedRun, 'world' | 'calls'>): readonly Interval[] {
  const { entries } = world.log;
  const requests = calls.flatMap(({ atMs, commands }) => {
    const [program, command, , verb, node] = commands[0]?.argv ?? [];
    return program === 'ha-manager' && command === 'crm-command' ? [{ atMs, node, on: verb === 'enable' }] : [];
  });
  const maintenance = requests.flatMap(({ atMs, node, on }) => {
    const seen = entries.find(
      (fact) => fact.atMs >= atMs && fact.event.type === 'ha.maintenance' && fact.event.node === node && fact.event.on === on,
    );
    return seen === undefined ? [] : [{ fromMs: atMs, toMs: seen.atMs }];
  });
  const broadcasts = entries.flatMap(({ event, atMs }) =>
    event.type === 'node.rejoined' ? [{ fromMs: atMs, toMs: atMs + world.latencies.firstMetricsMs }] : [],
  );
  return [...maintenance, ...broadcasts];
}

/** The first event of the journal to its last. */
export function wallOf(journal: readonly Entry[]): Interval {
  return { fromMs: journal[0]?.at ?? 0, toMs: journal.at(-1)?.at ?? 0 };
}

/** How much of the time outside of `work` passed in steps of each kind, the most first; `looking` is the time between steps. */
export function timeByStep(journal: readonly Entry[], work: readonly Interval[]): readonly (readonly [kind: string, ms: number])[] {
  const sums = new Map<string, number>();
  for (const gap of gaps(work, wallOf(journal)))
    for (const { kind, fromMs, toMs } of stepsOf(journal)) {
      const ms = Math.min(toMs, gap.toMs) - Math.max(fromMs, gap.fromMs);
      if (ms > 0) sums.set(kind, (sums.get(kind) ?? 0) + ms);
    }
  return [...sums].sort((a, b) => b[1] - a[1]);
}

/** The journal as stretches side by side, each named by the step that was in flight; of several the one that began first. */
function stepsOf(journal: readonly Entry[]): readonly (Interval & { readonly kind: string })[] {
  const flying: string[] = [];
  return journal.slice(0, -1).map(({ event, at }, index) => {
    if (event.type === 'step.started') flying.push(event.step);
    if (event.type === 'step.done' && flying.includes(event.step)) flying.splice(flying.indexOf(event.step), 1);
    return { kind: flying[0]?.split('/')[2] ?? 'looking', fromMs: at, toMs: journal[index + 1]?.at ?? at };
  });
}
