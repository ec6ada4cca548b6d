/**
 * The packages that apt has downloaded. apt gives each the time that its server tells of it, which is when it was put there:
 * the best word there is for when a fix was published.
 */
import type { PackageSet } from '../model/packages.ts';
import { isSecurity } from '../model/packages.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { filledLines, textQuery, unparsable } from './query.ts';

/** Milliseconds since the epoch by file name: `openssl_3.5.1-1+deb13u1_amd64.deb`. */
export type Archives = Readonly<Record<string, number>>;

/** Source: `man find`; apt 2.6 sets the time of a file to its `Last-Modified`. @throws CommandFailed, Unparsable */
export const archivesQuery: Query<Archives> = textQuery(
  reads(deadlines.file, 'find', '/var/cache/apt/archives', '-maxdepth', '1', '-name', '*.deb', '-printf', '%f\\t%T@\\n'),
  (text, source) =>
    Object.fromEntries(
      filledLines(text).map((line): [string, number] => {
        const [name, time] = line.split('\t');
        const seconds = Number(time);
        if (name === undefined || name === '' || time === undefined || !Number.isFinite(seconds))
          throw unparsable(source, 'an archive', line);
        return [name, Math.round(seconds * 1000)];
      }),
    ),
);

/** When the oldest security fix of the set was published; nothing when there is none, or none of them was downloaded. */
export function oldestFixMs(set: PackageSet, archives: Archives): number | undefined {
  const times = set.changes.filter(isSecurity).flatMap(({ name, to }) => {
    // A colon cannot stand in a file name: apt writes the epoch's as %3a.
    const start = `${name.split(':')[0] ?? name}_${to.replaceAll(':', '%3a')}_`;
    return Object.entries(archives).flatMap(([file, ms]) => (file.startsWith(start) ? [ms] : []));
  });
  return times.length === 0 ? undefined : Math.min(...times);
}
