/** apt-get on one node: refreshing, looking ahead, and the upgrade itself as argv for a transient unit (facts 6.3, 6.5). */
import type { RepositoryFacts } from '../model/node.ts';
import type { Answer, Argv, Command } from '../ports/shell.ts';
import { changes, reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { filledLines, textQuery, unparsable } from './query.ts';

/** Refreshes the package lists; one repository that fails makes it fail. May be repeated at will. For a transient unit. */
export function updateArgv(): Argv {
  // Without error-on=any apt calls a failed download a warning and exits 0.
  return ['apt-get', '-q', '--error-on=any', 'update'];
}

/** `locked` passes by itself; `unauthorised` is a repository that wants a subscription; the rest needs a person. */
export type AptFailure =
  | { readonly kind: 'locked'; readonly by: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'unauthorised'; readonly repository: string }
  | { readonly kind: 'no-space' }
  | { readonly kind: 'other' };

/** What apt complained about, in its answer or in the log of its unit. Source: facts 6.3, 6.5; apt's messages under `LC_ALL=C`. */
export function aptFailureOf(answer: Pick<Answer, 'stdout' | 'stderr'>): AptFailure {
  const text = `${answer.stdout}\n${answer.stderr}`;
  if (lockedOut.test(text)) return { kind: 'locked', by: lockHolder(text) ?? 'another process' };
  if (/dpkg was interrupted/.test(text)) return { kind: 'interrupted' };
  const [, refused] = /^(?:[EW]: (?:Failed to fetch )?|Err:\d+ )(\S+).*\b401 +Unauthorized/m.exec(text) ?? [];
  if (refused !== undefined || /401 +Unauthorized/.test(text))
    return { kind: 'unauthorised', repository: withoutLogin(refused ?? 'unnamed') };
  if (/No space left on device|don't have enough free space/.test(text)) return { kind: 'no-space' };
  return { kind: 'other' };
}

/** What apt, and dpkg itself, end with. That apt waits for a lock is told too, in a line without `E:`, and it may get it and fail later for another reason. */
const lockedOut =
  /^(?:E: (?:Could not get lock|Unable to acquire the dpkg frontend lock|Unable to lock directory)|dpkg: error: dpkg \S+ lock was locked by)/m;

function lockHolder(text: string): string | undefined {
  const [, byApt] = /It is held by (process \d+ \([^)]*\))/.exec(text) ?? [];
  const [, byDpkg] = /lock was locked by (?:another )?(process with pid \d+)/.exec(text) ?? [];
  return byApt ?? byDpkg;
}

/** Where our configured suites and components come from; the fields are apt's own (`man apt-get`, indextargets). */
const targetFormat = '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SUITE)|$(CODENAME)|$(TRUSTED)';

/**
 * The repositories apt would use, once each, sorted; `suite` as configured. Logins inside an address are left out. Empty when
 * none is configured. Source: `man apt-get`, seen with apt 2.6. @throws CommandFailed, Unparsable
 */
export const repositoriesQuery: Query<readonly RepositoryFacts[]> = textQuery(
  reads(deadlines.dpkg, 'apt-get', 'indextargets', '--format', targetFormat, 'Created-By: Packages'),
  (text, source) => {
    const found = filledLines(text).map((line): RepositoryFacts => {
      const [uri, release, component, , , trusted, ...rest] = line.split('|');
      if (uri === undefined || uri === '' || release === undefined || component === undefined || trusted === undefined || rest.length > 0)
        throw unparsable(source, 'a repository', line);
      // A flat repository has no component, and apt then prints the field's name.
      return { uri: withoutLogin(uri), suite: named(release), component: named(component), trusted: trusted === 'yes' };
    });
    const byText = new Map(found.map((repository) => [`${repository.uri} ${repository.suite} ${repository.component}`, repository]));
    return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, repository]) => repository);
  },
);

/** Packages held by the administrator, sorted. Source: facts 6.3. @throws CommandFailed */
export const holdsQuery: Query<readonly string[]> = textQuery(reads(deadlines.dpkg, 'apt-mark', 'showhold'), (text) =>
  filledLines(text)
    .map((line) => line.trim())
    .sort(),
);

/** What every apt run of ours has in its environment: no questions, no pager, needrestart only lists (facts 6.3, 6.7). */
export const upgradeEnvironment = {
  LC_ALL: 'C',
  DEBIAN_FRONTEND: 'noninteractive',
  APT_LISTCHANGES_FRONTEND: 'none',
  DEBIAN_PRIORITY: 'critical',
  NEEDRESTART_MODE: 'l',
  // ucf asks in its own way, and for files that dpkg does not know.
  UCF_FORCE_CONFFOLD: '1',
} as const;

/**
 * Which part of the machines gets a phased version follows from the machine's id, and apt hands it to everybody where it takes itself to be
 * in a chroot, as in the service's sandbox (seen with apt 3.0). The nodes are to get the same, and what was simulated: nobody is first.
 */
export const unphased: readonly string[] = ['-o', 'APT::Get::Never-Include-Phased-Updates=true'];

/**
 * The upgrade, or only its downloads. Conffiles the administrator changed are kept (facts 6.3).
 * @param chosen `name=version`: only these, with what they need; missing for everything there is
 */
export function distUpgradeArgv(what: 'everything' | 'download-only', chosen?: readonly string[]): Argv {
  return [
    'apt-get',
    '-q',
    '-y',
    '-o',
    'DPkg::Lock::Timeout=300',
    '-o',
    'Dpkg::Options::=--force-confdef',
    '-o',
    'Dpkg::Options::=--force-confold',
    '-o',
    'Dpkg::Use-Pty=0',
    // Whatever the configuration of the host allows.
    '-o',
    'APT::Get::AllowUnauthenticated=false',
    '-o',
    'APT::Get::allow-downgrades=false',
    ...unphased,
    ...(what === 'download-only' ? ['--download-only'] : []),
    ...(chosen === undefined ? ['dist-upgrade'] : installWords(chosen)),
  ];
}

/** Only what is installed already is upgraded; what its new version needs comes with it. */
export function installWords(chosen: readonly string[]): readonly string[] {
  return ['--only-upgrade', 'install', ...chosen];
}

/** What apt and sudo take for `name=version`, as the source of a regular expression. */
export const chosenPattern = '[a-z0-9][a-z0-9.+-]+(:[a-z0-9-]+)?=[A-Za-z0-9.+:~-]+';

/** Removes packages by name, with their configuration kept. For a transient unit. */
export function removeArgv(names: readonly string[]): Argv {
  return ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0', 'remove', ...names];
}

/** Drops downloaded archives that no repository has any more. May be repeated at will. */
export function autocleanCommand(): Command {
  return changes(deadlines.aptClean, 'apt-get', '-q', 'autoclean');
}

/** A package's name as apt and sudo take it, as the source of a regular expression. */
export const namePattern = '[a-z0-9][a-z0-9.+-]+(:[a-z0-9-]+)?';

/** What dpkg left half done is brought to its end, by the same rules for conffiles. For a transient unit. Source: `man dpkg`. */
export function configureArgv(): Argv {
  return ['dpkg', '--force-confdef', '--force-confold', '--configure', '-a'];
}

function named(field: string): string {
  return field.startsWith('$(') ? '' : field;
}

function withoutLogin(uri: string): string {
  return uri.replace(/\/\/[^/\s]*@/, '//');
}
