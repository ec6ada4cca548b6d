/** Quorum now, and whether it holds while each node is away (facts 2.3). */
import { mayLeave } from '../../model/quorum.ts';
import type { QuorumFacts } from '../../model/snapshot.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { listText, notKnown, severityOn } from './scope.ts';

export const checkQuorum: Check = (context) => {
  const { membership } = context.snapshot;
  if (membership.kind === 'lone') return [];
  if (membership.unheard !== undefined) return [apart(context.snapshot.ownNode, membership.unheard)];
  if (!membership.quorum.known) return [notKnown('cluster', 'it is unknown whether the cluster has quorum', membership.quorum.why)];
  const quorum = membership.quorum.value;
  if (!quorum.quorate)
    return [
      {
        severity: 'blocker',
        subject: 'cluster',
        what: 'the cluster has no quorum',
        seen: `${quorum.totalVotes} of ${quorum.expectedVotes} votes are present, ${quorum.threshold} are needed`,
        next: 'bring the missing nodes or the quorum device back; pvecm status shows who is there',
      },
    ];
  if (quorum.qdevice.kind === 'configured' && !quorum.qdevice.trusted) return [untrusted(quorum.qdevice.seen)];
  // A cluster that nobody joined: while its only node is away, nobody is left who could miss the quorum.
  if (context.snapshot.nodes.length === 1) return [];
  const losses = context.inQuestion.flatMap((node) => whenGone(node.name, quorum, context));
  return [...losses, ...margin(quorum, context)];
};

function apart(ownNode: string, seen: string): Said {
  // What a node keeps that was taken out of its cluster by hand.
  const leftOver = seen.startsWith('/etc/corosync/') ? '; when it was taken out of it for good: rm /etc/corosync/corosync.conf' : '';
  return {
    severity: 'blocker',
    subject: 'cluster',
    what: `${ownNode} belongs to a cluster and is not in it`,
    seen,
    next: `on ${ownNode}: journalctl -b -u corosync -u pve-cluster; bring it back into the cluster first${leftOver}`,
  };
}

function untrusted(seen: string): Said {
  return {
    severity: 'blocker',
    subject: 'cluster',
    what: 'the vote of the quorum device cannot be relied on',
    seen,
    next: 'get corosync-qdevice to connect and vote on every node (pvecm status shows A,V for each), or remove the device with: pvecm qdevice remove',
  };
}

function whenGone(node: string, quorum: QuorumFacts, context: CheckContext): readonly Said[] {
  const { config, snapshot } = context;
  const verdict = mayLeave(quorum, snapshot.nodes, node);
  if (verdict.kind !== 'loses-quorum') return [];
  const seen = `${verdict.votesLeft} of ${quorum.expectedVotes} votes would be left, ${verdict.threshold} are needed`;
  const what = `the cluster would lose quorum while ${node} is away`;
  const severity = severityOn(node, context);
  if (!verdict.pair) return [{ severity, subject: node, what, seen, next: `bring all nodes and votes back before ${node} goes away` }];
  const standsStill = 'meanwhile /etc/pve is read-only and no guest can be started or changed';
  if (!snapshot.ha.known) return [notKnown(node, `${what}, and it is unknown whether HA is in use`, snapshot.ha.why)];
  if (snapshot.ha.value.kind === 'used')
    return [
      {
        severity,
        subject: node,
        what: `${what}, and the HA manager would fence the other node`,
        seen: `${seen}; HA is in use`,
        next: 'add a quorum device (pvecm qdevice setup); or take the HA resources out for the time and set accept_quorum_loss',
      },
    ];
  if (config.accept_quorum_loss)
    return [
      {
        severity: 'warning',
        subject: node,
        what: `${what}, as accept_quorum_loss allows`,
        seen: `${seen}; ${standsStill}`,
        next: 'nothing; a quorum device would avoid it',
      },
    ];
  return [
    {
      severity,
      subject: node,
      what,
      seen: `${seen}; ${standsStill}`,
      next: 'add a quorum device (pvecm qdevice setup), or accept it with accept_quorum_loss: true',
    },
  ];
}

/** A healthy cluster of three cannot lose a second node, so this is said and no more. */
function margin(quorum: QuorumFacts, { snapshot, inQuestion }: CheckContext): readonly Said[] {
  const tight = inQuestion.filter((node) => {
    const verdict = mayLeave(quorum, snapshot.nodes, node.name);
    return verdict.kind === 'yes' && !verdict.survivesOneMore;
  });
  if (tight.length === 0) return [];
  return [
    {
      severity: 'info',
      subject: 'cluster',
      what: `while ${listText(tight.map((node) => node.name))} ${tight.length === 1 ? 'is' : 'are'} away, one at a time, no other vote may fail`,
      seen: `${quorum.totalVotes} of ${quorum.expectedVotes} votes are present, ${quorum.threshold} are needed`,
      next: '',
    },
  ];
}
