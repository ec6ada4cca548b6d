/** The files of a simulated host, whoever reads them: `cat`, `stat`, `grep`. */
import { grubConfig } from '../boot-loader.ts';
import { usedMemory } from '../metrics.ts';
import type { SimNode } from '../node.ts';
import type { Process } from '../process.ts';
import { KiB, MiB } from '../spec.ts';
import type { World } from '../world.ts';

export type HostFile = { readonly found: true; readonly text: string } | { readonly found: false; readonly why: string };

export function readHostFile({ world, node }: Process, path: string): HostFile {
  if (path.startsWith('/etc/pve/')) {
    if (!world.pmxcfs.mounted(node)) return { found: false, why: 'Transport endpoint is not connected' };
    return found(world.pmxcfs.read(node, path.slice('/etc/pve/'.length)));
  }
  return found(node.files.get(path) ?? produced[path]?.(node, world));
}

function found(text: string | undefined): HostFile {
  return text === undefined ? { found: false, why: 'No such file or directory' } : { found: true, text };
}

const produced: Readonly<Record<string, ((node: SimNode, world: World) => string | undefined) | undefined>> = {
  '/proc/sys/kernel/random/boot_id': (node) => `${node.bootId}\n`,
  '/proc/uptime': (node, world) => {
    const seconds = (world.timers.now() - node.bootedAtMs) / 1000;
    return `${seconds.toFixed(2)} ${(seconds * node.cpus * 0.9).toFixed(2)}\n`;
  },
  '/proc/meminfo': memoryText,
  '/proc/cpuinfo': cpuText,
  '/etc/os-release': (node) => (node.pve === 8 ? bookworm : trixie),
  '/boot/grub/grub.cfg': grubConfig,
  '/etc/corosync/corosync.conf': (_node, world) => world.pmxcfs.corosyncConf(),
  '/etc/network/interfaces': (node) => interfacesText(node.links),
  '/etc/network/interfaces.d/sdn': (node, world) => sdnText(node, world),
  '/etc/hostname': (node) => `${node.name}\n`,
  '/etc/subscription': (node) => (node.subscribed ? 'pve2c-0123456789\n'.padEnd(600, 'x') : undefined),
  '/run/reboot-required': (node) => (node.rebootRequired.length === 0 ? undefined : '*** System restart required ***\n'),
  '/run/reboot-required.pkgs': (node) =>
    node.rebootRequired.length === 0 ? undefined : node.rebootRequired.map((name) => `${name}\n`).join(''),
};

/** Interfaces that a VPN or a container engine makes: the node's own configuration does not name them. */
const ofOthers = /^(tailscale|wg|zt|tun|docker|cni|cali)/;
/** Made by Proxmox VE for the VLAN of a guest. */
const ofVlans = /v\d+$/;

function interfacesText(links: readonly string[]): string {
  const own = links.filter((name) => !ofOthers.test(name) && !ofVlans.test(name));
  const ports = own.filter((name) => !name.startsWith('vmbr')).join(' ');
  const stanza = (name: string): string =>
    name.startsWith('vmbr')
      ? `auto ${name}\niface ${name} inet static\n\tbridge-ports ${ports}\n\tbridge-stp off\n`
      : `iface ${name} inet manual\n`;
  return ['auto lo\niface lo inet loopback\n', ...own.map(stanza), 'source /etc/network/interfaces.d/*\n'].join('\n');
}

function sdnText(node: SimNode, { spec }: World): string | undefined {
  const networks = Object.entries(spec.networks ?? {}).filter(([, nodes]) => nodes.includes(node.name));
  if (networks.length === 0) return undefined;
  return networks.map(([name]) => `auto ${name}\niface ${name}\n\tbridge_stp off\n`).join('\n');
}

function memoryText(node: SimNode, world: World): string {
  const line = (key: string, bytes: number): string => `${`${key}:`.padEnd(16)}${`${Math.round(bytes / KiB)}`.padStart(8)} kB\n`;
  const free = node.memoryBytes - usedMemory(world, node);
  return (
    line('MemTotal', node.memoryBytes) +
    line('MemFree', free * 0.8) +
    line('MemAvailable', free) +
    line('Buffers', 64 * MiB) +
    line('SwapTotal', 0)
  );
}

const cpuTexts = new WeakMap<SimNode, string>();

function cpuText(node: SimNode): string {
  let text = cpuTexts.get(node);
  if (text === undefined) {
    const vendor = /AMD/.test(node.cpuModel) ? 'AuthenticAMD' : 'GenuineIntel';
    const one = (at: number): string =>
      `processor\t: ${at}\nvendor_id\t: ${vendor}\ncpu family\t: 6\nmodel\t\t: 106\nmodel name\t: ${node.cpuModel}\ncpu cores\t: ${node.cpus}\nflags\t\t: fpu vme de pse tsc msr pae\n\n`;
    text = Array.from({ length: node.cpus }, (_, at) => one(at)).join('');
    cpuTexts.set(node, text);
  }
  return text;
}

const trixie = `PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
NAME="Debian GNU/Linux"
VERSION_ID="13"
VERSION="13 (trixie)"
VERSION_CODENAME=trixie
ID=debian
HOME_URL="https://www.debian.org/"
`;

const bookworm = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
`;
