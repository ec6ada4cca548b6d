/** What is known of one node. Written by `run/discover.ts` and `stages/pve/observe.ts`, read by everything that decides. */
import type { TrialLoader } from './kernel-trial.ts';
import type { PackageSet } from './packages.ts';
import type { Reading } from './reading.ts';

export interface NodeFacts {
  readonly name: string;
  /** The address pmxcfs broadcasts for it (facts 7.3). Missing for a node that was off since the local pmxcfs started. */
  readonly address?: string;
  /** corosync's node id; 0 on a lone node. */
  readonly nodeId: number;
  readonly votes: number;
  /** Member of the cluster as corosync on the own node sees it. */
  readonly online: boolean;
  /** What the node itself said over its shell. */
  readonly host: HostReading;
}

/** A node that did not answer has not said "no" to anything. */
export type HostReading =
  { readonly answered: true; readonly facts: HostFacts } | { readonly answered: false; readonly code: HostSilence; readonly why: string };

/** `unreachable`: no connection. `host-key`: it answered with a key the cluster does not know. `login`: it refused us. `no-answer`: it stopped answering. */
export type HostSilence = 'unreachable' | 'host-key' | 'login' | 'no-answer';

export interface HostFacts {
  readonly bootId: Reading<string>;
  readonly uptimeS: Reading<number>;
  readonly pveVersion: Reading<string>;
  /** Debian's code name, from `/etc/os-release`. */
  readonly codename: Reading<string>;
  readonly kernel: Reading<KernelFacts>;
  /** Whether its loader can try a new kernel once. Missing in what an older release saved. */
  readonly bootOnce?: Reading<BootOnce>;
  /** Names below `/run/reboot-required.pkgs`, or `(unnamed)`; empty when nobody asked for a reboot. Absence proves nothing (facts 6.7). */
  readonly rebootRequired: Reading<readonly string[]>;
  /** Packages that take effect with a boot and were installed since the last one, sorted. Missing in what an older release saved. */
  readonly changedSinceBoot?: Reading<readonly string[]>;
  /** What needrestart says. Asked only where it is installed and something of it was changed since the boot. */
  readonly restarts?: Reading<RestartFacts>;
  /** What a backup server that is installed here works on. Missing where there is none. */
  readonly serverTasks?: Reading<readonly ServerTask[]>;
  /** Processes that run from replaced programs. Missing in what an older release saved. */
  readonly staleProcesses?: Reading<readonly { readonly pid: number; readonly program: string }[]>;
  /** Process of every VM here, by vmid. */
  readonly vmProcesses?: Reading<Readonly<Record<string, number>>>;
  /** The node's clock minus ours. Its error is at most the round trip, which is part of the reading. */
  readonly clockOffsetMs: Reading<number>;
  readonly clockSynchronised: Reading<boolean>;
  readonly memory: Reading<MemoryFacts>;
  readonly cpuModel: Reading<string>;
  /** Text of `dpkg --audit`; empty means whole. */
  readonly dpkgAudit: Reading<string>;
  readonly aptHolds: Reading<readonly string[]>;
  readonly pending: Reading<PackageSet>;
  /** Bytes of archives that are not there yet and `pending` needs. Asked only where little room is left for them. */
  readonly fetchBytes?: Reading<number>;
  readonly repositories: Reading<readonly RepositoryFacts[]>;
  /** Whether a subscription key is installed (`/etc/subscription`). */
  readonly subscribed: Reading<boolean>;
  readonly fileSystems: Reading<readonly FileSystemFacts[]>;
  readonly zfs: Reading<ZfsHealth>;
  readonly failedUnits: Reading<readonly string[]>;
  /** `systemctl is-active` by unit, for the units of facts 8.3 number 4. */
  readonly services: Reading<Readonly<Record<string, string>>>;
  /** Interfaces and bridges that are up, guests' own left out. */
  readonly links: Reading<readonly string[]>;
  /** Interfaces that the node's own configuration names; empty where it has none. Missing in what an older release saved. */
  readonly configuredLinks?: Reading<readonly string[]>;
  /** Addresses of interfaces that are up; asked only where datacenter.cfg names a migration network. */
  readonly addresses?: Reading<readonly string[]>;
  /** corosync's configuration as it lies there. Missing in what an older release saved. */
  readonly corosyncConfig?: Reading<CorosyncConfigFacts>;
  /** corosync's links to other members that are connected; unknown on a lone node. */
  readonly corosyncLinks: Reading<readonly string[]>;
  /** What the kernel called an error since the boot, each once, with `#` for numbers. */
  readonly kernelErrors: Reading<readonly string[]>;
  /** Transient units of ours that exist on it, by name: `proxroll-…`. */
  readonly ourUnits: Reading<readonly string[]>;
  /** The first hold file found on it and its text. */
  readonly hold: Reading<HoldFacts | 'none'>;
  /** Whether ProxLB runs here; it would move guests while we do. */
  readonly proxlb: Reading<boolean>;
  /** Versions of the packages that decide compatibility, by package name; missing when not installed. */
  readonly versions: Reading<Readonly<Record<string, string>>>;
}

/** A file that is not there is missing; a node without a cluster has neither. */
export interface CorosyncConfigFacts {
  /** `/etc/pve/corosync.conf`, one file for the whole cluster. */
  readonly cluster?: CorosyncFile;
  /** `/etc/corosync/corosync.conf`, the copy that corosync reads when it starts. */
  readonly local?: CorosyncFile;
}

export interface CorosyncFile {
  /** `config_version`; it grows with every change. */
  readonly version: number;
  readonly clusterName: string;
  /** Sorted by name. */
  readonly nodes: readonly { readonly name: string; readonly nodeId: number }[];
}

/** What of an upgrade is not in use yet, as needrestart sees it. */
export interface RestartFacts {
  /** Services and containers that run with libraries from before. */
  readonly services: readonly string[];
  readonly microcode: 'current' | 'pending' | 'unknown';
}

/** A task of Proxmox Backup Server that runs. `type` and `id` in its own words: `backup`, `tank:vm/105`. */
export interface ServerTask {
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly startedAtS: number;
}

export interface HoldFacts {
  readonly path: string;
  readonly text: string;
}

export interface MemoryFacts {
  readonly totalBytes: number;
  /** The kernel's own estimate (MemAvailable), page cache included. */
  readonly availableBytes: number;
}

export interface KernelFacts {
  readonly running: string;
  /** The kernel the next boot takes: next-boot pin, else pin, else the newest with an initrd (facts 6.6). */
  readonly expected: string;
  readonly pinned: boolean;
  readonly installed: readonly string[];
  /** Missing where it could not be read, and in what an older release saved. */
  readonly loader?: BootLoader;
}

/** `grub` reads `/boot`; partitions that proxmox-boot-tool manages hold kernels of their own (facts 6.6). */
export type BootLoader = { readonly kind: 'grub' } | { readonly kind: 'managed'; readonly partitions: readonly BootPartition[] };

export interface BootPartition {
  readonly uuid: string;
  /** Kernels on it. */
  readonly versions: readonly string[];
}

/** Whether the boot loader forgets an entry for one boot before it starts it, so that a power cycle brings back the default. */
export type BootOnce = { readonly can: true; readonly by: TrialLoader } | { readonly can: false; readonly why: string };

export interface RepositoryFacts {
  readonly uri: string;
  /** Suite as configured: `trixie`, `trixie-security`, … */
  readonly suite: string;
  readonly component: string;
  /** Whether apt has checked its signature, or was told to do without (`Trusted: yes`). Missing in what an older release saved. */
  readonly trusted?: boolean;
}

export interface FileSystemFacts {
  readonly mountPoint: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export type ZfsHealth = { readonly kind: 'absent' } | { readonly kind: 'healthy' } | { readonly kind: 'unhealthy'; readonly text: string };
