/**
 * What a simulated world starts as: plain data that can be written down, compared and varied. Sizes are bytes, durations
 * milliseconds. Everything left out has a settled, healthy default, so that a spec says only what is special about it.
 */

export interface WorldSpec {
  /** The cluster's name. */
  readonly name?: string;
  /** Defaults to true with two nodes or more; a single node without a cluster has no quorum and no membership. */
  readonly clustered?: boolean;
  readonly nodes: Readonly<Record<string, NodeSpec>>;
  readonly guests?: Readonly<Record<number, GuestSpec>>;
  readonly storages?: Readonly<Record<string, StorageSpec>>;
  readonly quorum?: QuorumSpec;
  readonly ha?: HaSpec;
  readonly ceph?: CephSpec;
  readonly latencies?: Partial<Latencies>;
  /** Resource mappings, by name. */
  readonly mappings?: Readonly<
    Record<string, { readonly kind: 'pci' | 'usb' | 'dir'; readonly nodes: readonly string[]; readonly live?: boolean }>
  >;
  /** SDN networks that only some nodes have, by name. */
  readonly networks?: Readonly<Record<string, readonly string[]>>;
  /** `crs` of datacenter.cfg. */
  readonly crs?: string;
  /** The network of `migration` in datacenter.cfg. */
  readonly migrationNetwork?: string;
  /** `max_workers` of datacenter.cfg. */
  readonly maxWorkers?: number;
}

export type PveMajor = 8 | 9;

export interface NodeSpec {
  readonly address?: string;
  /** Further addresses, in other networks. */
  readonly addresses?: readonly string[];
  readonly votes?: number;
  readonly pve?: PveMajor;
  readonly memoryBytes?: number;
  /** Memory in use besides what its guests may take; negative where they take less than they may. 2 GiB when missing. */
  readonly otherMemoryBytes?: number;
  readonly cpus?: number;
  readonly cpuModel?: string;
  /** What apt would install, in its order. */
  readonly pending?: readonly PackageSpec[];
  /** Version of a kernel that waits among the pending packages, as `uname -r` will say: `6.17.4-1-pve`. */
  readonly newKernel?: string;
  /** The kernel that runs. */
  readonly kernel?: string;
  /** Further installed kernels; a newer one than the running makes a reboot due. */
  readonly kernels?: readonly string[];
  readonly pinnedKernel?: string;
  /** EFI partitions that proxmox-boot-tool manages, by UUID; plain GRUB when missing. With `staleEsp` all but the first keep only the running kernel. */
  readonly esps?: readonly string[];
  /** systemd-boot where there are EFI partitions, else GRUB. */
  readonly loader?: 'systemd-boot' | 'grub';
  /** Its firmware lets nobody write its variables. */
  readonly readOnlyFirmware?: boolean;
  /** What `/boot/grub` lies on: a logical volume of ext4, as Proxmox VE's installer makes it, or a plain partition such as `/dev/sda2`. */
  readonly grubOn?: string;
  readonly staleEsp?: boolean;
  /** Packages apt is told to keep back. */
  readonly held?: readonly string[];
  /** Packages that would be removed by a dist-upgrade. */
  readonly removals?: readonly string[];
  /** Installed packages that nobody needs any more: `apt-get autoremove` would remove them. */
  readonly unused?: readonly string[];
  /** Versions of installed packages that differ from the usual ones; an empty one for a package that is not installed. */
  readonly installed?: Readonly<Record<string, string>>;
  readonly repositories?: readonly RepositorySpec[];
  readonly subscribed?: boolean;
  /** Text of `dpkg --audit` when something was left half done. */
  readonly dpkgAudit?: string;
  readonly fileSystems?: Readonly<Record<string, FileSystemSpec>>;
  readonly zfs?: 'absent' | 'healthy' | 'degraded';
  /** Ids of the Ceph OSDs on it. */
  readonly osds?: readonly number[];
  readonly failedUnits?: readonly string[];
  /** Interfaces and bridges; `eno1` and `vmbr0` when missing. */
  readonly links?: readonly string[];
  /** How many links corosync has. */
  readonly corosyncLinks?: number;
  /** What its kernel complains of at every boot. */
  readonly kernelErrors?: readonly string[];
  /** Units of Proxmox VE that are not active, with what they are instead; a boot starts them. */
  readonly sickUnits?: Readonly<Record<string, string>>;
  /** Storages that it cannot reach until its next boot. */
  readonly missingStorages?: readonly string[];
  readonly rebootRequired?: readonly string[];
  /** Packages that were installed after the last boot. */
  readonly installedAfterBoot?: readonly string[];
  /** Text of `/etc/proxroll/hold`. */
  readonly hold?: string;
  /** Further files outside of `/etc/pve` that commands read: text by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly proxlb?: boolean;
  /** Whether its clock is synchronised, and how far it is off. */
  readonly clock?: { readonly synchronised?: boolean; readonly offsetMs?: number };
  /** What ssh to it meets. */
  readonly login?: 'works' | 'host-key' | 'refused';
  readonly off?: boolean;
  /** Nominal time from power to ssh. */
  readonly bootMs?: number;
  /** Nominal time from the last guest's stop to darkness. */
  readonly shutdownMs?: number;
}

export interface PackageSpec {
  readonly name: string;
  /** Missing when it is not installed yet. */
  readonly from?: string;
  readonly to: string;
  readonly origin?: string;
  readonly bytes?: number;
}

export interface RepositorySpec {
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
  /** False for one whose signature apt could not check, and that it takes all the same. */
  readonly trusted?: boolean;
}

export interface FileSystemSpec {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export interface GuestSpec {
  readonly kind?: 'qemu' | 'lxc';
  readonly name?: string;
  /** Its node. */
  readonly on: string;
  readonly memoryBytes?: number;
  readonly cores?: number;
  readonly status?: 'running' | 'stopped' | 'paused';
  readonly template?: boolean;
  readonly tags?: readonly string[];
  readonly lock?: string;
  readonly onBoot?: boolean;
  /** Storage of its disk; `shared` and `local` exist in every world. */
  readonly storage?: string;
  readonly diskBytes?: number;
  /** Further lines of its config, by key: `hostpci0`, `ide2`, `mp0`, … */
  readonly config?: Readonly<Record<string, string>>;
  readonly ha?: HaResourceSpec;
  /** How long it takes to shut down when asked; `never` for one that ignores ACPI. */
  readonly shutdownMs?: number | 'never';
  readonly startMs?: number;
  /** Replicas of its volumes, by node. */
  readonly replicas?: Readonly<Record<string, ReplicaSpec>>;
  /** A line stands in its config file that belongs in none. */
  readonly damaged?: boolean;
  /** Storages that Proxmox VE itself finds unavailable for it, by node, although they are broadcast as available. */
  readonly unavailable?: Readonly<Record<string, readonly string[]>>;
  /** Names of snapshots, without memory. */
  readonly snapshots?: readonly string[];
}

export interface ReplicaSpec {
  /** How long ago it was synced when the world begins; missing for never. */
  readonly ageMs?: number;
  readonly error?: string;
  readonly disabled?: boolean;
}

export interface StorageSpec {
  readonly type?: string;
  readonly shared?: boolean;
  readonly content?: string;
  /** The nodes that may use it; all when missing. */
  readonly nodes?: readonly string[];
  readonly totalBytes?: number;
  readonly usedBytes?: number;
  /** The guest that serves it: nobody sees it while that does not run. */
  readonly servedBy?: number;
  /** The server that storage.cfg names for it. */
  readonly server?: string;
}

export interface QuorumSpec {
  readonly twoNode?: boolean;
  readonly qdevice?: { readonly votes?: number; readonly connected?: boolean };
}

export interface HaSpec {
  /** Who is master at the start; the first node otherwise. */
  readonly master?: string;
  readonly rules?: readonly HaRuleSpec[];
}

/** A node-affinity rule (PVE 9), or a group that is restricted when `strict` (PVE 8); with `affinity` a rule between services, without nodes. */
export interface HaRuleSpec {
  readonly services: readonly string[];
  readonly nodes?: readonly string[];
  readonly strict?: boolean;
  readonly affinity?: 'positive' | 'negative';
}

export interface HaResourceSpec {
  readonly state?: 'started' | 'stopped' | 'ignored' | 'disabled';
  readonly failback?: boolean;
  readonly comment?: string;
}

export interface CephSpec {
  /** Health checks that are raised from the start, by code. */
  readonly checks?: Readonly<Record<string, { readonly severity?: string; readonly message?: string }>>;
  readonly nooutHosts?: readonly string[];
  /** Nodes with a monitor, and with a manager, the active one first; all with OSDs when missing. */
  readonly monitors?: readonly string[];
  readonly managers?: readonly string[];
  /** How many hosts may be down before data cannot be reached. */
  readonly spareHosts?: number;
}

/** Nominal durations, as measured on real hosts where the facts have them. */
export interface Latencies {
  readonly sshMs: number;
  readonly localMs: number;
  /** An ssh connection to a host that is off: `No route to host`. */
  readonly unreachableMs: number;
  readonly pveshMs: number;
  readonly qmMs: number;
  /** `qm migrate`, `start`, `stop` of a guest that the HA manager has in hand. */
  readonly haRequestMs: number;
  readonly aptUpdateMs: number;
  readonly aptSimulateMs: number;
  readonly downloadBytesPerS: number;
  /** Unpack and set up one package. */
  readonly packageMs: number;
  readonly kernelPackageMs: number;
  readonly migrationBytesPerS: number;
  readonly diskCopyBytesPerS: number;
  /** A live migration before its first byte: target process, tunnel. */
  readonly migrationStartMs: number;
  readonly migrationEndMs: number;
  readonly bootMs: number;
  readonly shutdownMs: number;
  /** From ssh to membership, after a boot. */
  readonly rejoinMs: number;
  readonly leaveMs: number;
  /** Until corosync gives up a node that went silent. */
  readonly silentMs: number;
  /** pvestatd's first broadcast after the membership. */
  readonly firstMetricsMs: number;
  readonly metricsMs: number;
  readonly staleMs: number;
  readonly guestStartMs: number;
  readonly guestShutdownMs: number;
  readonly haTickMs: number;
  readonly haAcceptMs: number;
  readonly haLrmModeMs: number;
  readonly haNodeStatusMs: number;
  readonly haUnknownMs: number;
  readonly haFenceMs: number;
  readonly haRecoverMs: number;
  readonly haMasterLostMs: number;
  readonly watchdogMs: number;
  /** pmxcfs takes away a lock folder that was not refreshed for so long (facts 10.2). */
  readonly lockLifeMs: number;
}

export const nominal: Latencies = {
  sshMs: 60,
  localMs: 10,
  unreachableMs: 3_000,
  pveshMs: 800,
  qmMs: 650,
  haRequestMs: 2_700,
  aptUpdateMs: 6_000,
  aptSimulateMs: 700,
  downloadBytesPerS: 20_000_000,
  packageMs: 1_500,
  kernelPackageMs: 20_000,
  migrationBytesPerS: 600_000_000,
  diskCopyBytesPerS: 100_000_000,
  migrationStartMs: 4_000,
  migrationEndMs: 3_000,
  bootMs: 90_000,
  shutdownMs: 12_000,
  rejoinMs: 6_000,
  leaveMs: 500,
  silentMs: 8_000,
  firstMetricsMs: 8_000,
  metricsMs: 10_000,
  staleMs: 300_000,
  guestStartMs: 1_000,
  guestShutdownMs: 8_000,
  haTickMs: 5_000,
  haAcceptMs: 5_000,
  haLrmModeMs: 11_000,
  haNodeStatusMs: 30_000,
  haUnknownMs: 50_000,
  haFenceMs: 80_000,
  haRecoverMs: 130_000,
  haMasterLostMs: 120_000,
  watchdogMs: 60_000,
  lockLifeMs: 120_000,
};

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
