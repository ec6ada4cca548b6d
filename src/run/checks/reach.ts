/** Every node that is to be patched answers over ssh with a host key the cluster knows. */
import type { HostSilence, NodeFacts } from '../../model/node.ts';
import type { Check, Said } from './scope.ts';

export const checkReach: Check = ({ snapshot, config, inQuestion }) =>
  // A node that is offline has been named already.
  snapshot.nodes
    .filter((node) => node.online && !node.host.answered)
    .flatMap((node) => silent(node, inQuestion.includes(node), config.ssh_user));

function silent(node: NodeFacts, needed: boolean, user: string): readonly Said[] {
  if (node.host.answered) return [];
  const { code, why } = node.host;
  const { what, next, refused } = silence(code, node, user);
  if (!needed)
    return [{ severity: 'warning', subject: node.name, what: `${what}; it is not patched and takes no guests`, seen: why, next }];
  return [{ severity: refused ? 'blocker' : 'unknown', subject: node.name, what, seen: why, next }];
}

function silence(
  code: HostSilence,
  { name, address }: NodeFacts,
  user: string,
): { readonly what: string; readonly next: string; readonly refused: boolean } {
  const where = address ?? name;
  switch (code) {
    case 'unreachable':
      return {
        what: `${name} cannot be reached over ssh`,
        next: `see that sshd runs on ${name} and nothing blocks port 22 of ${where}`,
        refused: false,
      };
    case 'host-key':
      return {
        what: `${name} shows a host key that the cluster does not know`,
        next: `make sure that it is ${name} that answers at ${where}; if so, run on ${name}: pvecm updatecerts`,
        refused: true,
      };
    case 'login':
      return {
        what: `${name} does not let ${user} in`,
        next: `make this work on this node: ssh -o HostKeyAlias=${name} ${user}@${where} true`,
        refused: true,
      };
    case 'no-answer':
      return {
        what: `${name} stopped answering over ssh`,
        next: `look at the console of ${name}; a hanging storage or a full disk is a common cause`,
        refused: false,
      };
    default:
      return code satisfies never;
  }
}
