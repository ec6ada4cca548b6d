/**
 * What the lab's repository serves: packages with the real names and dependencies of Proxmox VE, holding just enough to be
 * installed, upgraded and counted. `v1` is preinstalled; `v2` is the upgrade, with a new kernel that makes a reboot due.
 * Versions are of the kind the real series have, not an exact copy of any day.
 */
import type { Suite } from './suite.ts';

export type ReleaseName = 'v1' | 'v2';

export interface PackageFile {
  readonly path: string;
  readonly text: string;
  readonly executable?: boolean;
}

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly depends?: readonly string[];
  readonly conflicts?: readonly string[];
  /** Further lines of its control file. */
  readonly control?: readonly string[];
  readonly files?: readonly PackageFile[];
  /** Path and target. */
  readonly links?: readonly (readonly [path: string, target: string])[];
  readonly conffiles?: readonly string[];
  /** Shell lines run when it is configured on a booted host. */
  readonly configure?: string;
  /** Shell lines run when it is configured anywhere. */
  readonly always?: string;
}

interface Versions {
  readonly proxmoxVe: string;
  readonly manager: string;
  readonly qemuServer: string;
  readonly container: string;
  readonly cluster: string;
  readonly ha: string;
  readonly qemu: string;
  readonly firewall: string;
  readonly defaultKernel: string;
  readonly kernel: string;
}

const versions: Readonly<Record<Suite, Readonly<Record<ReleaseName, Versions>>>> = {
  trixie: {
    v1: {
      proxmoxVe: '9.0.0',
      manager: '9.0.5',
      qemuServer: '9.0.18',
      container: '6.0.9',
      cluster: '9.0.6',
      ha: '5.0.4',
      qemu: '10.0.2-4',
      firewall: '6.0.3',
      defaultKernel: '2.0.0',
      kernel: '6.14.8-2',
    },
    v2: {
      proxmoxVe: '9.0.1',
      manager: '9.0.11',
      qemuServer: '9.0.23',
      container: '6.0.13',
      cluster: '9.0.7',
      ha: '5.0.5',
      qemu: '10.0.2-5',
      firewall: '6.0.4',
      defaultKernel: '2.0.1',
      kernel: '6.14.11-4',
    },
  },
  bookworm: {
    v1: {
      proxmoxVe: '8.4.0',
      manager: '8.4.1',
      qemuServer: '8.3.12',
      container: '5.2.6',
      cluster: '8.1.0',
      ha: '4.0.6',
      qemu: '9.2.0-5',
      firewall: '5.1.1',
      defaultKernel: '1.1.0',
      kernel: '6.8.12-10',
    },
    v2: {
      proxmoxVe: '8.4.1',
      manager: '8.4.14',
      qemuServer: '8.4.4',
      container: '5.3.3',
      cluster: '8.1.2',
      ha: '4.0.7',
      qemu: '9.2.0-7',
      firewall: '5.1.2',
      defaultKernel: '1.1.1',
      kernel: '6.8.12-15',
    },
  },
};

/** The kernel a host of this release runs, as `uname -r` says it. */
export function kernelOf(suite: Suite, release: ReleaseName): string {
  return `${versions[suite][release].kernel}-pve`;
}

/** The name of the folder on hosts that holds what stands in for Proxmox's own programs. */
const labFolder = '/usr/local/lib/proxroll-lab';

/** Answered by the lab's cluster over a socket. */
const client = `${labFolder}/client.mjs`;

/** All packages of one release, the kernel's own among them. */
export function packagesOf(suite: Suite, release: ReleaseName): readonly DebianPackage[] {
  const version = versions[suite][release];
  const series = version.kernel.split('.').slice(0, 2).join('.');
  const kernelPackage = `proxmox-kernel-${version.kernel}-pve-signed`;
  return [
    {
      name: 'proxmox-ve',
      version: version.proxmoxVe,
      depends: ['proxmox-default-kernel', 'pve-manager', 'qemu-server', 'pve-container', 'pve-ha-manager', 'pve-qemu-kvm', 'pve-firewall'],
    },
    {
      name: 'pve-manager',
      version: version.manager,
      depends: ['pve-cluster'],
      files: [
        daemon('pvedaemon', 'PVE API Daemon', 'After=pve-cluster.service'),
        daemon('pveproxy', 'PVE API Proxy Server', 'After=pve-cluster.service pvedaemon.service'),
        daemon('pvestatd', 'PVE Status Daemon', 'After=pve-cluster.service'),
        daemon('pvescheduler', 'Proxmox VE scheduler', 'After=pve-cluster.service'),
        guestsUnit,
        program('/usr/bin/pveversion', pveversion),
      ],
      links: [
        ['/usr/bin/pvesh', client],
        ['/usr/bin/pvesr', client],
      ],
      // As the real one: the daemons take the new code while what they started goes on.
      configure: 'sleep 1\nsystemctl try-reload-or-restart pvedaemon pveproxy pvestatd pvescheduler',
    },
    { name: 'qemu-server', version: version.qemuServer, depends: ['pve-qemu-kvm'], links: [['/usr/sbin/qm', client]] },
    { name: 'pve-container', version: version.container, links: [['/usr/sbin/pct', client]] },
    {
      name: 'pve-cluster',
      version: version.cluster,
      depends: ['corosync'],
      files: [daemon('pve-cluster', 'The Proxmox VE cluster filesystem', 'Before=corosync.service')],
      links: [['/usr/bin/pvecm', client]],
      configure: 'systemctl try-restart pve-cluster',
    },
    {
      name: 'pve-ha-manager',
      version: version.ha,
      files: [
        daemon('pve-ha-crm', 'PVE Cluster HA Resource Manager Daemon', 'After=pve-cluster.service corosync.service'),
        daemon('pve-ha-lrm', 'PVE Local HA Resource Manager Daemon', 'After=pve-cluster.service corosync.service pve-ha-crm.service'),
      ],
      links: [['/usr/sbin/ha-manager', client]],
      configure: 'systemctl try-restart pve-ha-lrm pve-ha-crm',
    },
    { name: 'pve-qemu-kvm', version: version.qemu },
    {
      name: 'pve-firewall',
      version: version.firewall,
      files: [
        { path: '/etc/default/pve-firewall', text: `# options of the firewall daemon, written for ${version.firewall}\nDAEMON_OPTS=""\n` },
      ],
      conffiles: ['/etc/default/pve-firewall'],
    },
    { name: 'proxmox-default-kernel', version: version.defaultKernel, depends: [`proxmox-kernel-${series}`] },
    { name: `proxmox-kernel-${series}`, version: version.kernel, depends: [kernelPackage] },
    {
      name: kernelPackage,
      version: version.kernel,
      files: [{ path: `/boot/vmlinuz-${version.kernel}-pve`, text: `kernel ${version.kernel}-pve\n` }],
      // The initrd is made, not shipped, as update-initramfs does.
      always: `echo initrd >/boot/initrd.img-${version.kernel}-pve`,
    },
    {
      name: 'proxmox-kernel-helper',
      version: suite === 'trixie' ? '9.0.4' : '8.1.1',
      files: [program('/usr/sbin/proxmox-boot-tool', bootTool)],
    },
    {
      name: 'zfsutils-linux',
      version: suite === 'trixie' ? '2.3.4-pve1' : '2.2.7-pve2',
      files: [program('/usr/sbin/zpool', "#!/bin/sh\n# No pool in the lab.\necho 'no pools available'\n")],
    },
  ];
}

function daemon(name: string, description: string, order: string): PackageFile {
  const text = `[Unit]
Description=${description}
${order}
[Service]
ExecStart=/usr/bin/sleep infinity
ExecReload=/bin/true
[Install]
WantedBy=multi-user.target
`;
  return { path: `/usr/lib/systemd/system/${name}.service`, text };
}

const guestsUnit: PackageFile = {
  path: '/usr/lib/systemd/system/pve-guests.service',
  text: `[Unit]
Description=PVE guests
After=pve-cluster.service corosync.service pvedaemon.service pveproxy.service pvestatd.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
[Install]
WantedBy=multi-user.target
`,
};

function program(path: string, text: string): PackageFile {
  return { path, text, executable: true };
}

/** Honest about what dpkg has and what has booted; the hash is made up. */
const pveversion = `#!/bin/sh
version=$(dpkg-query -W -f='\${Version}' pve-manager)
echo "pve-manager/$version/0123456789abcdef (running kernel: $(uname -r))"
`;

const bootTool = `#!/bin/sh
# The form of the real one, for a host that boots by plain GRUB.
case "$1 $2" in
'kernel list')
  echo 'Manually selected kernels:'
  echo 'None.'
  echo
  echo 'Automatically selected kernels:'
  find /boot -maxdepth 1 -name 'vmlinuz-*-pve' -printf '%f\\n' | sed 's/^vmlinuz-//' | sort -V
  if [ -s /etc/kernel/proxmox-boot-pin ]; then
    echo
    echo 'Pinned kernel:'
    cat /etc/kernel/proxmox-boot-pin
  fi
  ;;
*)
  echo 'E: /etc/kernel/proxmox-boot-uuids does not exist.' >&2
  exit 2
  ;;
esac
`;
