/** A run of the product itself on a simulated world, told as a transcript with the margins at each moment a node goes away. */
import { configSchema } from '../config/schema.ts';
import type { RunEvent } from '../model/event.ts';
import { blocks, type Finding } from '../model/finding.ts';
import type { Act, Margin, Rehearsed, RehearsalEnd, Turn } from '../model/rehearsal.ts';
import { transcriptLine } from '../report/transcript.ts';
import { abandon } from '../run/abandon.ts';
import { conduct } from '../run/conduct.ts';
import type { Outcome } from '../run/outcome.ts';
import type { EventListener } from '../run/context.ts';
import { discover } from '../run/discover.ts';
import { check } from '../run/preflight.ts';
import type { Site } from '../run/site.ts';
import type { RunState } from '../run/state.ts';
import { usedMemory } from './metrics.ts';
import { rehearse, type AgentEnding, type AgentMain, type Rehearsal } from './rehearse.ts';
import type { Scenario } from './scenario.ts';
import type { World } from './world.ts';

export interface PlayOptions {
  readonly version: string;
  /** When the world begins, in milliseconds since the epoch. */
  readonly startMs?: number;
  readonly seed?: number;
  /** Told of every event, with the world as it is. */
  readonly onEvent?: (event: RunEvent, world: World) => void;
  /** A node whose turn would be next: when the run is over, it is looked whether that turn could begin. */
  readonly thenLook?: string;
}

/** As long as a run waits for what may pass by itself. */
const patienceMs = 120_000;

/** A run of this size is over within hours, or it hangs. */
const limitMs = 24 * 3_600_000;

/** @returns how it ended and all that was told; what the scenario expects is judged in `problems` of the second part */
export async function play(
  scenario: Scenario,
  options: PlayOptions,
): Promise<{ readonly rehearsed: Rehearsed; readonly problems: readonly string[] }> {
  const acts: Act[] = [];
  const margins: Margin[] = [];
  let findings: readonly Finding[] = [];
  let blocking: readonly Finding[] = [];
  let state: RunState | undefined;
  let world: World | undefined;
  let afterwards: RehearsalEnd | undefined;

  const main: AgentMain = (ports, life) =>
    new Promise<AgentEnding>((resolve, reject) => {
      const onEvent: EventListener = ({ event }, now) => {
        state = now;
        const { level, text } = transcriptLine(event, now);
        life.onEvent(event, text);
        const margin = world === undefined ? undefined : marginAt(event, now, world);
        if (margin !== undefined) margins.push(margin);
        acts.push({ atMs: elapsed(), subject: 'proxroll', text, level, ...(margin === undefined ? {} : { margin }) });
        if (world !== undefined) options.onEvent?.(event, world);
      };
      const site = { ports, config: configSchema.parse(life.config), version: options.version };
      if (life.errand === 'abandon') {
        abandon(site, { onEvent, stop: life.stop }).then(
          (outcome) => resolve({ kind: outcome.kind === 'nothing' ? 'finished' : outcome.kind }),
          reject,
        );
        return;
      }
      conduct(site, {
        only: life.only,
        stop: life.stop,
        onEvent,
        onFindings: (found) => {
          if (state === undefined) findings = found;
        },
      })
        .then(async (outcome) => {
          if (outcome.kind === 'blocked') blocking = outcome.findings;
          if (outcome.kind === 'finished' && options.thenLook !== undefined) afterwards = await lookAhead(options.thenLook, site);
          return endingOf(outcome);
        })
        .then(resolve, reject);
    });

  const elapsed = (): number => (world === undefined ? 0 : world.timers.now() - startedMs);
  let startedMs = 0;
  const rehearsal = await rehearse(scenario, main, {
    limitMs,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.startMs === undefined ? {} : { startMs: options.startMs }),
    hooks: [
      (scene) => {
        world = scene.world;
        startedMs = world.timers.now();
        world.log.listen(({ told, subject, text, event }) => {
          if (told) acts.push({ atMs: elapsed(), subject, text, level: event.type === 'fault' ? 'err' : 'info' });
        });
        return {};
      },
    ],
  });
  return {
    rehearsed: {
      end: afterwards ?? endOf(rehearsal, scenario.ownNode, state, blocking),
      findings,
      acts,
      margins,
      turns: state === undefined ? [] : turnsOf(state),
      broken: rehearsal.problems.filter((text) => text.startsWith('invariant')),
      unstruck: rehearsal.problems.filter((text) => text.includes('never happened')),
      guestsDown: guestsDown(rehearsal.world),
      tookMs: rehearsal.tookMs,
    },
    problems: rehearsal.problems,
  };
}

function endingOf(outcome: Outcome): AgentEnding {
  return outcome.kind === 'paused' ? { kind: 'paused', code: outcome.state.paused?.code ?? '' } : { kind: outcome.kind };
}

function endOf({ ending }: Rehearsal, ownNode: string, state: RunState | undefined, findings: readonly Finding[]): RehearsalEnd {
  switch (ending.kind) {
    case 'finished':
      return state?.plan?.tracks.length === 0 ? { kind: 'nothing-to-do' } : { kind: 'finished' };
    case 'paused': {
      if (state?.paused === undefined) return { kind: 'failed', why: 'it paused without a reason' };
      const { atMs: _atMs, ...paused } = state.paused;
      return { kind: 'paused', ...paused };
    }
    case 'blocked':
      return { kind: 'blocked', findings };
    case 'away':
      return { kind: 'away', node: ownNode };
    case 'abandoned':
    case 'busy':
      return { kind: ending.kind };
    case 'leaving':
      return { kind: 'stuck', why: `${ownNode} never went down for its reboot` };
    case 'stuck':
    case 'failed':
      return { kind: ending.kind, why: ending.why };
    default:
      return ending satisfies never;
  }
}

/** As a run does between two turns: what is in the way is looked at once more when it had time to pass. */
async function lookAhead(node: string, site: Site): Promise<RehearsalEnd> {
  // The lock is given back by now, and so is all that was on loan.
  const look = async (): Promise<readonly Finding[]> =>
    check(await discover(site), site.config, { when: 'start', only: [node] }).filter(blocks);
  let blocking = await look();
  if (blocking.length > 0) {
    await site.ports.clock.sleep(patienceMs);
    blocking = await look();
  }
  if (blocking.length === 0) return { kind: 'goes-on' };
  const joined = (word: 'what' | 'seen' | 'next'): string => [...new Set(blocking.map((finding) => finding[word]))].join('; ');
  return {
    kind: 'paused',
    code: 'check.blocked',
    what: joined('what'),
    seen: joined('seen'),
    next: `${joined('next')}; then: proxroll resume`,
  };
}

/** A node that is about to reboot: what stays, in this moment. */
function marginAt(event: RunEvent, state: RunState, world: World): Margin | undefined {
  if (event.type !== 'step.started') return undefined;
  const step = state.steps.get(event.step)?.step;
  if (step?.kind !== 'reboot') return undefined;
  const leaving = world.node(step.node);
  const { total, needed } = world.corosync.partition;
  const least = world.nodes
    .filter((node) => node !== leaving && node.alive && node.joined)
    .map((node) => ({ node: node.name, freeBytes: node.memoryBytes - usedMemory(world, node) }))
    .sort((a, b) => a.freeBytes - b.freeBytes)[0];
  return {
    node: step.node,
    atMs: world.timers.now() - state.beganAtMs,
    ...(world.clustered ? { votes: { left: total - (leaving.joined ? leaving.votes : 0), needed } } : {}),
    ...(least === undefined ? {} : { memory: least }),
  };
}

function turnsOf(state: RunState): readonly Turn[] {
  return state.nodesDone.flatMap(({ node, atMs }) => {
    const began = [...state.steps.values()].flatMap((step) =>
      step.step.node === node && step.status !== 'waiting' && !shared.includes(step.step.kind) ? [step.startedAtMs] : [],
    );
    const beganAtMs = Math.min(...began);
    return began.length === 0 ? [] : [{ node, beganMs: beganAtMs - state.beganAtMs, tookMs: atMs - beganAtMs }];
  });
}

/** Steps that all nodes take side by side, outside of their turns. */
const shared: readonly string[] = ['refresh', 'balancer-off', 'fetch', 'balancer-on'];

function guestsDown(world: World): readonly string[] {
  return [
    ...new Set(
      world.log.entries.flatMap(({ event }) => (event.type === 'guest.stopped' && /lost power/.test(event.why) ? [event.title] : [])),
    ),
  ];
}
