/** What a check is asked about: the site as it was seen, the nodes that are in question, and what the run itself borrowed. */
import type { Config } from '../../config/schema.ts';
import type { Finding, Severity } from '../../model/finding.ts';
import type { Loan } from '../../model/loan.ts';
import type { HostFacts, NodeFacts } from '../../model/node.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { planTrack, reasonToLeave } from '../../stages/pve/plan.ts';

export type CheckScope =
  /** Before anything is done. `run` when there is one already, so that its own lock and its `loans` are not held against it; `only` are the nodes a person asked for, empty for all; `refreshed` once all lists are fresh. */
  | {
      readonly when: 'start';
      readonly run?: string;
      readonly loans?: readonly Loan[];
      readonly only?: readonly string[];
      readonly refreshed?: boolean;
    }
  /** Before one node's turn. What is on loan is not held against the run. */
  | {
      readonly when: 'before-node';
      readonly node: string;
      readonly run: string;
      readonly loans: readonly Loan[];
      /** It is about to go down: whoever may be on the way to it counts too. */
      readonly reboots?: true;
    };

/** A finding without the word of its check, which the list in `preflight.ts` adds. */
export type Said = Omit<Finding, 'check'>;

/** One subject of preflight. Pure and synchronous. @returns what there is to say, nothing when all is well */
export type Check = (context: CheckContext) => readonly Said[];

export interface CheckContext {
  readonly snapshot: Snapshot;
  readonly config: Config;
  readonly scope: CheckScope;
  /** Nodes this look is about: all that are to be patched, or the one whose turn it is. */
  readonly inQuestion: readonly NodeFacts[];
  /** Those of them that answered, with what they said. The silent ones are the business of one check only. */
  readonly hosts: readonly Heard[];
  /** All nodes that answered, also those that are not patched. */
  readonly allHosts: readonly Heard[];
  /** Whether the node will be emptied or rebooted, as far as can be foreseen: then what hinders that is a blocker, else a warning. */
  readonly leaves: (node: string) => boolean;
  readonly ours: Ours;
}

export interface Heard {
  readonly node: string;
  readonly facts: HostFacts;
}

export interface Ours {
  readonly run?: string;
  /** Nodes in HA maintenance because of us. */
  readonly maintenance: readonly string[];
  /** Hosts with noout because of us. */
  readonly noout: readonly string[];
}

export function contextFor(snapshot: Snapshot, config: Config, scope: CheckScope): CheckContext {
  const inQuestion = snapshot.nodes.filter((node) => isInQuestion(node, config, scope));
  const leaving = new Map(inQuestion.map((node) => [node.name, willLeave(node, snapshot, config, scope)]));
  const loans = scope.loans ?? [];
  return {
    snapshot,
    config,
    scope,
    inQuestion,
    hosts: inQuestion.flatMap(heard),
    allHosts: snapshot.nodes.flatMap(heard),
    leaves: (node) => leaving.get(node) ?? true,
    ours: {
      ...(scope.run === undefined ? {} : { run: scope.run }),
      maintenance: loans.flatMap((loan) => (loan.kind === 'ha-maintenance' ? [loan.node] : [])),
      noout: loans.flatMap((loan) => (loan.kind === 'noout' ? [loan.node] : [])),
    },
  };
}

/** A finding for a fact that a check needs and that could not be read. */
export function notKnown(subject: string, what: string, why: string, severity: Severity = 'unknown'): Said {
  return {
    severity,
    subject,
    what,
    seen: why,
    next: `find out why on ${subject === 'cluster' ? 'this node' : subject}, then: proxroll check`,
  };
}

/** How serious it is that something hinders this node from being emptied or rebooted. */
export function severityOn(node: string, context: CheckContext): 'blocker' | 'warning' {
  return context.leaves(node) ? 'blocker' : 'warning';
}

/** `pve1, pve2 and pve3`. */
export function listText(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** The singular for one, else the plural, with the number: `1 package`, `3 packages`. */
export function countText(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** A silent node is in question all the same: it was to be patched. */
function isInQuestion(node: NodeFacts, config: Config, scope: CheckScope): boolean {
  if (scope.when === 'before-node' && node.name !== scope.node) return false;
  const only = scope.when === 'start' ? (scope.only ?? []) : [];
  if (!node.host.answered) return !config.excluded_nodes.includes(node.name) && (only.length === 0 || only.includes(node.name));
  return reasonToLeave(node, config, only) === undefined;
}

/**
 * While it is unknown what would be installed, a node is taken to leave. So is one whose turn it is although nothing is pending and no
 * reboot due: then it has been patched, and this is the last look before its reboot.
 */
function willLeave(node: NodeFacts, snapshot: Snapshot, config: Config, scope: CheckScope): boolean {
  if (!node.host.answered || !node.host.facts.pending.known) return true;
  const planned = planTrack(node.name, snapshot, config);
  if (planned.kind === 'left') return scope.when === 'before-node';
  return planned.track.drained || planned.track.rebootReasons.length > 0;
}

function heard(node: NodeFacts): readonly Heard[] {
  return node.host.answered ? [{ node: node.name, facts: node.host.facts }] : [];
}
