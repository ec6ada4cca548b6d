/** Storage replication, on the node that has the guests (facts 1.9). */
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import { filledLines, textQuery, unparsable, type Query } from './query.ts';

export interface ReplicationState {
  /** `101-0`. */
  readonly job: string;
  /** Seconds since the epoch; 0 when it never was synced. */
  readonly lastSyncS: number;
  readonly failCount: number;
  /** `OK`, `SYNCING`, or the error of its last try. */
  readonly state: string;
}

/**
 * The jobs of the node's guests. Times are asked for in UTC, because the tool prints them without a zone. A line whose time makes no
 * sense is left out, so that its age is unknown. @throws CommandFailed
 */
export const replicationStateQuery: Query<readonly ReplicationState[]> = textQuery(
  reads(deadlines.guestTool, 'env', 'TZ=UTC', 'pvesr', 'status'),
  (stdout, source) => {
    const [head, ...lines] = filledLines(stdout);
    // The heading stands there without a single job too.
    if (head === undefined || !/^JobID\s/.test(head)) throw unparsable(source, 'the heading', head);
    return lines.flatMap((line): ReplicationState[] => {
      const [, job, last, fails, state] = /^(\d+-\d+)\s+\S+\s+\S+\s+(\S+)\s+\S+\s+\S+\s+(\d+)\s+(.+?)\s*$/.exec(line) ?? [];
      const lastSyncS = last === undefined ? undefined : secondsOf(last);
      if (job === undefined || fails === undefined || state === undefined || lastSyncS === undefined) return [];
      return [{ job, lastSyncS, failCount: Number(fails), state }];
    });
  },
);

/** `2026-03-01_04:00:00`, or `-` for never. */
function secondsOf(text: string): number | undefined {
  if (text === '-') return 0;
  const [, day, time] = /^(\d{4}-\d\d-\d\d)_(\d\d:\d\d:\d\d)$/.exec(text) ?? [];
  return day === undefined || time === undefined ? undefined : Date.parse(`${day}T${time}Z`) / 1000;
}
