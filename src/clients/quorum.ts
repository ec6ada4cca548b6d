/** Votes as corosync on one node counts them (facts 2.1, 2.3). */
import type { QdeviceFacts, QuorumFacts } from '../model/snapshot.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { QdeviceState } from './pvesh.ts';
import type { Query, Source } from './query.ts';
import { answerQuery, filledLines, unparsable } from './query.ts';

export interface QuorumStatus {
  readonly quorate: boolean;
  readonly expectedVotes: number;
  readonly totalVotes: number;
  /** Votes needed. */
  readonly threshold: number;
  readonly flags: readonly string[];
  /** Members present, sorted by node id; match them by id, because the name depends on the resolver. */
  readonly members: readonly QuorumMember[];
  /** Only when the output has a row for it: votes it casts now. */
  readonly qdeviceVotes?: number;
}

export interface QuorumMember {
  readonly nodeId: number;
  readonly votes: number;
  readonly name: string;
  readonly local: boolean;
  /** As printed: `A,V,NMW`, or `NR` for not registered. */
  readonly qdevice?: string;
}

/**
 * Quorum and membership as this node sees them. Exit code 2 is the full answer of a node without quorum.
 * @throws CommandFailed when corosync does not run (exit code 1), Unparsable
 */
export const quorumQuery: Query<QuorumStatus> = answerQuery(
  reads(deadlines.quorum, 'corosync-quorumtool', '-s'),
  (answer, source, fail) => {
    if (answer.exitCode !== 0 && answer.exitCode !== 2) throw fail();
    return parseQuorum(answer.stdout, source);
  },
);

/** Reads `corosync-quorumtool -s`, in decimal and in hexadecimal form. @throws Unparsable */
export function parseQuorum(text: string, source: Source): QuorumStatus {
  const quorate = field(text, 'Quorate', /^(Yes|No)$/, source);
  const rows = memberRows(text, source);
  const members = rows.filter((row) => row.nodeId !== 0);
  const present = Number(field(text, 'Nodes', /^\d+$/, source));
  if (members.length !== present) throw unparsable(source, 'Membership information', `${members.length} rows for ${present} nodes`);
  const qdevice = rows.find((row) => row.nodeId === 0);
  return {
    quorate: quorate === 'Yes',
    expectedVotes: Number(field(text, 'Expected votes', /^\d+$/, source)),
    totalVotes: Number(field(text, 'Total votes', /^\d+$/, source)),
    // Without quorum the line ends with "Activity blocked".
    threshold: Number.parseInt(field(text, 'Quorum', /^\d+(\s+Activity blocked)?$/, source), 10),
    flags: field(text, 'Flags', /^.*$/, source)
      .split(/\s+/)
      .filter((flag) => flag !== ''),
    members: members.sort((a, b) => a.nodeId - b.nodeId),
    ...(qdevice === undefined ? {} : { qdeviceVotes: qdevice.votes }),
  };
}

/**
 * What the checks need to know, from the votes here and the device's own state. The device is trusted when it says that it is
 * connected and every member present sees it alive and voting (facts 2.3 number 3).
 */
export function quorumFacts(status: QuorumStatus, device: QdeviceState): QuorumFacts {
  const { quorate, expectedVotes, totalVotes, threshold, flags } = status;
  return { quorate, expectedVotes, totalVotes, threshold, flags, qdevice: qdeviceFacts(status, device) };
}

function qdeviceFacts(status: QuorumStatus, device: QdeviceState): QdeviceFacts {
  const counted = status.qdeviceVotes !== undefined || status.flags.includes('Qdevice');
  if (device.kind === 'none' && !counted) return { kind: 'none' };
  const state = device.kind === 'none' ? 'nothing' : device.state;
  const connected = device.kind === 'configured' && /^Connected\b/i.test(device.state);
  const members = status.members.map((member) => `${member.name} ${member.qdevice ?? 'nothing'}`);
  const alive = status.members.every((member) => /^A,V(,|$)/.test(member.qdevice ?? ''));
  return {
    kind: 'configured',
    votes: status.qdeviceVotes ?? 0,
    trusted: connected && alive,
    seen: `it says ${state}; members see ${members.join(', ')}`,
  };
}

function field(text: string, name: string, shape: RegExp, source: Source): string {
  const [, seen] = new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(text) ?? [];
  if (seen === undefined || !shape.test(seen)) throw unparsable(source, name, seen);
  return seen;
}

function memberRows(text: string, source: Source): QuorumMember[] {
  const [, table] = text.split(/^Membership information\s*\n-+\n/m);
  const [header, ...rows] = filledLines(table ?? '');
  if (header === undefined || !/^\s*Nodeid\s+Votes\b/.test(header)) throw unparsable(source, 'Membership information', header);
  return rows.map((row) => {
    const shape = /^\s*(0x[0-9a-f]+|\d+)\s+(\d+)\s+(?:((?:N?A,N?V,N?MW)|NR)\s+)?(\S+)(?:\s+(\(.*\)))?\s*$/i;
    const [, id, votes, qdevice, name, remark] = shape.exec(row) ?? [];
    if (id === undefined || votes === undefined || name === undefined) throw unparsable(source, 'Membership information', row);
    const member = { nodeId: Number(id), votes: Number(votes), name, local: remark === '(local)' };
    return qdevice === undefined ? member : { ...member, qdevice };
  });
}
