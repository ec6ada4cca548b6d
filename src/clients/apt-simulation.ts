/** `apt-get -s dist-upgrade`: what an upgrade would do now (facts 6.3). */
import type { PackageChange, PackageSet } from '../model/packages.ts';
import { installWords, unphased } from './apt.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query, Source } from './query.ts';
import { textQuery, unparsable } from './query.ts';

/** The set as apt would carry it out, in apt's order. Needs no lock. @throws CommandFailed, Unparsable */
export const simulationQuery: Query<PackageSet> = textQuery(
  reads(deadlines.aptSimulate, 'apt-get', '-s', ...unphased, 'dist-upgrade'),
  parseSimulation,
);

/** The same for a choice of packages. @param chosen `name=version` @throws CommandFailed, Unparsable */
export function chosenSimulationQuery(chosen: readonly string[]): Query<PackageSet> {
  return textQuery(reads(deadlines.aptSimulate, 'apt-get', '-s', ...unphased, ...installWords(chosen)), (text, source) => ({
    ...parseSimulation(text, source),
    chosen,
  }));
}

/** What `apt-get autoremove` would remove: packages that came for the sake of others that are gone. @throws CommandFailed, Unparsable */
export const unusedQuery: Query<PackageSet> = textQuery(reads(deadlines.aptSimulate, 'apt-get', '-s', 'autoremove'), parseSimulation);

/** What removing these by name would do. @throws CommandFailed, Unparsable */
export function removalQuery(names: readonly string[]): Query<PackageSet> {
  return textQuery(reads(deadlines.aptSimulate, 'apt-get', '-s', 'remove', ...names), parseSimulation);
}

/**
 * How many bytes of archives an upgrade has to fetch: what lies in the cache already is left out. Needs no lock.
 * Source: `man apt-get` (--print-uris), seen with apt 2.6. @throws CommandFailed, Unparsable
 */
export const fetchBytesQuery: Query<number> = textQuery(
  reads(deadlines.aptSimulate, 'apt-get', '--print-uris', ...unphased, 'dist-upgrade'),
  parseUris,
);

/** The same for a choice of packages. @param chosen `name=version` @throws CommandFailed, Unparsable */
export function chosenFetchBytesQuery(chosen: readonly string[]): Query<number> {
  return textQuery(reads(deadlines.aptSimulate, 'apt-get', '--print-uris', ...unphased, ...installWords(chosen)), parseUris);
}

/** `'ADDRESS' FILE BYTES HASH`, a line an archive, held against apt's own sum, which is rounded. */
function parseUris(text: string, source: Source): number {
  summary(text, source);
  const sizes = text
    .split('\n')
    // What lies in a `file:` repository, as on the medium of an offline mirror, is used where it is, and apt does not count it as fetched.
    .filter((line) => line.startsWith("'") && !line.startsWith("'file:"))
    .map((line) => {
      const bytes = /^'[^']+' \S+ (\d+)( |$)/.exec(line)?.[1];
      if (bytes === undefined) throw unparsable(source, 'an archive', line);
      return Number(bytes);
    });
  const sum = sizes.reduce((all, bytes) => all + bytes, 0);
  const [, number, unit] = /^Need to get ([\d.,]+) ([kMGT]?)B/m.exec(text) ?? [];
  // Nothing pending, nothing said.
  if (number === undefined && sizes.length === 0) return 0;
  const said = Number(number?.replaceAll(',', '')) * 1000 ** ' kMGT'.indexOf(unit === '' ? ' ' : (unit ?? ''));
  if (!(Math.abs(said - sum) <= said * 0.06))
    throw unparsable(source, 'the sizes of the archives', `${sum} bytes, but its summary says ${number ?? 'nothing'} ${unit ?? ''}B`);
  return sum;
}

/**
 * Reads the simulation and holds its lines against its own summary, so that a text cut short is not taken for a smaller set.
 * @throws Unparsable
 */
export function parseSimulation(text: string, source: Source): PackageSet {
  const lines = text.split('\n');
  const changes = lines.flatMap((line) => (line.startsWith('Inst ') ? [change(line, source)] : []));
  const removals = lines.flatMap((line) => /^(?:Remv|Purg) (\S+)/.exec(line)?.[1] ?? []);
  const counts = summary(text, source);
  if (counts.changes !== changes.length)
    throw unparsable(source, 'Inst lines', `${changes.length}, but its summary says ${counts.changes}`);
  if (counts.removals !== removals.length)
    throw unparsable(source, 'Remv lines', `${removals.length}, but its summary says ${counts.removals}`);
  const phased = indentedAfter(lines, /deferred due to phasing:$/);
  return { changes, removals, keptBack: [...indentedAfter(lines, /kept back:$/), ...phased], ...(phased.length === 0 ? {} : { phased }) };
}

/** `Inst name [old] (new origin, origin [arch]) [what is unsettled meanwhile]`; the old version is missing for a new package. */
function change(line: string, source: Source): PackageChange {
  const [, name, from, to, origin] = /^Inst (\S+) (?:\[([^\]]*)\] )?\((\S+)\s*(.*?)\s*\[[^\]]*\]\)/.exec(line) ?? [];
  if (name === undefined || to === undefined || origin === undefined) throw unparsable(source, 'an Inst line', line);
  return from === undefined ? { name, to, origin } : { name, from, to, origin };
}

function summary(text: string, source: Source): { readonly changes: number; readonly removals: number } {
  const line = /^.*\d+ upgraded, .*\d+ to remove and \d+ not upgraded\.$/m.exec(text)?.[0];
  if (line === undefined) throw unparsable(source, 'the summary line', text.slice(-200));
  const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(line)?.[1] ?? 0);
  return {
    changes: count('upgraded,') + count('newly installed') + count('reinstalled') + count('downgraded'),
    removals: count('to remove'),
  };
}

/** Package names on the indented lines below a heading. */
function indentedAfter(lines: readonly string[], heading: RegExp): readonly string[] {
  const start = lines.findIndex((line) => heading.test(line));
  if (start === -1) return [];
  const below = lines.slice(start + 1);
  const end = below.findIndex((line) => !line.startsWith('  '));
  return below.slice(0, end === -1 ? undefined : end).flatMap((line) => line.trim().split(/\s+/));
}
