/** What can go wrong in one node's turn, and at which of its steps, in the words of `--fail`. */
import type { Track } from '../model/plan.ts';
import type { FaultOutcome } from '../model/rehearsal.ts';
import type { GuestKindSample } from './twin-sample.ts';

export type FaultToTry = Pick<FaultOutcome, 'words' | 'who' | 'fault' | 'struck' | 'node' | 'step'>;

/** Who else could fail while the node is away: the node that carries the run, and one of the others. */
export interface Peers {
  readonly carrier?: string;
  readonly other?: string;
}

/** @param own whether the node carries the run */
export function faultsOfNode({ node, steps, set }: Track, own: boolean, peers: Peers): readonly FaultToTry[] {
  const kinds = steps.map((step) => step.kind as string);
  const shared = set.changes.length > 0 ? ['refresh', 'fetch'] : ['refresh'];
  const carrier = 'the node that carries the run';
  const who = own ? carrier : 'a node';
  const fault = (words: string, what: string, step: string): FaultToTry => ({ words, who, fault: what, struck: node, node, step });
  const peer = (name: string, whose: string): FaultToTry => ({
    words: `${name} down at ${node}/reboot`,
    who: whose,
    fault: `loses power while ${own ? carrier : 'another'} reboots`,
    struck: name,
    node,
    step: 'reboot',
  });
  return [
    ...[...shared, ...kinds].flatMap((step) => [
      fault(`${node} down at ${step}`, 'loses power', step),
      // Its own agent would hang with it: that is for its watchdog, and nothing to rehearse.
      ...(own ? [] : [fault(`${node} hangs at ${step}`, 'hangs', step)]),
      fault(`link cut ${node} at ${step}`, 'loses its link', step),
    ]),
    ...(kinds.includes('upgrade')
      ? [
          fault(`apt locked on ${node} at fetch`, 'finds apt locked', 'fetch'),
          fault(`apt locked on ${node} at upgrade`, 'finds apt locked', 'upgrade'),
          fault(`apt failing-postinst on ${node}`, 'cannot configure a package', 'upgrade'),
        ]
      : []),
    ...(kinds.includes('reboot')
      ? [
          fault(`${node} never-returns`, 'never returns', 'reboot'),
          fault(`${node} returns-after 40m`, 'returns after 40 min', 'reboot'),
          fault(`${node} boots-old-kernel`, 'boots its old kernel', 'reboot'),
          ...(peers.carrier === undefined ? [] : [peer(peers.carrier, carrier)]),
          ...(peers.other === undefined ? [] : [peer(peers.other, 'a node')]),
        ]
      : []),
  ];
}

/** One guest that has to leave. */
export function faultsOfGuest({ vmid, node, lxc, ha, policy }: GuestKindSample): readonly FaultToTry[] {
  const who = `${ha ? 'an HA' : 'a'} ${lxc ? 'container' : 'VM'}`;
  const stops = policy === 'shutdown' || (policy === 'restart' && !ha);
  const moves = !stops && policy !== 'leave' && policy !== 'block';
  // One that is restarted elsewhere moves while it is down.
  const asked = moves || policy === 'restart';
  const fault = (word: string, what: string): FaultToTry => ({
    words: `guest ${vmid} ${word}`,
    who,
    fault: what,
    struck: `${vmid}`,
    node,
    step: 'drain',
  });
  return [
    ...(asked ? [fault('refuses-migration', 'refuses to move')] : []),
    // A container stops on its way, too.
    ...(stops || (lxc && moves) ? [fault('ignores-shutdown', 'ignores its shutdown')] : []),
  ];
}
