/** `corosync-quorumtool -s` (captures `corosync-quorumtool-`, `q-`, `corostop-`). */
import type { View } from '../corosync.ts';
import type { SimNode } from '../node.ts';
import type { Process } from '../process.ts';
import type { World } from '../world.ts';

export function corosyncQuorumtool(process: Process): number {
  const { world, node } = process;
  const view = world.corosync.view(node);
  if (view === undefined) return process.fail(1, 'Cannot initialize CMAP service');
  process.write(quorumText(world, node, view, (id) => `${id}`));
  return view.quorate ? 0 : 2;
}

/** The part that `pvecm status` prints too, there with the ids in hexadecimal. */
export function quorumText(
  world: World,
  node: SimNode,
  view: View,
  idText: (id: number) => string,
  named: (node: SimNode) => string = ({ name }) => name,
): string {
  const { corosync, spec } = world;
  const qdevice = corosync.qdeviceVotes > 0;
  const two = spec.quorum?.twoNode === true;
  const flags = [
    ...(two ? ['2Node'] : []),
    ...(view.quorate ? ['Quorate'] : []),
    ...(two ? ['WaitForAll'] : []),
    ...(qdevice ? ['Qdevice'] : []),
  ];
  const cast = qdevice && corosync.qdeviceConnected;
  const lines = [
    'Quorum information',
    '------------------',
    `Date:             ${world.longTime(world.timers.now())}`,
    'Quorum provider:  corosync_votequorum',
    `Nodes:            ${view.members.length}`,
    `Node ID:          ${idText(node.id)}`,
    `Ring ID:          1.${corosync.ring.toString(16)}`,
    `Quorate:          ${view.quorate ? 'Yes' : 'No'}`,
    '',
    'Votequorum information',
    '----------------------',
    `Expected votes:   ${view.expected}`,
    `Highest expected: ${view.expected}`,
    `Total votes:      ${view.total}`,
    `Quorum:           ${view.needed} ${view.quorate ? ' ' : 'Activity blocked'}`,
    `Flags:            ${flags.map((flag) => `${flag} `).join('')}`,
    '',
    'Membership information',
    '----------------------',
    `    Nodeid      Votes ${qdevice ? '   Qdevice ' : ''}Name`,
  ];
  for (const member of view.members) {
    const alive = qdevice ? `${(cast ? 'A,V,NMW' : 'NA,NV,NMW').padStart(10)} ` : '';
    lines.push(
      `${idText(member.id).padStart(10)} ${`${member.votes}`.padStart(10)} ${alive}${named(member)}${member === node ? ' (local)' : ''}`,
    );
  }
  if (qdevice)
    lines.push(
      `${idText(0).padStart(10)} ${`${cast ? corosync.qdeviceVotes : 0}`.padStart(10)} ${'Qdevice'.padStart(18)}${cast ? '' : ` (votes ${corosync.qdeviceVotes})`}`,
    );
  return `${lines.join('\n')}\n`;
}
