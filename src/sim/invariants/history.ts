/** All that an invariant may look at: what happened in the world, what the run journaled, and the world as it is in the end. */
import type { Config } from '../../config/schema.ts';
import type { RunEvent } from '../../model/event.ts';
import type { WorldEvent, WorldFact } from '../facts.ts';
import type { World } from '../world.ts';

export interface History {
  readonly facts: readonly WorldFact[];
  readonly journal: readonly Journaled[];
  /** Who held the lock of the cluster when a fact happened, by its index; only of facts that a run brings about. */
  readonly holders: ReadonlyMap<number, string | undefined>;
  readonly world: World;
  readonly atStart: { readonly maintenance: readonly string[]; readonly noout: readonly string[] };
  readonly finished: boolean;
  /** When it was over, on the clock of `atMs`, and whether that was because nobody could wait any longer. */
  readonly endMs: number;
  readonly stuck: boolean;
  /** When the agent of the own node was started, each time, on the clock of `atMs`. */
  readonly startsMs: readonly number[];
  readonly config: Config;
  /** Everything that was printed or written to the state folder. */
  readonly printed: string;
  /** The journals as they lie on the disk of the own node, whose agent is named here. */
  readonly onDisk: { readonly by: string; readonly text: string };
}

export interface Journaled {
  /** The place in `facts` at which it was durable. */
  readonly at: number;
  /** Of the world's clock, as facts have it: it never jumps. */
  readonly atMs: number;
  /** The agent's own wall clock. */
  readonly wallMs: number;
  /** The node whose agent said it. */
  readonly by: string;
  readonly event: RunEvent;
}

/** The first fact of a type of which `broken` has something to say. */
export function first<Type extends WorldEvent['type']>(
  facts: readonly WorldFact[],
  type: Type,
  broken: (event: Extract<WorldEvent, { type: Type }>, index: number) => string | undefined,
): string | undefined {
  for (const { event, index } of facts) {
    if (event.type !== type) continue;
    const what = broken(event as Extract<WorldEvent, { type: Type }>, index);
    if (what !== undefined) return what;
  }
  return undefined;
}

/** Whether something happened in the moment before a fact. */
export function justBefore(facts: readonly WorldFact[], index: number, ms: number, what: (event: WorldEvent) => boolean): boolean {
  const atMs = facts[index]?.atMs ?? 0;
  return facts.slice(0, index).some((fact) => atMs - fact.atMs <= ms && what(fact.event));
}

/** A person shut the node down; what follows is theirs. */
export function ledByPerson(facts: readonly WorldFact[], node: string): boolean {
  return facts.some(({ event }) => event.type === 'fault' && event.text === `${node} is shut down by hand`);
}

/** Tags of a guest, also of one that has been deleted since. */
export function tagsOf(vmid: number, world: World): readonly string[] {
  return world.spec.guests?.[vmid]?.tags ?? world.guests.find(vmid)?.tags ?? [];
}
