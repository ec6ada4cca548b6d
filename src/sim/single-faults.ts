/**
 * Every single fault at each step it can hit. A rehearsal of the whole run would spend its time before the fault, so each begins
 * where the turn of the node begins, on a smaller twin, and ends with a look whether the next turn could begin.
 */
import type { Config } from '../config/schema.ts';
import type { RunEvent } from '../model/event.ts';
import type { Plan, Track } from '../model/plan.ts';
import type { FaultOutcome, SingleFaults } from '../model/rehearsal.ts';
import { count } from '../report/paragraph.ts';
import { FaultProblem, readFault, type FaultWish, type Stage } from './fault-words.ts';
import { play, type PlayOptions } from './rehearsal.ts';
import type { Scenario } from './scenario.ts';
import type { WorldSpec } from './spec.ts';
import { lookAt } from './twin-look.ts';
import { sampled, type GuestKindSample, type Sample } from './twin-sample.ts';
import { faultsOfGuest, faultsOfNode, type FaultToTry, type Peers } from './turn-faults.ts';
import { specNow } from './world-now.ts';
import type { World } from './world.ts';

/** The world as each node's turn began, told by the rehearsal without faults. */
export class TurnWorlds {
  readonly byNode = new Map<string, WorldSpec>();

  readonly listen = (event: RunEvent, world: World): void => {
    const node = event.type === 'steps.planned' ? /^before:(.+)$/.exec(event.wave)?.[1] : undefined;
    if (node !== undefined && !this.byNode.has(node)) this.byNode.set(node, specNow(world));
  };
}

type TurnOptions = Pick<PlayOptions, 'version' | 'startMs' | 'seed'>;

/** More rehearsals than this keep a person waiting; then nodes that are alike stand for each other, and so do guests. */
const mostRehearsals = 100;

/**
 * @param scenario the twin without faults
 * @param plan what was planned for it, in its order
 * @param worlds from the rehearsal without faults
 */
export async function everySingleFault(
  scenario: Scenario,
  config: Config,
  plan: Plan,
  worlds: TurnWorlds['byNode'],
  options: TurnOptions,
): Promise<SingleFaults> {
  const turns = plan.tracks.flatMap((track, index): readonly Turn[] => {
    const world = worlds.get(track.node);
    if (world === undefined) return [];
    const sample = sampled(world, config, track.node);
    const own = track.node === scenario.ownNode;
    const kinds = track.drained ? sample.kinds.filter((kind) => kind.node === track.node) : [];
    const next = plan.tracks[index + 1]?.node;
    return [
      {
        track,
        sample,
        kinds,
        nodeFaults: faultsOfNode(track, own, peersOf(track.node, scenario.ownNode, world)),
        ...(next === undefined ? {} : { next }),
      },
    ];
  });
  const rehearsals = turns.reduce((sum, turn) => sum + turn.nodeFaults.length + turn.kinds.flatMap(faultsOfGuest).length, 0);
  const chosen =
    rehearsals > mostRehearsals
      ? representatives(turns, scenario.ownNode)
      : turns.map((turn): Chosen => ({ turn, nodes: [turn.track.node], kinds: turn.kinds }));
  const outcomes: FaultOutcome[] = [];
  for (const one of chosen) outcomes.push(...(await rehearseTurn(one, scenario, options)));
  const unreached = plan.tracks.map((track) => track.node).filter((node) => !worlds.has(node));
  return { outcomes, sampled: [...standInTexts(chosen), ...kindTexts(chosen)], unreached };
}

interface Turn {
  readonly track: Track;
  readonly sample: Sample;
  /** Of the guests that leave this node. */
  readonly kinds: readonly GuestKindSample[];
  readonly nodeFaults: readonly FaultToTry[];
  readonly next?: string;
}

/** A turn and what of it is rehearsed. */
interface Chosen {
  readonly turn: Turn;
  /** The nodes for which this one's own faults stand, itself the first; empty when another stands for it. */
  readonly nodes: readonly string[];
  readonly kinds: readonly GuestKindSample[];
}

/** The node that carries the run, and of the others the one with the most votes. */
function peersOf(node: string, ownNode: string, world: WorldSpec): Peers {
  const others = Object.entries(world.nodes).filter(([name, { off }]) => name !== node && name !== ownNode && off !== true);
  const heaviest = others.sort(([, a], [, b]) => (b.votes ?? 1) - (a.votes ?? 1))[0]?.[0];
  return { ...(node === ownNode ? {} : { carrier: ownNode }), ...(heaviest === undefined ? {} : { other: heaviest }) };
}

async function rehearseTurn({ turn, nodes, kinds }: Chosen, scenario: Scenario, options: TurnOptions): Promise<readonly FaultOutcome[]> {
  const { track, sample, next } = turn;
  const faults = [...(nodes.length > 0 ? turn.nodeFaults : []), ...kinds.flatMap(faultsOfGuest)];
  if (faults.length === 0) return [];
  const small: Scenario = { ...scenario, world: sample.world, only: [track.node], do: [] };
  const ahead: PlayOptions = { ...options, ...(next === undefined ? {} : { thenLook: next }) };
  const config = await quickConfig(small, sample.config, ahead);
  const { plan } = await lookAt({ ...small, ...(options.startMs === undefined ? {} : { startMs: options.startMs }) }, config);
  const outcomes: FaultOutcome[] = [];
  for (const fault of faults) {
    const wish = readable(fault.words, { world: small.world, ownNode: small.ownNode, plan });
    if (wish === undefined) continue;
    const { rehearsed } = await play({ ...small, config, do: [wish.deed] }, ahead);
    // A step that turned out not to be taken cannot fail.
    if (rehearsed.unstruck.length > 0 && rehearsed.broken.length === 0) continue;
    outcomes.push({ ...fault, end: rehearsed.end, broken: rehearsed.broken, guestsDown: rehearsed.guestsDown });
  }
  return outcomes;
}

/**
 * Waiting for what will not come costs the most, and a fault that lasts ends the same way after a shorter wait: all deadlines are
 * cut to the same part, so that the same one passes first. The time to reboot is kept, because there a late return counts; and all of
 * them where the turn without a fault would not be over in time.
 */
async function quickConfig(small: Scenario, config: Config, options: PlayOptions): Promise<Config> {
  const { reboot, run, ...others } = config.deadlines;
  const shorter = Object.fromEntries(
    Object.entries(others).map(([step, minutes]) => [step, Math.min(minutes, Math.max(enough[step] ?? 0, Math.ceil(minutes / shortened)))]),
  ) as typeof others;
  const quick: Config = { ...config, deadlines: { ...shorter, reboot, run } };
  const { rehearsed } = await play({ ...small, config: quick }, options);
  return rehearsed.end.kind === 'goes-on' || rehearsed.end.kind === 'finished' ? quick : config;
}

const shortened = 8;

/** What all attempts at a lock that stays take together, in minutes: the pause then tells of the lock. */
const enough: Readonly<Record<string, number>> = { upgrade: 25 };

/** @returns nothing for a fault that the smaller twin has no moment for */
function readable(words: string, stage: Stage): FaultWish | undefined {
  try {
    return readFault(words, stage);
  } catch (error) {
    if (error instanceof FaultProblem) return undefined;
    throw error;
  }
}

/** Nodes with the same steps are alike, and so are guests of one kind; the node that carries the run is like no other. */
function representatives(turns: readonly Turn[], ownNode: string): readonly Chosen[] {
  const nodesByKind = new Map<string, string[]>();
  const guestsByKind = new Map<string, GuestKindSample>();
  const stepsOf = ({ track }: Turn): string => [track.node === ownNode, ...track.steps.map((step) => step.kind)].join(' ');
  for (const turn of turns) {
    nodesByKind.set(stepsOf(turn), [...(nodesByKind.get(stepsOf(turn)) ?? []), turn.track.node]);
    for (const kind of turn.kinds) {
      const before = guestsByKind.get(kind.kind);
      guestsByKind.set(kind.kind, before === undefined ? kind : { ...before, count: before.count + kind.count });
    }
  }
  return turns.map((turn) => ({
    turn,
    nodes: [nodesByKind.get(stepsOf(turn)) ?? []].filter((nodes) => nodes[0] === turn.track.node).flat(),
    kinds: [...guestsByKind.values()].filter((kind) => kind.node === turn.track.node),
  }));
}

function standInTexts(chosen: readonly Chosen[]): readonly string[] {
  return chosen.flatMap(({ nodes: [first = '', ...others] }) =>
    others.length === 0 ? [] : [`${first} stands for ${others.join(', ')}, which take the same steps`],
  );
}

function kindTexts(chosen: readonly Chosen[]): readonly string[] {
  const many = chosen.flatMap(({ kinds }) => kinds).filter((kind) => kind.count > 1);
  if (many.length === 0) return [];
  const names = many.map((kind) => `${kind.title} for ${count(kind.count - 1, 'other')}`);
  return [`one guest stands for all of its kind: ${names.join(', ')}; the memory of the others counts where they are`];
}
