/**
 * The vote arithmetic of corosync: may this node go down without the others losing quorum? Pure. The rule and the table of
 * cluster sizes are facts 2.3; it has to be asked again right before a reboot, not only when the plan is made.
 */
import type { NodeFacts } from './node.ts';
import type { QuorumFacts } from './snapshot.ts';

/** What of a node counts here. */
export type Voter = Pick<NodeFacts, 'name' | 'votes' | 'online'>;

export type MayLeave =
  /** `spareVotes` are left above the threshold; `survivesOneMore` when the largest voter could fail on top of it. */
  | {
      readonly kind: 'yes';
      readonly votesLeft: number;
      readonly threshold: number;
      readonly spareVotes: number;
      readonly survivesOneMore: boolean;
    }
  /** There is no quorum now, so nothing may leave. */
  | { readonly kind: 'not-quorate' }
  /** A quorum device is configured, but its vote cannot be relied on. */
  | { readonly kind: 'qdevice-untrusted'; readonly seen: string }
  /** `pair` for two nodes with nothing to break the tie: the one case that an administrator may accept. */
  | { readonly kind: 'loses-quorum'; readonly votesLeft: number; readonly threshold: number; readonly pair: boolean };

/**
 * @param nodes all nodes of the cluster, the leaving one included
 * @param leaving the name of the node that is to go down; one that is offline already takes no votes with it
 */
export function mayLeave(quorum: QuorumFacts, nodes: readonly Voter[], leaving: string): MayLeave {
  if (!quorum.quorate) return { kind: 'not-quorate' };
  if (quorum.qdevice.kind === 'configured' && !quorum.qdevice.trusted) return { kind: 'qdevice-untrusted', seen: quorum.qdevice.seen };
  const votesLeft = votesNow(quorum, nodes) - sum(nodes.filter((node) => node.online && node.name === leaving));
  const { threshold } = quorum;
  if (votesLeft < threshold)
    return { kind: 'loses-quorum', votesLeft, threshold, pair: nodes.length === 2 && quorum.qdevice.kind === 'none' };
  const staying = nodes.filter((node) => node.online && node.name !== leaving).map((node) => node.votes);
  const largest = Math.max(0, ...staying, deviceVotes(quorum));
  return { kind: 'yes', votesLeft, threshold, spareVotes: votesLeft - threshold, survivesOneMore: votesLeft - largest >= threshold };
}

/** Corosync's total and the votes of the nodes that are seen online should be the same; while they differ, the smaller is the careful one. */
function votesNow(quorum: QuorumFacts, nodes: readonly Voter[]): number {
  return Math.min(quorum.totalVotes, sum(nodes.filter((node) => node.online)) + deviceVotes(quorum));
}

function deviceVotes(quorum: QuorumFacts): number {
  return quorum.qdevice.kind === 'configured' ? quorum.qdevice.votes : 0;
}

function sum(nodes: readonly Voter[]): number {
  return nodes.reduce((votes, node) => votes + node.votes, 0);
}
