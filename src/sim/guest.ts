/** One simulated VM or container: where it lies, whether it runs, and the config file that says what it is. */
import { GiB, MiB } from './spec.ts';
import type { GuestSpec, HaResourceSpec } from './spec.ts';

export type GuestRunState = 'running' | 'stopped' | 'paused';

export interface Interruption {
  readonly atMs: number;
  readonly why: string;
}

export interface Disk {
  readonly key: string;
  readonly storage: string;
  readonly volume: string;
  readonly bytes: number;
}

export interface Replica {
  /** On the world's clock; missing when it never was synced. */
  readonly syncedAtMs?: number;
  readonly error?: string;
  readonly disabled?: boolean;
}

export class SimGuest {
  readonly kind: 'qemu' | 'lxc';
  readonly name: string;
  readonly memoryBytes: number;
  readonly cores: number;
  readonly template: boolean;
  readonly tags: readonly string[];
  readonly onBoot: boolean;
  readonly disks: readonly Disk[];
  readonly startMs: number | undefined;
  readonly ha: HaResourceSpec | undefined;
  shutdownMs: number | 'never' | undefined;
  /** The node its config lies on. */
  node: string;
  /** Whether its config still exists. */
  exists = true;
  status: GuestRunState;
  /** What it was before its last change, which metrics still show until the next broadcast. */
  statusBefore: GuestRunState;
  changedAtMs = 0;
  startedAtMs = 0;
  pid = 0;
  /** Times it stopped running although nobody inside wanted it to. */
  readonly interruptions: Interruption[] = [];
  /** Set while it is on its way: where to. */
  movingTo: string | undefined;
  /** How a migration away ends at once, with this text; for guests that refuse. */
  refusal: string | undefined;
  /** Replicas of its volumes, by node; they change sides when it moves to one (facts 1.9). */
  replicas: ReadonlyMap<string, Replica>;
  readonly snapshots: readonly string[];
  /** Storages that Proxmox VE itself finds unavailable for it, by node, although they are broadcast as available. */
  readonly unavailable: Readonly<Record<string, readonly string[]>>;
  /** Where it was when the world began. */
  readonly home: string;
  /** Whether it should run, for the end of a run to be judged: it did when the world began, or a person has started it since. */
  meantToRun: boolean;
  /** The process on the target is not told to go on, and the migration ends with problems. */
  staysPaused = false;
  readonly #extra: Readonly<Record<string, string>>;
  readonly #damaged: boolean;
  #lock: string | undefined;
  #text: string | undefined;

  constructor(
    readonly vmid: number,
    spec: GuestSpec,
  ) {
    this.kind = spec.kind ?? 'qemu';
    this.name = spec.name ?? `${this.kind === 'qemu' ? 'vm' : 'ct'}${vmid}`;
    this.memoryBytes = spec.memoryBytes ?? 2 * GiB;
    this.cores = spec.cores ?? 2;
    this.template = spec.template ?? false;
    this.tags = [...(spec.tags ?? [])].sort();
    this.onBoot = spec.onBoot ?? true;
    this.status = spec.status ?? (this.template ? 'stopped' : 'running');
    this.statusBefore = this.status;
    this.meantToRun = this.status !== 'stopped';
    this.node = spec.on;
    this.home = spec.on;
    this.ha = spec.ha;
    this.shutdownMs = spec.shutdownMs;
    this.startMs = spec.startMs;
    this.replicas = new Map(
      Object.entries(spec.replicas ?? {}).map(([target, { ageMs, ...rest }]) => [
        target,
        // On the world's clock once it begins.
        { ...rest, ...(ageMs === undefined ? {} : { syncedAtMs: -ageMs }) },
      ]),
    );
    this.snapshots = spec.snapshots ?? [];
    this.unavailable = spec.unavailable ?? {};
    this.#damaged = spec.damaged === true;
    this.#lock = spec.lock;
    this.#extra = spec.config ?? {};
    this.disks = [...mainDisks(this.kind, vmid, spec), ...extraDisks(this.#extra)];
  }

  /** Ages become times. */
  worldBegins(nowMs: number): void {
    this.replicas = new Map(
      [...this.replicas].map(([node, { syncedAtMs, ...rest }]) => [
        node,
        { ...rest, ...(syncedAtMs === undefined ? {} : { syncedAtMs: nowMs + syncedAtMs }) },
      ]),
    );
  }

  get title(): string {
    return `${this.kind === 'qemu' ? 'vm' : 'ct'} ${this.vmid}`;
  }

  get sid(): string {
    return `${this.kind === 'qemu' ? 'vm' : 'ct'}:${this.vmid}`;
  }

  get lock(): string | undefined {
    return this.#lock;
  }

  set lock(lock: string | undefined) {
    this.#lock = lock;
    this.#text = undefined;
  }

  /** Has a process, running or paused. */
  get up(): boolean {
    return this.status !== 'stopped';
  }

  /** Keys of raw host devices, which pin a VM to its node. */
  get localDevices(): readonly string[] {
    return Object.entries(this.#extra)
      .filter(
        ([key, value]) =>
          (/^(hostpci|usb|parallel)\d+$/.test(key) && !/mapping=|spice/.test(value)) ||
          (/^serial\d+$/.test(key) && value !== 'socket') ||
          (key === 'ivshmem' && this.kind === 'qemu'),
      )
      .map(([key]) => key);
  }

  /** Resource mappings that it uses, by key. */
  get mapped(): ReadonlyMap<string, string> {
    return new Map(
      Object.entries(this.#extra).flatMap(([key, value]) => {
        const name =
          /(?:^|,)mapping=([^,]+)/.exec(value)?.[1] ?? (/^virtiofs\d+$/.test(key) ? /^(?:dirid=)?([^,]+)/.exec(value)?.[1] : undefined);
        return name !== undefined && /^(hostpci|usb|virtiofs)\d+$/.test(key) ? [[key, name] as const] : [];
      }),
    );
  }

  /** What a running VM cannot take along (facts 3.8). */
  get heldWhileRunning(): readonly string[] {
    return Object.keys(this.#extra).filter((key) => key === 'amd-sev' || key === 'intel-tdx');
  }

  /** Paths of the host that a container mounts and that nobody calls shared. */
  get bindMounts(): readonly string[] {
    if (this.kind !== 'lxc') return [];
    return Object.entries(this.#extra).flatMap(([key, value]) =>
      /^mp\d+$/.test(key) && value.startsWith('/') && !/shared=1/.test(value) ? [key] : [],
    );
  }

  /** Path of its config below `/etc/pve`. */
  get configPath(): string {
    return `nodes/${this.node}/${this.kind === 'qemu' ? 'qemu-server' : 'lxc'}/${this.vmid}.conf`;
  }

  /** The config file. */
  get config(): string {
    this.#text ??= (this.kind === 'qemu' ? secretLines : '').concat(
      ...Object.entries(this.configLines).map(([key, value]) => `${key}: ${value}\n`),
      this.#damaged ? 'cores\u0000 2\n' : '',
      ...this.snapshots.map((name) => `\n[${name}]\ncores: ${this.cores}\nsnaptime: 1767225600\n`),
    );
    return this.#text;
  }

  /** The config by key, in the order in which `qm config` prints it. */
  get configLines(): Readonly<Record<string, string>> {
    const lines: Record<string, string> = { ...(this.kind === 'qemu' ? this.#qemuLines() : this.#lxcLines()) };
    if (this.onBoot) lines['onboot'] = '1';
    if (this.tags.length > 0) lines['tags'] = this.tags.join(';');
    if (this.template) lines['template'] = '1';
    if (this.#lock !== undefined) lines['lock'] = this.#lock;
    for (const { key, storage, volume, bytes } of this.disks) lines[key] ??= `${storage}:${volume},size=${Math.ceil(bytes / GiB)}G`;
    Object.assign(lines, this.#extra);
    return Object.fromEntries(Object.entries(lines).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #qemuLines(): Record<string, string> {
    return {
      boot: 'order=scsi0',
      cores: `${this.cores}`,
      cpu: 'x86-64-v2-AES',
      memory: `${Math.round(this.memoryBytes / MiB)}`,
      name: this.name,
      net0: `virtio=${mac(this.vmid)},bridge=vmbr0`,
      scsihw: 'virtio-scsi-pci',
    };
  }

  #lxcLines(): Record<string, string> {
    return {
      arch: 'amd64',
      cores: `${this.cores}`,
      hostname: this.name,
      memory: `${Math.round(this.memoryBytes / MiB)}`,
      net0: `name=eth0,bridge=vmbr0,hwaddr=${mac(this.vmid)},ip=dhcp,type=veth`,
      ostype: 'debian',
      swap: '0',
      unprivileged: '1',
    };
  }
}

/** What people keep in configs, where it must not leave them: the invariants look for these. */
const secretLines = '#root password%3A planted-note-7f3a\ncipassword: planted-cipassword-5e1d\n';

function mainDisks(kind: 'qemu' | 'lxc', vmid: number, spec: GuestSpec): Disk[] {
  const bytes = spec.diskBytes ?? 8 * GiB;
  if (bytes === 0) return [];
  const storage = spec.storage ?? 'shared';
  const key = kind === 'qemu' ? 'scsi0' : 'rootfs';
  if (spec.config?.[key] !== undefined) return [];
  return [{ key, storage, volume: `${vmid}/vm-${vmid}-disk-0.raw`, bytes }];
}

/** Disks that the further config lines name. */
function extraDisks(extra: Readonly<Record<string, string>>): Disk[] {
  return Object.entries(extra).flatMap(([key, value]) => {
    if (!/^((scsi|sata|ide|virtio|efidisk|tpmstate|unused|mp)\d+|rootfs)$/.test(key)) return [];
    const named = /^([a-zA-Z][\w.-]*):([^,]+)/.exec(value);
    if (named === null) return [];
    const gib = Number(/size=(\d+)G/.exec(value)?.[1] ?? '0');
    return [{ key, storage: named[1] ?? '', volume: named[2] ?? '', bytes: gib * GiB }];
  });
}

function mac(vmid: number): string {
  const hex = vmid.toString(16).toUpperCase().padStart(6, '0');
  return `BC:24:11:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
}
