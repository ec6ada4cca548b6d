/** What can go wrong in one node's turn, and at which of its steps, in the words of `--fail`. */
import type { Track } from '../model/plan.ts';
import type { FaultOutcome } from '../model/rehearsal.ts';
import type { GuestKindSample } from './twin-sample.ts';

export type FaultToTry = Pick<FaultOutcome, 'words' | 'fault' | 'struck' | 'step'>;

/**
 * @param own whether the node carries the run
 * @param peers who else could fail while it is away
 */
export function faultsOfNode(
  { node, steps, set }: Track,
  own: boolean,
  peers: { readonly carrier?: string; readonly other?: string },
): readonly FaultToTry[] {
  const kinds = steps.map((step) => step.kind as string);
  const shared = set.changes.length > 0 ? ['refresh', 'fetch'] : ['refresh'];
  const who = own ? 'the node that carries the run' : 'a node';
  const fault = (words: string, what: string, step: string, struck = node): FaultToTry => ({ words, fault: what, struck, step });
  return [
    ...[...shared, ...kinds].flatMap((step) => [
      fault(`${node} down at ${step}`, `${who} loses power`, step),
      // Its own agent would hang with it: that is for its watchdog, and nothing to rehearse.
      ...(own ? [] : [fault(`${node} hangs at ${step}`, `${who} hangs`, step)]),
      fault(`link cut ${node} at ${step}`, `${who} loses its link`, step),
    ]),
    ...(kinds.includes('upgrade')
      ? [
          fault(`apt locked on ${node} at fetch`, 'apt is locked', 'fetch'),
          fault(`apt locked on ${node} at upgrade`, 'apt is locked', 'upgrade'),
          fault(`apt failing-postinst on ${node}`, 'a package fails to configure', 'upgrade'),
        ]
      : []),
    ...(kinds.includes('reboot')
      ? [
          fault(`${node} never-returns`, `${who} never returns`, 'reboot'),
          fault(`${node} returns-after 40m`, `${who} returns after 40 min`, 'reboot'),
          fault(`${node} boots-old-kernel`, `${who} boots its old kernel`, 'reboot'),
          ...(peers.carrier === undefined
            ? []
            : [fault(`${peers.carrier} down at ${node}/reboot`, 'the node that carries the run loses power while another reboots', 'reboot', peers.carrier)]),
          ...(peers.other === undefined
            ? []
            : [fault(`${peers.other} down at ${node}/reboot`, `another node loses power while ${own ? who : 'one'} reboots`, 'reboot', peers.other)]),
        ]
      : []),
  ];
}

/** One guest that has to leave. */
export function faultsOfGuest({ vmid, lxc, ha, policy }: GuestKindSample): readonly FaultToTry[] {
  const who = `${ha ? 'an HA' : 'a'} ${lxc ? 'container' : 'VM'}`;
  const moves = ha || policy === 'migrate';
  const stops = policy === 'shutdown' && !ha;
  const fault = (word: string, what: string): FaultToTry => ({ words: `guest ${vmid} ${word}`, fault: `${who} ${what}`, struck: `${vmid}`, step: 'drain' });
  return [
    ...(moves ? [fault('refuses-migration', 'refuses to move')] : []),
    // A container stops on its way, too.
    ...(stops || (lxc && moves) ? [fault('ignores-shutdown', 'ignores its shutdown')] : []),
  ];
}
