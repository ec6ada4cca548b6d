/**
 * What a person approves when they approve a plan, as plain sentences: which nodes in which order, what is done to them and to whom.
 * Two plans are the same when these are. Left out is what moves by the minute and is decided late anyway: targets, free memory, times.
 */
import { createHash } from 'node:crypto';
import { bytesText } from './bytes.ts';
import type { Plan } from './plan.ts';

export interface PlanFact {
  /** The node it is about; `order` for what concerns all. */
  readonly about: string;
  readonly what: string;
  /** To the byte what `what` rounds; two facts are the same when this is. */
  readonly exactly?: string;
}

/** In the order of the plan; no two are the same. */
function planFacts({ tracks, left }: Plan): readonly PlanFact[] {
  return [
    { about: 'order', what: tracks.map((track) => track.node).join(', ') },
    ...tracks.flatMap(({ node, steps, set, rebootReasons, drained, guests }): readonly PlanFact[] => [
      { about: node, what: `steps: ${steps.map((step) => step.kind).join(', ')}` },
      ...set.changes.map(({ name, from, to }) => ({
        about: node,
        what: from === undefined ? `installs ${name} ${to}` : `${name} from ${from} to ${to}`,
      })),
      ...set.removals.map((name) => ({ about: node, what: `removes ${name}` })),
      ...set.keptBack.map((name) => ({ about: node, what: `keeps back ${name}` })),
      ...rebootReasons.map((reason) => ({ about: node, what: `reboots: ${reason}` })),
      { about: node, what: drained ? 'is emptied before its packages change' : 'is patched with its guests on it' },
      ...guests.map(({ title, way, memoryBytes }) => ({
        about: node,
        what: `${title}: ${way}${memoryBytes === undefined ? '' : `, ${bytesText(memoryBytes)}`}`,
        exactly: `${title}: ${way}${memoryBytes === undefined ? '' : `, ${memoryBytes} bytes`}`,
      })),
    ]),
    ...left.map(({ subject, why }) => ({ about: subject, what: `not planned: ${why}` })),
  ];
}

/** A short name of exactly this plan: 12 hexadecimal digits. */
export function planDigest(plan: Plan): string {
  const text = planFacts(plan).map((fact) => `${keyOf(fact)}\n`);
  return createHash('sha256').update(text.join('')).digest('hex').slice(0, 12);
}

export interface PlanDifference extends PlanFact {
  readonly change: 'gone' | 'new';
}

/** What is only in the one or only in the other, node by node; empty when a run of either is a run of both. */
export function planDifferences(before: Plan, after: Plan): readonly PlanDifference[] {
  const [was, is] = [planFacts(before), planFacts(after)];
  const [had, has] = [new Set(was.map(keyOf)), new Set(is.map(keyOf))];
  const abouts = [...new Set([...was, ...is].map((fact) => fact.about))];
  return abouts.flatMap((about) => [
    ...was.filter((fact) => fact.about === about && !has.has(keyOf(fact))).map((fact) => ({ ...fact, change: 'gone' as const })),
    ...is.filter((fact) => fact.about === about && !had.has(keyOf(fact))).map((fact) => ({ ...fact, change: 'new' as const })),
  ]);
}

function keyOf({ about, what, exactly }: PlanFact): string {
  return `${about}\t${exactly ?? what}`;
}
