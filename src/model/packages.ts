/** What apt would do to one node, as its simulation told (`apt-get -s dist-upgrade`; facts 6.3). */

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
}

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
