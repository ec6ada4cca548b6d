/** What apt would do to one node, as its simulation told (`apt-get -s dist-upgrade`; facts 6.3). */
import { compareVersions } from './version.ts';

/** One package that would be installed new, or taken from one version to another. */
export interface PackageChange {
  readonly name: string;
  /** Missing when the package is not installed yet. */
  readonly from?: string;
  readonly to: string;
  /** The repositories it comes from, as apt prints them: `Debian-Security:12/oldstable-security`. */
  readonly origin: string;
}

/** The whole set. Names are apt's own; the order is the order apt printed. */
export interface PackageSet {
  readonly changes: readonly PackageChange[];
  readonly removals: readonly string[];
  readonly keptBack: readonly string[];
  /** Of those, the ones that the archive hands out to part of its users at a time; they come by themselves. */
  readonly phased?: readonly string[];
  /** What apt was asked for, as `name=version`, where it is not everything there is. */
  readonly chosen?: readonly string[];
}

export const emptySet: PackageSet = { changes: [], removals: [], keptBack: [] };

/** Whether there is anything to do at all. Packages kept back do not count: nothing would happen to them. */
export function isEmptySet(set: PackageSet): boolean {
  return set.changes.length === 0 && set.removals.length === 0;
}

export function countSecurity(set: PackageSet): number {
  return set.changes.filter(isSecurity).length;
}

/** Security updates, told by their origin as unattended-upgrades does, not by their name. */
export function isSecurity({ origin }: Pick<PackageChange, 'origin'>): boolean {
  return /Debian-Security|[-/]security/i.test(origin);
}

/** A set in one line that is equal for equal sets, to tell whether what was simulated is still what would happen. */
export function setFingerprint(set: PackageSet): string {
  const changes = set.changes.map((change) => `${change.name}=${change.to}`).sort();
  return [...changes, ...set.removals.map((name) => `-${name}`).sort()].join(' ');
}

/** Changes that would take a package to an older version than it has. */
export function downgrades(set: PackageSet): readonly PackageChange[] {
  return set.changes.filter(({ from, to }) => from !== undefined && compareVersions(to, from) < 0);
}

/** How one set differs from another, in words; `none` where nothing was added or is gone. */
export function setDifference(was: PackageSet, is: PackageSet): { readonly added: string; readonly gone: string } {
  const words = (set: PackageSet) =>
    setFingerprint(set)
      .split(' ')
      .filter((word) => word !== '');
  const [before, after] = [words(was), words(is)];
  const text = (some: readonly string[]) => some.join(', ') || 'none';
  return { added: text(after.filter((word) => !before.includes(word))), gone: text(before.filter((word) => !after.includes(word))) };
}
