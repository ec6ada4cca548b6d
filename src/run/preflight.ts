/**
 * Everything that must be true before a run, and before each node of it. Pure: it looks at a snapshot only, so the same list
 * answers for `proxroll check`, for the start of a run and for each node's turn. All findings are gathered, none hides another.
 */
import type { Config } from '../config/schema.ts';
import type { Finding } from '../model/finding.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { checkBackupServer } from './checks/backup-server.ts';
import { checkBootLoader } from './checks/boot-loader.ts';
import { checkRebootDue } from './checks/reboot-due.ts';
import { checkReplacedPrograms } from './checks/replaced-programs.ts';
import { checkBootFacts } from './checks/boot-facts.ts';
import { checkCeph } from './checks/ceph.ts';
import { checkClocks } from './checks/clocks.ts';
import { checkConfigNames } from './checks/config-names.ts';
import { checkArchiveSpace, checkBootSpace, checkRootSpace } from './checks/disk-space.ts';
import { checkAptHolds, checkDpkg } from './checks/dpkg.ts';
import { checkCorosyncConfig } from './checks/corosync-config.ts';
import { checkGuestMoves } from './checks/guest-moves.ts';
import { checkGuestPolicy } from './checks/guest-policy.ts';
import { checkGuestLocks, checkGuestState } from './checks/guests.ts';
import { checkHa } from './checks/ha.ts';
import { checkHolds } from './checks/holds.ts';
import { checkOnline } from './checks/membership.ts';
import { checkLeftovers, checkLock } from './checks/other-run.ts';
import { checkMemory } from './checks/memory.ts';
import { checkNewKernel } from './checks/new-kernel.ts';
import { checkPackages } from './checks/packages.ts';
import { checkProxlb } from './checks/proxlb.ts';
import { checkQuorum } from './checks/quorum.ts';
import { checkReach } from './checks/reach.ts';
import { checkRepositories, checkSubscription } from './checks/repositories.ts';
import { contextFor, type Check, type CheckScope } from './checks/scope.ts';
import { checkStorageServers } from './checks/storage-servers.ts';
import { checkStorages } from './checks/storages.ts';
import { checkTasks } from './checks/tasks.ts';
import { checkFailedUnits, checkServices } from './checks/units.ts';
import { checkVersions } from './checks/versions.ts';
import { checkWindow } from './checks/window.ts';
import { checkZfs } from './checks/zfs.ts';

export type { CheckScope } from './checks/scope.ts';

/** The word of each check, a section in `docs/checks.md`, in the order in which people read them: the cluster first, then nodes, then guests. */
export const checks = [
  ['config-names', checkConfigNames],
  ['lock', checkLock],
  ['window', checkWindow],
  ['quorum', checkQuorum],
  ['online', checkOnline],
  ['corosync-config', checkCorosyncConfig],
  ['ssh', checkReach],
  ['hold', checkHolds],
  ['versions', checkVersions],
  ['clocks', checkClocks],
  ['ha', checkHa],
  ['ceph', checkCeph],
  ['storages', checkStorages],
  ['storage-servers', checkStorageServers],
  ['tasks', checkTasks],
  ['proxlb', checkProxlb],
  ['leftovers', checkLeftovers],
  ['services', checkServices],
  ['failed-units', checkFailedUnits],
  ['backup-server', checkBackupServer],
  ['boot-facts', checkBootFacts],
  ['boot-loader', checkBootLoader],
  ['reboot-due', checkRebootDue],
  ['new-kernel', checkNewKernel],
  ['replaced-programs', checkReplacedPrograms],
  ['root-space', checkRootSpace],
  ['boot-space', checkBootSpace],
  ['archive-space', checkArchiveSpace],
  ['zfs', checkZfs],
  ['dpkg', checkDpkg],
  ['repositories', checkRepositories],
  ['subscription', checkSubscription],
  ['packages', checkPackages],
  ['apt-holds', checkAptHolds],
  ['guest-state', checkGuestState],
  ['guest-locks', checkGuestLocks],
  ['guest-policy', checkGuestPolicy],
  ['guest-moves', checkGuestMoves],
  ['memory', checkMemory],
] as const satisfies readonly (readonly [word: string, check: Check])[];

export type CheckWord = (typeof checks)[number][0];

/**
 * @param scope what is about to happen: nothing is held against the run that the run itself borrowed
 * @returns all findings in the order of the checks; empty when all is well
 */
export function check(snapshot: Snapshot, config: Config, scope: CheckScope): readonly Finding[] {
  const context = contextFor(snapshot, config, scope);
  return checks.flatMap(([word, look]) => look(context).map((said) => ({ check: word, ...said })));
}
