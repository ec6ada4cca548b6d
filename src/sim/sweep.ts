/**
 * Exhaustive where chance is wasteful (house style 3.5): one scenario again and again, each time with one fault at one call
 * across the shell, or at one write to the state folder. A run that pauses is started again by a patient person, and must
 * then end as the scenario demands, with no invariant broken.
 */
import { configSchema } from '../config/schema.ts';
import { policyFor } from '../model/policy.ts';
import { agentFaults } from './faults/agent.ts';
import { type Scene, strike } from './faults/fault.ts';
import { nodeFaults } from './faults/node.ts';
import { somebody } from './person.ts';
import { rehearse } from './rehearse.ts';
import type { AgentMain, Patience, Rehearsal } from './rehearse.ts';
import type { Expectations, Scenario } from './scenario.ts';
import type { ShellCall, ShellHooks, Verdict } from './shell.ts';

export interface SweepFault {
  readonly title: string;
  /** What is counted, over all lives of the agent. */
  readonly counts: 'calls' | 'writes';
  /** Strikes at that count, from 1. */
  readonly at: (count: number) => (scene: Scene) => ShellHooks;
  /**
   * What it does by itself, and therefore nobody is asked about: with `power` and `peer` a node boots; with any guests stop that need not
   * (a container whose move failed), and the HA manager may leave its guests where it took them.
   */
  readonly harms?: 'link' | 'power' | 'peer';
}

export interface SweepCase {
  readonly fault: SweepFault;
  readonly count: number;
}

export interface SweepResult {
  readonly rehearsal: Rehearsal;
  /** What it should not have shown, a line each; empty when all is well. */
  readonly wrong: readonly string[];
}

const soonMs = 5_000;
const laterMs = 300_000;
const outageMs = 60_000;
/** Guests of a node that lost its power start one after the other. */
const settleMs = 120_000;

export const sweepFaults: readonly SweepFault[] = [
  { title: 'killed before, back at once', counts: 'calls', at: (call) => kill(call, 'before', soonMs) },
  { title: 'killed before, back later', counts: 'calls', at: (call) => kill(call, 'before', laterMs) },
  { title: 'killed after, back at once', counts: 'calls', at: (call) => kill(call, 'after', soonMs) },
  { title: 'killed after, back later', counts: 'calls', at: (call) => kill(call, 'after', laterMs) },
  { title: 'refused', counts: 'calls', at: (call) => once(call, 'before', (_scene, one) => refusal(one)) },
  { title: 'answer lost', counts: 'calls', at: (call) => once(call, 'after', () => lost) },
  { title: 'link cut for a minute', counts: 'calls', at: cutLink, harms: 'link' },
  { title: 'own node power cut', counts: 'calls', at: cutOwnPower, harms: 'power' },
  { title: 'peer power cut', counts: 'calls', at: cutPeerPower, harms: 'peer' },
  { title: 'disk full', counts: 'writes', at: fillDisk },
];

/**
 * Every fault at every place where it can strike, in their order.
 * @param among `turns`: of the calls only the first after each change of the world or of the journal. Until the next change the
 * agent only looks, so a fault there finds what it found at the first; an effect is always the first, as it is journaled before
 */
export async function sweepCases(scenario: Scenario, main: AgentMain, among: 'all' | 'turns' = 'all'): Promise<readonly SweepCase[]> {
  const turns = new Set<number>();
  const { calls, writes } = await rehearse(scenario, main, { hooks: [noteTurns(turns)] });
  const places = { calls: among === 'turns' ? [...turns] : upTo(calls), writes: upTo(writes) };
  return sweepFaults.flatMap((fault) => places[fault.counts].map((count) => ({ fault, count })));
}

function upTo(size: number): readonly number[] {
  return Array.from({ length: size }, (_, index) => index + 1);
}

/** Counts calls over all lives, and keeps the number of each before which something had changed. */
function noteTurns(turns: Set<number>): (scene: Scene) => ShellHooks {
  return ({ world, agent }) => {
    let count = 0;
    let before = '';
    return {
      before: () => {
        const now = `${world.log.entries.length}/${agent.disk.writes}`;
        count++;
        if (now !== before) turns.add(count);
        before = now;
        return undefined;
      },
    };
  };
}

/** One rehearsal with one fault. */
export async function sweepOne(scenario: Scenario, main: AgentMain, { fault, count }: SweepCase): Promise<SweepResult> {
  const expect = fault.harms === undefined ? scenario.expect : withoutHarm(scenario, fault.harms);
  const rehearsal = await rehearse({ ...scenario, expect }, main, { hooks: [fault.at(count)], patience: patience(scenario), settleMs });
  return { rehearsal, wrong: wrongIn(rehearsal, scenario, fault) };
}

/**
 * Where a scenario has faults of its own, or means the run to end otherwise than well, another fault may change what comes of it;
 * then the run must still end, and nothing may be broken. So it is where the power of
 * other nodes is cut, and with it guests stop that nobody starts again, or that the HA manager takes elsewhere.
 */
function wrongIn({ ending, problems }: Rehearsal, { expect, world, do: deeds }: Scenario, { harms }: SweepFault): readonly string[] {
  const stayDown = harms === 'peer' && Object.values(world.guests ?? {}).some(({ onBoot, ha }) => onBoot === false || ha !== undefined);
  if (expect.run === 'finished' && deeds.length === 0 && !stayDown) return problems;
  const broken = problems.filter((text) => text.startsWith('invariant'));
  return ['stuck', 'failed'].includes(ending.kind) && 'why' in ending ? [`the end is ${ending.kind} (${ending.why})`, ...broken] : broken;
}

/** A person who looks after ten minutes, does what the pause says, and resumes; and who loses patience after five times. */
function patience({ config }: Scenario): Patience {
  return { afterMs: 600_000, times: 5, mends: somebody(config) };
}

function withoutHarm({ expect, world, config }: Scenario, harm: 'link' | 'power' | 'peer'): Expectations {
  const settings = configSchema.parse(config);
  // One that is shut down for its way and cannot go on is started where it is; it is not interrupted again for the way home.
  const elsewhere = Object.entries(world.guests ?? {}).filter(
    ([vmid, { ha, tags = [] }]) => ha !== undefined || policyFor({ vmid: Number(vmid), tags }, settings) === 'restart',
  );
  const uncounted = { interruptions: undefined };
  return {
    ...expect,
    nodes: forEach(expect.nodes, harm === 'link' ? {} : { reboots: undefined }),
    guests: {
      ...forEach(expect.guests, uncounted),
      ...Object.fromEntries(
        elsewhere.map(([vmid]) => [vmid, { ...expect.guests?.[vmid], ...uncounted, 'at-home': undefined, on: undefined }]),
      ),
    },
  };
}

function forEach(states: Readonly<Record<string, object>> | undefined, change: object): Record<string, object> {
  return Object.fromEntries(Object.entries(states ?? {}).map(([name, state]) => [name, { ...state, ...change }]));
}

type When = 'before' | 'after';
type Hooked = (scene: Scene, call: ShellCall) => Verdict | undefined;

const lost: Verdict = { do: 'fail', kind: 'no-answer', detail: 'the simulator lost the answer' };

/** A connection is refused; on the own node there is none, and the command fails instead. */
function refusal({ own, commands }: ShellCall): Verdict {
  if (!own) return { do: 'fail', kind: 'unreachable', detail: 'the simulator refused it' };
  return {
    do: 'answer',
    answers: commands.map(() => ({ exitCode: 1, stdout: '', stderr: 'cannot fork: Resource temporarily unavailable\n' })),
  };
}

/** Counts calls across all lives: a shell counts only its own. */
function once(call: number, when: When, act: Hooked): (scene: Scene) => ShellHooks {
  return (scene) => {
    const strikes = (one: ShellCall): Verdict | undefined => (++seen === call ? act(scene, one) : undefined);
    let seen = 0;
    return when === 'before' ? { before: strikes } : { after: strikes };
  };
}

function kill(call: number, when: When, backMs: number): (scene: Scene) => ShellHooks {
  return once(call, when, (scene) => {
    strike(scene, agentFaults.kill(backMs));
    return { do: 'never' };
  });
}

function cutLink(call: number): (scene: Scene) => ShellHooks {
  return once(call, 'before', (scene, { host }) => {
    if (scene.world.findNode(host) === undefined) return undefined;
    strike(scene, nodeFaults.losesLink(host));
    scene.world.timers.after(outageMs, () => strike(scene, nodeFaults.getsLink(host)));
    return undefined;
  });
}

/** The plug is pulled and put back; the node boots, and its boot starts the agent again. */
function cutOwnPower(call: number): (scene: Scene) => ShellHooks {
  return once(call, 'before', (scene) => {
    strike(scene, nodeFaults.powerCycles(scene.agent.ownNode));
    return { do: 'never' };
  });
}

/** The same for the node that is asked; while the own one is asked, for the others in turn. */
function cutPeerPower(call: number): (scene: Scene) => ShellHooks {
  return once(call, 'before', (scene, { host, own }) => {
    const peers = scene.world.nodes.map(({ name }) => name).filter((name) => name !== scene.agent.ownNode);
    const struck = own ? peers[call % peers.length] : scene.world.findNode(host)?.name;
    if (struck !== undefined) strike(scene, nodeFaults.powerCycles(struck));
    return undefined;
  });
}

function fillDisk(write: number): (scene: Scene) => ShellHooks {
  return (scene) => {
    scene.agent.disk.onWrite = (count) => {
      if (count === write) strike(scene, agentFaults.diskFull());
    };
    return {};
  };
}
