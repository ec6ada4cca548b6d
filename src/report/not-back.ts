/** What peers send when the node that carries the run does not come back. */
import { curlConfig, type Sending } from '../clients/curl-config.ts';
import { wants, type Receiver } from '../model/receiver.ts';
import type { RunState } from '../run/state.ts';
import { requestFor } from './deliver.ts';
import { notBackMessage } from './message.ts';

/**
 * @returns the file that the peer gives to curl, secrets included; nothing when nobody is to be told. Mail by sendmail is left to the guard
 * itself, and a server with a certificate of its own to nobody: the peer could not tell whom it speaks to.
 */
export function notBackFile(receivers: readonly Receiver[], state: RunState, peer: string, waitedMs: number): string | undefined {
  const message = notBackMessage(state, peer, waitedMs);
  return curlConfig(
    receivers
      .filter((receiver) => wants(receiver, message))
      .flatMap((receiver): readonly Sending[] => {
        if (receiver.kind !== 'mail') {
          const request = requestFor(receiver, message);
          return request.trusts === undefined ? [{ request }] : [];
        }
        const { smtp } = receiver;
        return smtp === undefined || smtp.trusts !== undefined ? [] : [{ mail: { ...receiver, smtp }, message }];
      }),
  );
}
