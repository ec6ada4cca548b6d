/**
 * The smallest sudoers file for the other nodes: every command shape that runs there, and nothing else. Arguments stand in
 * regular expressions (sudo 1.9.10 and later), so that a rule ends where its command ends; a plain wildcard of sudo would
 * match blanks and with them further arguments.
 */
import type { Command } from '../ports/shell.ts';
import {
  autocleanCommand,
  chosenPattern,
  configureArgv,
  distUpgradeArgv,
  holdsQuery,
  installWords,
  namePattern,
  removeArgv,
  unphased,
  repositoriesQuery,
  updateArgv,
  upgradeEnvironment,
} from './apt.ts';
import { corosyncConfigQuery } from './corosync-config.ts';
import { grubFolderQuery, knowsOneShotQuery, ownDefaultQuery } from './boot-once.ts';
import { archivesQuery } from './archive.ts';
import { serverTasksQuery } from './backup-server.ts';
import { fetchBytesQuery, simulationQuery, unusedQuery } from './apt-simulation.ts';
import { auditQuery, installedQuery, installTimesQuery, keptConffilesQuery } from './dpkg.ts';
import {
  bootIdQuery,
  clockQuery,
  clockSynchronisedQuery,
  codenameQuery,
  cpuModelQuery,
  fileSystemsQuery,
  holdQuery,
  memoryQuery,
  rebootMarkQuery,
  rebootPackagesQuery,
  subscribedQuery,
  uptimeQuery,
} from './host.ts';
import { guardScript } from './guard.ts';
import { makeHoldFolderCommand, removeHoldCommand, writeHoldCommand } from './hold.ts';
import { forgetNextEntryCommand, grubMenuQuery, nextEntryQuery, oneShotQuery, refreshCommand, unpinCommand } from './kernel-trial.ts';
import { kernelErrorsQuery } from './kernel-log.ts';
import { bootableKernelsQuery, bootLoaderQuery, kernelPinsQuery, runningKernelQuery } from './kernel.ts';
import { needrestartQuery } from './needrestart.ts';
import { addressesQuery, configuredLinksQuery, corosyncLinksQuery, linksQuery } from './network.ts';
import { pmxcfsWritableQuery } from './pmxcfs.ts';
import { containersUpQuery } from './pct.ts';
import { staleProcessesQuery, vmProcessesQuery } from './processes.ts';
import { proxlbQuery, startProxlbCommand, stopProxlbCommand } from './proxlb.ts';
import { replicationStateQuery } from './pvesr.ts';
import { pveVersionQuery } from './pveversion.ts';
import { quorumQuery } from './quorum.ts';
import { failedUnitsQuery, nodeServicesQuery, ownUnitsQuery, stoppingQuery } from './systemd.ts';
import { runPattern } from './unit-names.ts';
import { zpoolQuery } from './zpool.ts';

export interface SudoRule {
  /** Absolute; the same in bookworm and trixie, which both have merged `/bin` into `/usr/bin` and `/sbin` into `/usr/sbin`. */
  readonly path: string;
  /** Source of a regular expression for all arguments with blanks between; `undefined` for a command without any. */
  readonly args: string | undefined;
}

/** Commands without a varying part: the rule is the command itself. */
const fixed: readonly Command[] = [
  archivesQuery.command,
  auditQuery.command,
  autocleanCommand(),
  bootableKernelsQuery.command,
  bootIdQuery.command,
  bootLoaderQuery.command,
  clockQuery.command,
  clockSynchronisedQuery.command,
  codenameQuery.command,
  configuredLinksQuery.command,
  containersUpQuery.command,
  corosyncConfigQuery.command,
  corosyncLinksQuery.command,
  cpuModelQuery.command,
  failedUnitsQuery.command,
  fetchBytesQuery.command,
  fileSystemsQuery.command,
  forgetNextEntryCommand(),
  grubFolderQuery.command,
  grubMenuQuery.command,
  holdsQuery.command,
  installedQuery.command,
  installTimesQuery.command,
  kernelErrorsQuery.command,
  kernelPinsQuery.command,
  keptConffilesQuery.command,
  knowsOneShotQuery.command,
  linksQuery.command,
  addressesQuery.command,
  memoryQuery.command,
  needrestartQuery.command,
  nextEntryQuery.command,
  nodeServicesQuery.command,
  oneShotQuery.command,
  ownDefaultQuery.command,
  ownUnitsQuery.command,
  pmxcfsWritableQuery.command,
  proxlbQuery.command,
  pveVersionQuery.command,
  quorumQuery.command,
  rebootMarkQuery.command,
  refreshCommand(),
  rebootPackagesQuery.command,
  replicationStateQuery.command,
  repositoriesQuery.command,
  runningKernelQuery.command,
  serverTasksQuery.command,
  simulationQuery.command,
  staleProcessesQuery.command,
  startProxlbCommand(),
  stoppingQuery.command,
  stopProxlbCommand(),
  subscribedQuery.command,
  unpinCommand(),
  unusedQuery.command,
  uptimeQuery.command,
  vmProcessesQuery.command,
  zpoolQuery.command,
  makeHoldFolderCommand(),
  removeHoldCommand(),
  writeHoldCommand(''),
];

const vmid = '[1-9][0-9]{2,8}';
/** Of a kernel, and of the root file system as GRUB's list names it. */
const release = '[0-9][A-Za-z0-9.+~_-]{0,60}';
const root = '[A-Za-z0-9-]{1,60}';
const seconds = '[1-9][0-9]{0,5}';
const node = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const guestUnit = `proxroll-guest-${vmid}-${runPattern}-[0-9]{1,4}`;
const workUnit = `(proxroll-(refresh|fetch|upgrade|repair|clean|guard|reboot)-${runPattern}(\\.timer)?|${guestUnit})`;

/** The commands in which a vmid, a node, a run or a number varies. Written out, so that they do not follow a builder that goes wrong. */
const varying: readonly SudoRule[] = [
  { path: '/usr/sbin/qm', args: `status ${vmid} --verbose` },
  { path: '/usr/sbin/pct', args: `status ${vmid}` },
  { path: '/usr/bin/pvesh', args: `get /nodes/${node}/(qemu|lxc)/${vmid}/migrate --output-format json` },
  transient(`proxroll-refresh-${runPattern}`, literal(updateArgv())),
  transient(`proxroll-fetch-${runPattern}`, literal(distUpgradeArgv('download-only'))),
  transient(`proxroll-upgrade-${runPattern}`, literal(distUpgradeArgv('everything'))),
  transient(`proxroll-fetch-${runPattern}`, chosenPart(distUpgradeArgv('download-only', []))),
  transient(`proxroll-upgrade-${runPattern}`, chosenPart(distUpgradeArgv('everything', []))),
  { path: '/usr/bin/apt-get', args: chosenPart(['-s', ...unphased, ...installWords([])]) },
  { path: '/usr/bin/apt-get', args: chosenPart(['--print-uris', ...unphased, ...installWords([])]) },
  transient(`proxroll-repair-${runPattern}`, literal(configureArgv())),
  { path: '/usr/bin/apt-get', args: `-s remove( ${namePattern})+` },
  transient(`proxroll-clean-${runPattern}`, `${literal(removeArgv([]))}( ${namePattern})+`),
  transient(guestUnit, `qm migrate ${vmid} ${node} --online 1( --with-local-disks 1)?`),
  transient(guestUnit, `pct migrate ${vmid} ${node} --restart 1 --timeout ${seconds}`),
  transient(guestUnit, `(qm|pct) migrate ${vmid} ${node}`),
  transient(guestUnit, `(qm|pct) shutdown ${vmid} --timeout ${seconds}`),
  transient(guestUnit, `(qm|pct) start ${vmid}`),
  {
    path: '/usr/bin/systemd-run',
    args: `--unit=proxroll-reboot-${runPattern} --on-active=500ms --timer-property=AccuracySec=100ms --quiet --collect -- systemctl reboot`,
  },
  {
    path: '/usr/bin/systemd-run',
    args: `--unit=proxroll-guard-${runPattern} --on-active=${seconds}s ${literal(['--timer-property=AccuracySec=1s', '--collect', '--quiet', '--', 'sh', '-c', guardScript, 'proxroll-guard'])} ${node} ${runPattern} (ha|-) (noout|-)`,
  },
  { path: '/usr/sbin/proxmox-boot-tool', args: `kernel pin ${release}` },
  { path: '/usr/bin/bootctl', args: `set-oneshot (proxmox-${release}\\.conf)?` },
  { path: '/usr/sbin/grub-reboot', args: `gnulinux-advanced-${root}>gnulinux-${release}-advanced-${root}` },
  { path: '/usr/bin/install', args: `-m 600 /dev/null /run/proxroll-guard-${runPattern}` },
  { path: '/usr/bin/tee', args: `/run/proxroll-guard-${runPattern}` },
  { path: '/usr/bin/rm', args: `-f /run/proxroll-guard-${runPattern}` },
  { path: '/usr/bin/systemctl', args: `show ${workUnit} --property=LoadState,ActiveState,SubState,Result,ExecMainStatus` },
  { path: '/usr/bin/systemctl', args: `(stop|reset-failed) ${workUnit}` },
  { path: '/usr/bin/journalctl', args: `--unit=${workUnit} --output=cat --no-pager --lines=[0-9]{1,6}` },
];

/** All rules, sorted. @param holdPaths the hold files of the configuration, in its order */
export function sudoRules(holdPaths: readonly string[]): readonly SudoRule[] {
  const commands = [...fixed, holdQuery(holdPaths).command];
  const rules = [...commands.map(ruleOf), ...varying];
  return rules.sort((a, b) => (lineOf(a) < lineOf(b) ? -1 : 1));
}

/**
 * The file for `/etc/sudoers.d`, complete and valid under `visudo -c`.
 * @throws Error for a user name that sudo would read as something else
 */
export function sudoersText(user: string, holdPaths: readonly string[]): string {
  // In capitals it would be an alias, or everybody.
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(user) || /^[A-Z][A-Z0-9_]*$/.test(user))
    throw new Error(`not a user name that can stand in a sudoers file: ${user}`);
  const head = [
    `# What proxroll runs on this node as ${user}. Made by: proxroll config sudoers`,
    '# Belongs on every other node of the cluster as /etc/sudoers.d/proxroll, mode 0440. Needs sudo 1.9.10 or later.',
  ];
  return [...head, ...sudoRules(holdPaths).map((rule) => `${user} ALL=(root) NOPASSWD: ${lineOf(rule)}`), ''].join('\n');
}

/** Whether the rules let this command through: what sudo itself decides, for tests and for telling why a command was refused. */
export function allowedBy(rules: readonly SudoRule[], argv: Command['argv']): boolean {
  const [program, ...rest] = argv;
  return rules.some(({ path, args }) => {
    if (path !== pathOf(program)) return false;
    return args === undefined ? rest.length === 0 : new RegExp(`^${args}$`).test(rest.join(' '));
  });
}

function ruleOf({ argv }: Command): SudoRule {
  const [program, ...rest] = argv;
  return { path: pathOf(program), args: rest.length === 0 ? undefined : literal(rest) };
}

/** sudo takes `""` for "no arguments at all"; without it any would do. */
function lineOf({ path, args }: SudoRule): string {
  return `${path} ${args === undefined ? '""' : `^${args}$`}`;
}

/** Guests' units have apt's environment too: one rule for all, and qm does not care. */
function transient(unit: string, program: string): SudoRule {
  const settings = Object.entries(upgradeEnvironment).map(([name, value]) => `--setenv=${name}=${value}`);
  const shape = ['--service-type=exec', '--remain-after-exit', '--quiet', ...settings, '--'];
  return { path: '/usr/bin/systemd-run', args: `--unit=${unit} ${literal(shape)} ${program}` };
}

/** These words, and packages with versions behind them. */
function chosenPart(words: readonly string[]): string {
  return `${literal(words)}( ${chosenPattern})+`;
}

/** The words as a regular expression for themselves. The pound sign would begin a comment, even here. */
function literal(words: readonly string[]): string {
  return words.join(' ').replace(/[\\^$.|?*+()[\]{}#]/g, '\\$&');
}

/** Where Debian and Proxmox VE put the program. */
function pathOf(program: string): string {
  const administrative =
    /^(corosync-cfgtool|corosync-quorumtool|grub-reboot|ip|needrestart|pct|proxmox-backup-manager|proxmox-boot-tool|qm|zpool)$/;
  return `/usr/${administrative.test(program) ? 'sbin' : 'bin'}/${program}`;
}
