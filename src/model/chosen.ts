/** What `upgrade: security` takes of everything that is pending. */
import { isSecurity, type PackageSet } from './packages.ts';
import { patternOf } from './removals.ts';

/**
 * Upgrades from a security origin, and those of packages that are to be upgraded whatever their origin. New packages are left out: apt
 * brings those that the chosen ones need.
 * @param also names, or patterns with `*` @returns `name=version`, sorted
 */
export function chosenForSecurity(pending: PackageSet, also: readonly string[]): readonly string[] {
  const patterns = also.map(patternOf);
  return pending.changes
    .filter((change) => change.from !== undefined && (isSecurity(change) || patterns.some((one) => one.test(change.name))))
    .map(({ name, to }) => `${name}=${to}`)
    .sort();
}
