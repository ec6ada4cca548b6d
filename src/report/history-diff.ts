/** What two runs did differently. */
import { durationText } from '../model/duration.ts';
import type { RunState } from '../run/state.ts';
import { dateTime } from './clock-time.ts';
import { painter } from './colour.ts';
import type { TextOptions } from './findings.ts';
import { nodeWork, workText, type NodeWork } from './node-history.ts';
import { hanging } from './paragraph.ts';
import { spreadOf } from './usual-times.ts';

export interface RunsDiff {
  readonly runs: readonly [RunBrief, RunBrief];
  readonly nodes: readonly NodeDiff[];
  /** Kinds of steps whose middle time differs, those that changed most first. */
  readonly times: readonly { readonly kind: string; readonly ms: readonly [number, number] }[];
}

interface RunBrief {
  readonly run: string;
  readonly beganAtMs: number;
  readonly phase: RunState['phase'];
  readonly tookMs: number;
}

export interface NodeDiff {
  readonly node: string;
  /** Missing on the side that did nothing to it. */
  readonly works: readonly [NodeWork | undefined, NodeWork | undefined];
  /** Packages that both touched: which version each left behind. */
  readonly versions: readonly { readonly name: string; readonly to: readonly [string, string] }[];
  /** Packages that only one of them touched. */
  readonly only: readonly [readonly string[], readonly string[]];
}

export function runsDiff(a: RunState, b: RunState): RunsDiff {
  const nodes = [...new Set([a, b].flatMap((state) => [...state.steps.values()].map(({ step }) => step.node)))].sort((x, y) =>
    x.localeCompare(y, 'en', { numeric: true }),
  );
  return {
    runs: [brief(a), brief(b)],
    nodes: nodes.map((node) => nodeDiff(node, nodeWork(a, node), nodeWork(b, node))).filter((diff) => diff.works.some(Boolean)),
    times: timesDiff(a, b),
  };
}

function brief({ run, beganAtMs, lastAtMs, phase }: RunState): RunBrief {
  return { run, beganAtMs, phase, tookMs: lastAtMs - beganAtMs };
}

function nodeDiff(node: string, a: NodeWork | undefined, b: NodeWork | undefined): NodeDiff {
  const [toA, toB] = [a, b].map((work) => new Map((work?.packages ?? []).map((change) => [change.name, change.to]))) as [
    Map<string, string>,
    Map<string, string>,
  ];
  const both = [...toA].flatMap(([name, to]) => {
    const other = toB.get(name);
    return other === undefined || other === to ? [] : [{ name, to: [to, other] as const }];
  });
  const lone = (mine: Map<string, string>, other: Map<string, string>) => [...mine.keys()].filter((name) => !other.has(name));
  return { node, works: [a, b], versions: both, only: [lone(toA, toB), lone(toB, toA)] };
}

/** Less is chance. */
const worthMs = 1000;

function timesDiff(a: RunState, b: RunState): RunsDiff['times'] {
  const [timesA, timesB] = [times(a), times(b)];
  return [...timesA]
    .flatMap(([kind, ms]) => {
      const other = timesB.get(kind);
      return other === undefined || Math.abs(other - ms) < worthMs ? [] : [{ kind, ms: [ms, other] as const }];
    })
    .sort((x, y) => Math.abs(y.ms[1] - y.ms[0]) - Math.abs(x.ms[1] - x.ms[0]));
}

function times(state: RunState): ReadonlyMap<string, number> {
  const byKind = new Map<string, number[]>();
  for (const step of state.steps.values())
    if (step.status === 'done' && step.how === 'ran') byKind.set(step.step.kind, [...(byKind.get(step.step.kind) ?? []), step.tookMs]);
  return new Map([...byKind].map(([kind, all]) => [kind, spreadOf(all).p50]));
}

/** @returns text that ends in a line break */
export function runsDiffText({ runs: [a, b], nodes, times: changed }: RunsDiff, { width, colour }: TextOptions): string {
  const paint = painter(colour);
  const runText = ({ run, beganAtMs, phase, tookMs }: RunBrief) =>
    `run ${run}, ${dateTime(beganAtMs)}, ${phase} after ${durationText(tookMs)}`;
  const name = Math.max(0, ...nodes.map(({ node }) => node.length), ...changed.map(({ kind }) => kind.length)) + 2;
  return [
    ...hanging('- ', runText(a), width),
    ...hanging('+ ', runText(b), width),
    ...nodes.flatMap(({ node, works, versions, only }) => [
      '',
      paint('bold', node),
      ...hanging('  - ', works[0] === undefined ? 'nothing was done' : workText(works[0]), width),
      ...hanging('  + ', works[1] === undefined ? 'nothing was done' : workText(works[1]), width),
      ...versions.flatMap((change) => hanging('  ', `${change.name}: ${change.to[0]}, then ${change.to[1]}`, width)),
      ...(works[1] === undefined || only[0].length === 0 ? [] : hanging('  - only: ', only[0].join(', '), width)),
      ...(works[0] === undefined || only[1].length === 0 ? [] : hanging('  + only: ', only[1].join(', '), width)),
    ]),
    ...(changed.length === 0 ? [] : ['', paint('bold', 'middle time of a step')]),
    ...changed.map(({ kind, ms }) => `  ${kind.padEnd(name)}${durationText(ms[0])}, then ${durationText(ms[1])}`),
    '',
  ].join('\n');
}
