/** What the packager wrote about a version, where apt can fetch it: not every repository offers it. */
import { compareVersions } from '../model/version.ts';
import { reads } from './at.ts';
import type { Query } from './query.ts';
import { textQuery } from './query.ts';

/** It asks the network, and a host that does not answer must not hold anybody up. */
const deadlineMs = 20_000;

/**
 * The entries after the version that is installed, newest first, as they were written. Needs no lock, and changes nothing.
 * @param from missing for a new package: then only the newest entry
 * Source: `man apt-get` (changelog), `man deb-changelog`. @throws CommandFailed where there is none
 */
export function changelogQuery(name: string, to: string, from: string | undefined): Query<string> {
  const patience = ['-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=10', '-o', 'Acquire::https::Timeout=10'];
  return textQuery(reads(deadlineMs, 'apt-get', '-qq', ...patience, 'changelog', `${name}=${to}`), (text) => entriesSince(text, from));
}

/** Entries of a changelog that are newer than a version. */
export function entriesSince(text: string, from: string | undefined): string {
  const entries = text.split(/^(?=[a-z0-9][a-z0-9.+-]* \([^)]+\) )/m).filter((entry) => /^\S+ \(/.test(entry));
  const newer = from === undefined ? entries.slice(0, 1) : entries.filter((entry) => compareVersions(versionOf(entry), from) > 0);
  return newer.join('').trimEnd();
}

function versionOf(entry: string): string {
  return /^\S+ \(([^)]+)\)/.exec(entry)?.[1] ?? '';
}
