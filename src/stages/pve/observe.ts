/** What one node says about itself, in one round trip. */
import { holdsQuery, repositoriesQuery } from '../../clients/apt.ts';
import { chosenFetchBytesQuery, chosenSimulationQuery, fetchBytesQuery, simulationQuery } from '../../clients/apt-simulation.ts';
import type { At } from '../../clients/at.ts';
import { backupServerPackage, serverTasksQuery } from '../../clients/backup-server.ts';
import {
  auditQuery,
  compatibilityVersions,
  installedQuery,
  installTimesQuery,
  type InstalledVersions,
  type InstallTimes,
} from '../../clients/dpkg.ts';
import { bootOnceFacts, grubFolderQuery, knowsOneShotQuery, ownDefaultQuery } from '../../clients/boot-once.ts';
import {
  bootIdQuery,
  clockOffset,
  clockQuery,
  clockSynchronisedQuery,
  codenameQuery,
  cpuModelQuery,
  fileSystemsQuery,
  holdQuery,
  memoryQuery,
  rebootMarkQuery,
  rebootPackagesQuery,
  rebootRequired,
  subscribedQuery,
  uptimeQuery,
} from '../../clients/host.ts';
import { kernelErrorsQuery } from '../../clients/kernel-log.ts';
import { staleProcessesQuery, vmProcessesQuery } from '../../clients/processes.ts';
import { bootableKernelsQuery, bootLoaderQuery, kernelFacts, kernelPinsQuery, runningKernelQuery } from '../../clients/kernel.ts';
import { corosyncConfigQuery } from '../../clients/corosync-config.ts';
import { configuredLinksQuery, corosyncLinksQuery, linksQuery } from '../../clients/network.ts';
import { needrestartQuery } from '../../clients/needrestart.ts';
import { proxlbQuery } from '../../clients/proxlb.ts';
import { askAll, askNamed } from '../../clients/query.ts';
import { failedUnitsQuery, nodeServicesQuery, ownUnitsQuery } from '../../clients/systemd.ts';
import { zpoolQuery } from '../../clients/zpool.ts';
import { archiveFreeBytes } from '../../model/file-systems.ts';
import { gib } from '../../model/bytes.ts';
import { emptySet, isEmptySet } from '../../model/packages.ts';
import { chosenForSecurity } from '../../model/chosen.ts';
import type { Config } from '../../config/schema.ts';
import type { HostFacts, HostReading } from '../../model/node.ts';
import { holdOf } from '../../model/hold.ts';
import { known, mapReading, unknown, type Reading } from '../../model/reading.ts';
import { isJudgedByNeedrestart } from './reboot-due.ts';
import type { Clock } from '../../ports/clock.ts';
import { ShellFailure } from '../../ports/shell.ts';

/**
 * Two round trips: the clock alone, because its offset is only as good as the question was quick, and all the rest at once.
 * @returns what it said; silence is a value too, with the reason, so that one dead node does not hide the others
 */
export async function observeHost(at: At, config: Config, clock: Clock): Promise<HostReading> {
  try {
    return { answered: true, facts: await observeFacts(at, config, clock) };
  } catch (error) {
    if (!(error instanceof ShellFailure) || error.kind === 'dry-run') throw error;
    return { answered: false, code: error.kind, why: error.message };
  }
}

async function observeFacts(at: At, config: Config, clock: Clock): Promise<HostFacts> {
  const offset = await observeClock(at, clock);
  const said = await askNamed(at, {
    bootId: bootIdQuery,
    uptimeS: uptimeQuery,
    runningKernel: runningKernelQuery,
    bootableKernels: bootableKernelsQuery,
    kernelPins: kernelPinsQuery,
    bootLoader: bootLoaderQuery,
    knowsOneShot: knowsOneShotQuery,
    ownDefault: ownDefaultQuery,
    grubFolder: grubFolderQuery,
    installTimes: installTimesQuery,
    hostMs: clockQuery,
    staleProcesses: staleProcessesQuery,
    vmProcesses: vmProcessesQuery,
    codename: codenameQuery,
    clockSynchronised: clockSynchronisedQuery,
    memory: memoryQuery,
    cpuModel: cpuModelQuery,
    dpkgAudit: auditQuery,
    installed: installedQuery,
    aptHolds: holdsQuery,
    pending: simulationQuery,
    repositories: repositoriesQuery,
    subscribed: subscribedQuery,
    fileSystems: fileSystemsQuery,
    zfs: zpoolQuery,
    failedUnits: failedUnitsQuery,
    services: nodeServicesQuery,
    links: linksQuery,
    configuredLinks: configuredLinksQuery,
    corosyncConfig: corosyncConfigQuery,
    corosyncLinks: corosyncLinksQuery,
    kernelErrors: kernelErrorsQuery,
    ourUnits: ownUnitsQuery,
    rebootMark: rebootMarkQuery,
    rebootPackages: rebootPackagesQuery,
    hold: holdQuery(config.hold_paths),
    proxlb: proxlbQuery,
  });
  const { runningKernel, bootableKernels, kernelPins, bootLoader, knowsOneShot, ownDefault, grubFolder, ...rest } = said;
  const { installed, installTimes, hostMs, rebootMark, rebootPackages, ...facts } = rest;
  const changed = changedSinceBoot(installTimes, hostMs, said.uptimeS);
  return {
    ...facts,
    ...(await wantedOf(at, said, config)),
    kernel: kernelFacts(runningKernel, kernelPins, bootableKernels, bootLoader),
    bootOnce: bootOnceFacts({ loader: bootLoader, knowsOneShot, ownDefault, grubFolder }),
    changedSinceBoot: changed,
    ...(await restartsOf(at, installed, changed)),
    ...(await serverTasksOf(at, installed)),
    rebootRequired: rebootRequired(rebootMark, rebootPackages),
    // A hold that said until when, and that time is over, holds no more.
    hold: mapReading(said.hold, (files) => holdOf(files, clock.now())),
    versions: mapReading(installed, compatibilityVersions),
    // Its package is the product's version (facts 0.3), and asking dpkg is a second quicker than pveversion.
    pveVersion: pveVersionOf(installed),
    clockOffsetMs: offset,
  };
}

/** Of everything that is pending, what the config wants installed, and what has to be fetched for it where room may be short. */
async function wantedOf(
  at: At,
  { pending, fileSystems }: Pick<HostFacts, 'pending' | 'fileSystems'>,
  config: Config,
): Promise<Pick<HostFacts, 'pending' | 'fetchBytes'>> {
  if (config.upgrade === 'none') return { pending: known(emptySet) };
  const short = !fileSystems.known || archiveFreeBytes(fileSystems.value) < plentyBytes;
  if (config.upgrade === 'full' || !pending.known) {
    if (!short || !pending.known || isEmptySet(pending.value)) return { pending };
    const [fetchBytes] = await askAll(at, [fetchBytesQuery]);
    return { pending, fetchBytes };
  }
  const chosen = chosenForSecurity(pending.value, config.upgrade_also);
  if (chosen.length === 0) return { pending: known({ ...emptySet, keptBack: pending.value.keptBack }) };
  if (short) return askNamed(at, { pending: chosenSimulationQuery(chosen), fetchBytes: chosenFetchBytesQuery(chosen) });
  const [set] = await askAll(at, [chosenSimulationQuery(chosen)]);
  return { pending: set };
}

/** No round of updates fetches so much; with less free, apt is asked how much it is. That takes it as long as a simulation. */
const plentyBytes = 4 * gib;

/** It looks into every process, which takes seconds: asked only where its answer may spare a reboot. */
async function restartsOf(
  at: At,
  installed: Reading<InstalledVersions>,
  changed: Reading<readonly string[]>,
): Promise<Pick<HostFacts, 'restarts'>> {
  if (!installed.known || installed.value['needrestart'] === undefined) return {};
  if (!changed.known || !changed.value.some(isJudgedByNeedrestart)) return {};
  const [restarts] = await askAll(at, [needrestartQuery]);
  return { restarts };
}

/** Asked only where a backup server is installed. */
async function serverTasksOf(at: At, installed: Reading<InstalledVersions>): Promise<Pick<HostFacts, 'serverTasks'>> {
  if (!installed.known || installed.value[backupServerPackage] === undefined) return {};
  return askNamed(at, { serverTasks: serverTasksQuery });
}

/** By the node's own clock, which both times come from. */
function changedSinceBoot(times: Reading<InstallTimes>, nowMs: Reading<number>, uptimeS: Reading<number>): Reading<readonly string[]> {
  if (!times.known) return times;
  if (!nowMs.known) return nowMs;
  if (!uptimeS.known) return uptimeS;
  const bootS = nowMs.value / 1000 - uptimeS.value;
  return known(
    Object.entries(times.value)
      .filter(([, atS]) => atS > bootS)
      .map(([name]) => name)
      .sort(),
  );
}

function pveVersionOf(installed: Reading<InstalledVersions>): Reading<string> {
  if (!installed.known) return installed;
  const version = installed.value['pve-manager'];
  return version === undefined ? unknown('pve-manager is not installed') : known(version);
}

async function observeClock(at: At, clock: Clock): Promise<Reading<number>> {
  const beforeMs = clock.now();
  const [theirs] = await askAll(at, [clockQuery]);
  return clockOffset(theirs, { beforeMs, afterMs: clock.now() });
}
