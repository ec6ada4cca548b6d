/** What apt and dpkg know on one host: what is installed, what waits, what is broken, who holds the lock. */
import type { NodeSpec, PackageSpec, PveMajor } from './spec.ts';

export interface Pending {
  readonly name: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly origin: string;
  readonly bytes: number;
  /** The kernel this package brings, as `uname -r` will say it. */
  readonly kernel: string | undefined;
}

export class AptState {
  /** Version by package name. */
  readonly installed: Map<string, string>;
  /** dpkg's three letters for packages that are not `ii `. */
  readonly states = new Map<string, string>();
  /** What the package lists on this host offer. */
  pending: Pending[];
  /** What an `apt-get update` would find besides. */
  unseen: Pending[] = [];
  removals: string[];
  unused: string[];
  held: string[];
  /** Packages whose archives are in the cache, as `name=version`. */
  readonly fetched = new Set<string>();
  /** Text of `dpkg --audit`. */
  audit: string;
  /** Who holds dpkg's frontend lock. */
  lockedBy: { readonly pid: number; readonly program: string } | undefined;
  readonly lockWaiters = new Set<() => void>();
  /** Who holds the lock of the package lists, and that of the archives: apt waits for neither (samples). */
  listsLockedBy: { readonly pid: number; readonly program: string } | undefined;
  archivesLockedBy: { readonly pid: number; readonly program: string } | undefined;
  /** Packages whose post-installation script fails. */
  readonly failing = new Set<string>();
  /** Packages that ship a conffile the administrator has changed. */
  readonly askingConffile = new Set<string>();
  /** When packages were installed since the world began. */
  readonly installedAtMs = new Map<string, number>();
  /** New versions that were put beside a changed conffile, and when. */
  readonly keptConffiles = new Map<string, number>();
  /** Repository addresses that cannot be fetched, with what apt says of them. */
  readonly brokenRepositories = new Map<string, string>();

  constructor(pve: PveMajor, spec: NodeSpec, runningKernel: string) {
    this.installed = new Map(Object.entries(installedPackages(pve, [runningKernel, ...(spec.kernels ?? [])])));
    for (const [name, version] of Object.entries(spec.installed ?? {}))
      if (version === '') this.installed.delete(name);
      else this.installed.set(name, version);
    // The one that runs is installed.
    const kernel = spec.newKernel === undefined || spec.newKernel === runningKernel ? [] : [kernelPackage(spec.newKernel)];
    this.pending = [...(spec.pending ?? []), ...kernel].map((one) => pendingOf(one, this.installed));
    for (const { name, from } of this.pending) if (from !== undefined) this.installed.set(name, from);
    this.removals = [...(spec.removals ?? [])];
    this.unused = [...(spec.unused ?? [])];
    for (const name of this.unused) if (!this.installed.has(name)) this.installed.set(name, '1.0-1');
    this.held = [...(spec.held ?? [])];
    this.audit = spec.dpkgAudit ?? '';
  }

  /** What a dist-upgrade would do now: held packages stay. */
  get upgradable(): readonly Pending[] {
    return this.held.length === 0 ? this.pending : this.pending.filter(({ name }) => !this.held.includes(name));
  }

  unlock(): void {
    this.lockedBy = undefined;
    for (const waiter of [...this.lockWaiters]) waiter();
  }
}

/** A package that brings a kernel, named as Proxmox names them. */
export function kernelPackage(kernel: string): PackageSpec {
  return { name: `proxmox-kernel-${kernel}-signed`, to: kernel.replace(/-pve$/, ''), bytes: 110_000_000 };
}

export function pendingOf(spec: PackageSpec, installed: ReadonlyMap<string, string>): Pending {
  const { name } = spec;
  return {
    name,
    from: spec.from ?? (spec.to === installed.get(name) ? undefined : installed.get(name)),
    to: spec.to,
    origin: spec.origin ?? 'Proxmox:stable',
    bytes: spec.bytes ?? 1_500_000,
    kernel: /^(?:proxmox|pve)-kernel-(\d.*-pve)(?:-signed)?$/.exec(name)?.[1],
  };
}

function installedPackages(pve: PveMajor, kernels: readonly string[]): Record<string, string> {
  const common = pve === 8 ? bookworm : trixie;
  return { ...common, ...Object.fromEntries(kernels.map((kernel) => [`proxmox-kernel-${kernel}-signed`, kernel.replace(/-pve$/, '')])) };
}

const trixie: Readonly<Record<string, string>> = {
  'base-files': '13.8+deb13u1',
  bash: '5.2.37-2+b5',
  'ceph-common': '19.2.3-pve1',
  corosync: '3.1.9-pve2',
  dbus: '1.16.2-2',
  libc6: '2.41-12',
  'libpve-common-perl': '9.0.11',
  'libpve-storage-perl': '9.0.13',
  'lxc-pve': '6.0.5-1',
  'openssh-server': '1:10.0p1-7',
  'proxmox-default-kernel': '2.0.0',
  'proxmox-ve': '9.0.0',
  'pve-cluster': '9.0.6',
  'pve-container': '6.0.13',
  'pve-firewall': '6.0.3',
  'pve-ha-manager': '5.0.4',
  'pve-manager': '9.0.10',
  'pve-qemu-kvm': '10.0.2-4',
  'qemu-server': '9.0.22',
  systemd: '257.8-1~deb13u2',
  'zfsutils-linux': '2.3.4-pve1',
};

const bookworm: Readonly<Record<string, string>> = {
  'base-files': '12.4+deb12u11',
  bash: '5.2.15-2+b8',
  'ceph-common': '18.2.7-pve1',
  corosync: '3.1.9-pve1',
  dbus: '1.14.10-1~deb12u1',
  libc6: '2.36-9+deb12u10',
  'libpve-common-perl': '8.3.4',
  'libpve-storage-perl': '8.3.6',
  'lxc-pve': '6.0.0-1',
  'openssh-server': '1:9.2p1-2+deb12u6',
  'proxmox-default-kernel': '1.1.0',
  'proxmox-ve': '8.4.0',
  'pve-cluster': '8.1.2',
  'pve-container': '5.3.0',
  'pve-firewall': '5.1.2',
  'pve-ha-manager': '4.0.7',
  'pve-manager': '8.4.9',
  'pve-qemu-kvm': '9.2.0-6',
  'qemu-server': '8.4.2',
  systemd: '252.38-1~deb12u1',
  'zfsutils-linux': '2.2.8-pve1',
};
