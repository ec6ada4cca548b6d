/** Guest configs as pmxcfs keeps them: the part that decides whether a guest can move (facts 1.7, 3.3, 3.8, 9.5). */
import type { GuestConfig, GuestKind, GuestVolume, MappedDevice } from '../model/guest.ts';
import { known, unknown, type Reading } from '../model/reading.ts';
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { answerQuery, filledLines, unparsable } from './query.ts';

export interface PlacedConfig {
  readonly node: string;
  readonly kind: GuestKind;
  /** Unknown when a line of it belongs in no config file; the reason names the file and the line. */
  readonly config: Reading<GuestConfig>;
}

/**
 * All guest configs of the cluster in one read, by vmid. A guest is missing when its file could not be read or was seen on
 * two nodes, as happens while it moves: then nothing is known of its config.
 * @throws CommandFailed when the folder could not be read at all
 */
export const guestConfigsQuery: Query<ReadonlyMap<number, PlacedConfig>> = answerQuery(
  reads(deadlines.file, 'grep', '-rsH', '', '/etc/pve/nodes', '--include=*.conf'),
  (answer, source, fail) => {
    // 1: no line anywhere, so no guest. 2: a file went away while grep walked; what it did read still counts.
    if (answer.exitCode > 2 || (answer.exitCode === 2 && answer.stdout === '')) throw fail();
    const files = new Map<string, string[]>();
    for (const line of filledLines(answer.stdout)) {
      const end = line.indexOf('.conf:', folder.length + 1) + '.conf'.length;
      if (!line.startsWith(folder) || line[end] !== ':') throw unparsable(source, 'a line of grep', line);
      const path = line.slice(0, end);
      const lines = files.get(path);
      if (lines === undefined) files.set(path, [line.slice(end + 1)]);
      else lines.push(line.slice(end + 1));
    }
    return configsByVmid(files);
  },
);

const folder = '/etc/pve/nodes/';

/** What each file of the last answer held: while guests move, one or two of hundreds change between two looks. */
let lastConfigs: ReadonlyMap<string, { readonly text: string; readonly config: Reading<GuestConfig> }> = new Map();

function configsByVmid(files: ReadonlyMap<string, readonly string[]>): ReadonlyMap<number, PlacedConfig> {
  const configs = new Map<number, PlacedConfig>();
  const twice = new Set<number>();
  const read = new Map<string, { readonly text: string; readonly config: Reading<GuestConfig> }>();
  for (const [path, lines] of files) {
    const [, node, kindFolder, id] = /^\/etc\/pve\/nodes\/([^/]+)\/(qemu-server|lxc)\/(\d+)\.conf$/.exec(path) ?? [];
    if (node === undefined || id === undefined) continue;
    const vmid = Number(id);
    if (configs.has(vmid)) twice.add(vmid);
    const kind = kindFolder === 'lxc' ? 'lxc' : 'qemu';
    const text = lines.join('\n');
    const last = lastConfigs.get(path);
    const config = last?.text === text ? last.config : configIn(path, kind, lines);
    read.set(path, { text, config });
    configs.set(vmid, { node, kind, config });
  }
  lastConfigs = read;
  for (const vmid of twice) configs.delete(vmid);
  return configs;
}

function configIn(path: string, kind: GuestKind, lines: readonly string[]): Reading<GuestConfig> {
  const strange = strangeLine(lines);
  if (strange === undefined) return known(parseGuestConfig(kind, lines));
  return unknown(`${path}:${strange.line}: this line is not part of a config file`);
}

/**
 * Reads the current section of one config file: what stands before the first `[…]` header, because the rest are snapshots
 * and pending changes. Total: a key we do not know says nothing about moving.
 * @param lines the file's lines, or those of `qm config` and `pct config`, which print the same
 */
export function parseGuestConfig(kind: GuestKind, lines: readonly string[]): GuestConfig {
  const keys = currentKeys(lines);
  const bridges = keys.flatMap(([key, value]) => (/^net\d+$/.test(key) ? (optionIn(value, 'bridge') ?? []) : []));
  const named = new Map(keys);
  const mapped = kind === 'qemu' ? keys.flatMap(([key, value]) => mappedDevice(key, value) ?? []) : [];
  // Pending changes stand below [PENDING] in a VM's file, below [pve:pending] in a container's.
  const snapshots = sectionsOf(lines).filter((section) => !/^(PENDING$|pve:pending$|special:)/.test(section));
  const heldImages = kind === 'qemu' ? imagesOf(lines) : [];
  const machine = mainPart(named.get('machine') ?? '', 'type');
  const balloon = named.get('balloon');
  const order = /(?:^|,)\s*(?:order=)?(\d+)(?=\s*(?:,|$))/.exec(named.get('startup') ?? '')?.[1];
  const down = optionIn(named.get('startup') ?? '', 'down');
  const hugepages = named.get('hugepages');
  return {
    volumes: keys.flatMap(([key, value]) => (kind === 'qemu' ? vmVolume(key, value) : ctVolume(key, value)) ?? []),
    pinnedBy: keys.flatMap(([key, value]) => (pins(kind, key, value) ? [key] : [])),
    bridges: [...new Set(bridges)].sort(),
    cpuType: kind === 'lxc' ? '' : cpuTypeOf(keys.find(([key]) => key === 'cpu')?.[1]),
    onBoot: keys.some(([key, value]) => key === 'onboot' && value === '1'),
    ...(mapped.length === 0 ? {} : { mapped }),
    ...(snapshots.length === 0 ? {} : { snapshots }),
    ...(heldImages.length === 0 ? {} : { heldImages }),
    ...(machine === undefined ? {} : { machine }),
    ...(hugepages === undefined ? {} : { hugepages }),
    ...(balloon === undefined || !/^\d+$/.test(balloon) ? {} : { balloonBytes: Number(balloon) * 1024 ** 2 }),
    ...(order === undefined ? {} : { startOrder: Number(order) }),
    ...(down === undefined || !/^\d+$/.test(down) ? {} : { shutdownS: Number(down) }),
    ...(optionIn(named.get('vga') ?? '', 'clipboard') === 'vnc' ? { vncClipboard: true as const } : {}),
  };
}

/** @returns the names in the headers of a file's sections, in its order */
function sectionsOf(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => /^\[([^\]]+)\]\s*$/.exec(line)?.[1] ?? []);
}

/** Images in drives of snapshots and of pending changes. */
function imagesOf(lines: readonly string[]): readonly GuestVolume[] {
  const first = lines.findIndex((line) => line.startsWith('['));
  const rest = first === -1 ? [] : lines.slice(first);
  const images = rest.flatMap((line) => {
    const [, key, value] = keyLine.exec(line) ?? [];
    const volume = key === undefined || value === undefined ? undefined : vmVolume(key, value);
    return volume?.use === 'iso' ? [volume] : [];
  });
  return images.filter((image, index) => images.findIndex(({ volume }) => volume === image.volume) === index);
}

/** A device or a folder that goes by the name of a resource mapping. */
function mappedDevice(key: string, value: string): MappedDevice | undefined {
  const [, word] = /^(hostpci|usb|virtiofs)\d+$/.exec(key) ?? [];
  if (word === undefined) return undefined;
  const mapping = word === 'virtiofs' ? mainPart(value, 'dirid') : optionIn(value, 'mapping');
  return mapping === undefined ? undefined : { key, kind: word === 'hostpci' ? 'pci' : word === 'usb' ? 'usb' : 'dir', mapping };
}

/** Raw entries may stand as lxc itself writes them, `lxc.mount.entry = …`; pct reads both. */
const keyLine = /^([A-Za-z][\w.-]*)(?::|(?<=^lxc\.[\w.-]*)\s*=)\s*(.*?)\s*$/;

/**
 * A line that belongs in no config file: then the file is damaged, and what stands in it is not to be believed.
 * @returns its number, from 1, and what stands there
 */
export function strangeLine(lines: readonly string[]): { readonly line: number; readonly text: string } | undefined {
  const index = lines.findIndex(
    (line) => line.trim() !== '' && !/^#|^\[[^\]]+\]\s*$/.test(line) && !/^([a-zA-Z][\w.-]*:|lxc\.[\w.-]+\s*=)/.test(line),
  );
  const text = lines[index];
  return text === undefined ? undefined : { line: index + 1, text };
}

function currentKeys(lines: readonly string[]): readonly (readonly [key: string, value: string])[] {
  const end = lines.findIndex((line) => line.startsWith('['));
  const current = end === -1 ? lines : lines.slice(0, end);
  return current.flatMap((line) => {
    const [, key, value] = keyLine.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
}

function vmVolume(key: string, value: string): GuestVolume | undefined {
  if (!/^(ide\d+|sata\d+|scsi\d+|virtio\d+|efidisk\d+|tpmstate\d+|unused\d+|vmstate)$/.test(key)) return undefined;
  const volume = mainPart(value, 'file');
  if (volume === undefined || volume === 'none') return undefined;
  return { key, ...storageOf(volume), volume, use: vmUse(key, value, volume), ...volumeOptions(value) };
}

function vmUse(key: string, value: string, volume: string): GuestVolume['use'] {
  if (/^(tpmstate\d+|vmstate)$/.test(key)) return 'state';
  if (/(^|[/:])vm-\d+-cloudinit(\.\w+)?$/.test(volume)) return 'cloud-init';
  return volume === 'cdrom' || optionIn(value, 'media') === 'cdrom' ? 'iso' : 'disk';
}

function ctVolume(key: string, value: string): GuestVolume | undefined {
  if (!/^(rootfs|mp\d+|unused\d+)$/.test(key)) return undefined;
  const volume = mainPart(value, 'volume');
  if (volume === undefined) return undefined;
  const use = volume.startsWith('/') ? 'bind-mount' : 'disk';
  return { key, ...storageOf(volume), volume, use, ...volumeOptions(value) };
}

function volumeOptions(value: string): Pick<GuestVolume, 'declaredShared' | 'bytes' | 'replicated'> {
  const bytes = bytesIn(optionIn(value, 'size'));
  return {
    declaredShared: optionIn(value, 'shared') === '1',
    ...(bytes === undefined ? {} : { bytes }),
    ...(optionIn(value, 'replicate') === '0' ? { replicated: false as const } : {}),
  };
}

/** `size=32G`, `size=4M`, `size=528K`, or plain bytes. */
function bytesIn(size: string | undefined): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(size ?? '') ?? [];
  return amount === undefined
    ? undefined
    : Math.round(Number(amount) * 1024 ** ' KMGT'.indexOf(unit === undefined || unit === '' ? ' ' : unit));
}

/** The storage is the text before the first colon; a path on the host has none (facts 10.3). */
function storageOf(volume: string): { readonly storage?: string } {
  if (volume.startsWith('/')) return {};
  const colon = volume.indexOf(':');
  return colon > 0 ? { storage: volume.slice(0, colon) } : {};
}

/** What blocks a live move, mapped devices too: only some mapped PCI devices could go along, and a config cannot tell which. */
function pins(kind: GuestKind, key: string, value: string): boolean {
  // A raw entry is passed by by pct, and the container does not start where its source is missing.
  if (kind === 'lxc') return /^dev\d+$/.test(key) || (key === 'lxc.mount.entry' && value.startsWith('/'));
  if (/^usb\d+$/.test(key)) return mainPart(value, 'host') !== 'spice';
  if (/^serial\d+$/.test(key)) return value !== 'socket';
  return /^(hostpci\d+|parallel\d+|virtiofs\d+|ivshmem|amd-sev|intel-tdx)$/.test(key);
}

/** qm takes kvm64 where the config names no type. */
function cpuTypeOf(value: string | undefined): string {
  return (value === undefined ? undefined : mainPart(value, 'cputype')) ?? 'kvm64';
}

/** The value's part that may stand without its name: `scsi0: local:1,size=1G` or `scsi0: file=local:1,size=1G`. */
function mainPart(value: string, name: string): string | undefined {
  const first = value.split(',')[0] ?? '';
  // A volume on a path may hold an equals sign of its own, so only a bare word before it makes an option.
  return optionIn(value, name) ?? (first === '' || /^[a-z_-]+=/.test(first) ? undefined : first);
}

function optionIn(value: string, name: string): string | undefined {
  const found = value.split(',').find((part) => part.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}
