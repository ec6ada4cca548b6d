/** One simulated host: its power, its kernels, its packages and what runs on it. The parts beside this file change it. */
import { AptState } from './apt-state.ts';
import type { Process } from './process.ts';
import { GiB, nominal } from './spec.ts';
import type { FileSystemSpec, Latencies, NodeSpec, PveMajor, RepositorySpec } from './spec.ts';
import type { Unit } from './unit.ts';

/** `stopping`: asked to go down, still answering ssh while its guests shut down. */
export type Power = 'up' | 'stopping' | 'off';

export class SimNode {
  readonly address: string;
  readonly votes: number;
  readonly pve: PveMajor;
  readonly memoryBytes: number;
  readonly otherMemoryBytes: number;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly repositories: RepositorySpec[];
  readonly fileSystems: Record<string, FileSystemSpec>;
  readonly osds: readonly number[];
  /** Interfaces and bridges that it has, and those that did not come up with this boot. */
  readonly links: readonly string[];
  readonly downLinks = new Set<string>();
  /** How many links corosync has, and those of them that reach nobody. */
  readonly corosyncLinks: number;
  readonly deadCorosyncLinks = new Set<number>();
  readonly loader: 'systemd-boot' | 'grub';
  /** What `/boot/grub` lies on. */
  readonly grubOn: string;
  readonly apt: AptState;
  readonly bootMs: number;
  readonly shutdownMs: number;

  power: Power = 'up';
  /** Frozen: it takes connections and answers nothing. */
  hung = false;
  /** A program has asked logind not to let it shut down. */
  rebootBlocked = false;
  /** Its link is cut: no ssh, no corosync. */
  cut = false;
  login: 'works' | 'host-key' | 'refused';
  bootId = '';
  bootedAtMs = 0;
  /** The boot for which pve-guests has started what is marked to start. */
  onBootDoneFor = '';
  startsGuests = true;
  /** VMs that began before run an older QEMU than is installed. */
  qemuSinceMs = 0;
  /** Until then its pve-guests is starting guests. */
  guestsIssuedAtMs = 0;
  /** What its kernel complains of in this boot. */
  kernelErrors: string[];
  /** Its OSDs do not start. */
  osdsDown = false;
  /** Since when its LRM has said nothing, though its unit is active. */
  lrmSilentAtMs: number | undefined;
  /** Boots since the world began. */
  boots = 0;
  runningKernel: string;
  kernels: string[];
  /** What proxmox-boot-tool keeps as pinned, and what its loader has as the default of that; nothing for the newest. */
  pinnedKernel: string | undefined;
  defaultKernel: string | undefined;
  /** What its loader takes at the next boot, as the entry is called there. */
  onceEntry: string | undefined;
  /** Kernels that hang as they boot. */
  readonly badKernels = new Set<string>();
  /** Whether corosync runs on it and is in the cluster's partition. */
  joined = true;
  /** Whether its pmxcfs has reached corosync since it started; before that its member list is that of a node without a cluster. */
  heardOfCluster = true;
  /** Since when pvestatd has been broadcasting; before that its rows have no metrics. */
  metricsFromMs = 0;
  /** When it was last heard of; only while it is away. */
  lostAtMs: number | undefined;
  clockOffsetMs: number;
  clockSynchronised: boolean;
  subscribed: boolean;
  zfs: 'absent' | 'healthy' | 'degraded';
  proxlb: 'active' | 'inactive' | undefined;
  rebootRequired: string[];
  failedUnits: string[];
  /** Units of PVE that are not active, by name. */
  readonly sickUnits = new Map<string, string>();
  /** Storages that this node cannot reach. */
  readonly missingStorages = new Set<string>();
  /** Files outside `/etc/pve` that commands read. */
  readonly files = new Map<string, string>();
  readonly units = new Map<string, Unit>();
  /** What a backup server that is installed here works on. */
  backupTasks: readonly BackupTask[] = [];
  /** What units have written, by name: a unit that is started again writes behind what it wrote before, and a reboot takes nothing away. */
  readonly unitJournals = new Map<string, string[]>();
  readonly processes = new Set<Process>();
  /** What its next boot does differently; taken and forgotten by that boot. */
  nextBoot: NextBoot = {};
  pids = 1000;

  constructor(
    readonly name: string,
    /** corosync's node id, from 1. */
    readonly id: number,
    readonly spec: NodeSpec,
    latencies: Latencies,
  ) {
    this.address = spec.address ?? `10.99.0.${10 + id}`;
    this.votes = spec.votes ?? 1;
    this.pve = spec.pve ?? 9;
    this.memoryBytes = spec.memoryBytes ?? 64 * GiB;
    this.otherMemoryBytes = spec.otherMemoryBytes ?? 2 * GiB;
    this.cpus = spec.cpus ?? 16;
    this.cpuModel = spec.cpuModel ?? 'Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz';
    this.runningKernel = spec.kernel ?? defaultKernel[this.pve];
    this.kernels = [this.runningKernel, ...(spec.kernels ?? [])];
    this.pinnedKernel = spec.pinnedKernel;
    this.defaultKernel = spec.pinnedKernel;
    this.repositories = [...(spec.repositories ?? defaultRepositories(this.pve))];
    this.fileSystems = { '/': { totalBytes: 100 * GiB, freeBytes: 70 * GiB }, ...spec.fileSystems };
    this.loader = spec.loader ?? (spec.esps === undefined ? 'grub' : 'systemd-boot');
    this.grubOn = spec.grubOn ?? '/dev/mapper/pve-root';
    this.osds = spec.osds ?? [];
    this.links = spec.links ?? ['eno1', 'vmbr0'];
    this.corosyncLinks = spec.corosyncLinks ?? 1;
    this.kernelErrors = [...(spec.kernelErrors ?? [])];
    this.login = spec.login ?? 'works';
    this.clockOffsetMs = spec.clock?.offsetMs ?? 0;
    this.clockSynchronised = spec.clock?.synchronised ?? true;
    this.subscribed = spec.subscribed ?? false;
    this.zfs = spec.zfs ?? 'healthy';
    this.proxlb = spec.proxlb === true ? 'active' : undefined;
    this.rebootRequired = [...(spec.rebootRequired ?? [])];
    this.failedUnits = [...(spec.failedUnits ?? [])];
    for (const [unit, state] of Object.entries(spec.sickUnits ?? {})) this.sickUnits.set(unit, state);
    for (const storage of spec.missingStorages ?? []) this.missingStorages.add(storage);
    for (const [path, text] of Object.entries(spec.files ?? {})) this.files.set(path, text);
    if (spec.hold !== undefined) this.files.set('/etc/proxroll/hold', spec.hold);
    this.apt = new AptState(this.pve, spec, this.runningKernel);
    this.bootMs = spec.bootMs ?? latencies.bootMs ?? nominal.bootMs;
    this.shutdownMs = spec.shutdownMs ?? latencies.shutdownMs;
  }

  /** Runs programs: not off, not frozen. */
  get alive(): boolean {
    return this.power !== 'off' && !this.hung;
  }

  get codename(): 'bookworm' | 'trixie' {
    return this.pve === 8 ? 'bookworm' : 'trixie';
  }

  /** The kernel the next boot takes (facts 6.6). */
  get nextKernel(): string {
    return this.defaultKernel ?? newestOf(this);
  }

  nextPid(): number {
    return ++this.pids;
  }
}

/** One task of Proxmox Backup Server. `id` as it stands in its list: `tank:vm/105`. */
export interface BackupTask {
  readonly pid: number;
  readonly startedAtS: number;
  readonly type: string;
  readonly id: string;
}

export interface NextBoot {
  /** How long it stays away, instead of its usual boot time; `Infinity` for a node that never returns. */
  readonly afterMs?: number;
  /** Boots the kernel it ran before. */
  readonly oldKernel?: boolean;
  /** A person chooses this kernel from the menu. */
  readonly fromMenu?: string;
  /** Comes up with corosync dead, so it never rejoins. */
  readonly withoutCluster?: boolean;
  /** Comes up without these storages. */
  readonly withoutStorages?: readonly string[];
  /** Comes up with these PVE units failed. */
  readonly failedUnits?: readonly string[];
  /** Interfaces or bridges that do not come up. */
  readonly withoutLinks?: readonly string[];
  /** A link of corosync that reaches nobody; the others do. */
  readonly withoutCorosyncLink?: number;
  /** Its kernel complains of this. */
  readonly kernelError?: string;
  readonly withoutOsds?: boolean;
  readonly silentLrm?: boolean;
  readonly degradedPool?: boolean;
  readonly unsynchronisedClock?: boolean;
  /** pve-guests ends and has started nobody. */
  readonly withoutGuests?: boolean;
}

export const defaultKernel: Readonly<Record<PveMajor, string>> = { 8: '6.8.12-13-pve', 9: '6.14.11-4-pve' };

function defaultRepositories(pve: PveMajor): RepositorySpec[] {
  const release = pve === 8 ? 'bookworm' : 'trixie';
  return [
    { uri: 'http://deb.debian.org/debian/', suite: release, component: 'main' },
    { uri: 'http://deb.debian.org/debian/', suite: `${release}-updates`, component: 'main' },
    { uri: 'http://security.debian.org/debian-security/', suite: `${release}-security`, component: 'main' },
    { uri: 'http://download.proxmox.com/debian/pve/', suite: release, component: 'pve-no-subscription' },
  ];
}

/** What it boots where nobody has chosen anything (facts 6.6). */
export function newestOf({ kernels, runningKernel }: Pick<SimNode, 'kernels' | 'runningKernel'>): string {
  return [...kernels].sort(byVersion).at(-1) ?? runningKernel;
}

/** Versions in the order of `sort -V`, well enough for kernels. */
export function byVersion(a: string, b: string): number {
  const left = a.split(/[.-]/);
  const right = b.split(/[.-]/);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const one = left[at] ?? '';
    const other = right[at] ?? '';
    const difference = Number(one) - Number(other);
    if (Number.isFinite(difference) && difference !== 0) return difference;
    if (!Number.isFinite(difference) && one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
