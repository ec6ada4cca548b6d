/** What is known of one guest: a VM (`qemu`) or a container (`lxc`). */
import type { Reading } from './reading.ts';

export type GuestKind = 'qemu' | 'lxc';

export interface GuestFacts {
  readonly vmid: number;
  readonly kind: GuestKind;
  readonly name: string;
  /** Where its config lies now, from `.vmlist`: current even when the metrics are not (facts 1.5). */
  readonly node: string;
  /** As broadcast by its node, so up to 300 s old when that node is gone (facts 1.5). */
  readonly status: Reading<GuestStatus>;
  /** What it may take at most. Missing right after a boot: unknown, never 0. */
  readonly memoryBytes: Reading<number>;
  readonly template: boolean;
  readonly tags: readonly string[];
  /** The config's lock: `backup`, `migrate`, … (facts 1.8). */
  readonly lock?: string;
  /** Only of guests that the HA manager has in hand. */
  readonly ha?: GuestHa;
  readonly config: Reading<GuestConfig>;
  /** The resource pool it is in. */
  readonly pool?: string;
  /** Replication jobs of its volumes; missing when nothing says that there are any. */
  readonly replicas?: Reading<readonly ReplicaFacts[]>;
}

/** One replication job of a guest (facts 1.9). */
export interface ReplicaFacts {
  readonly target: string;
  /** Seconds since the epoch; 0 when it never was synced. */
  readonly lastSyncS: Reading<number>;
  /** Why it is not kept up: switched off, or the error of its last try. */
  readonly trouble?: string;
}

/** `running` in any of its forms needs a place to run on. Other words of QEMU (`io-error`, `prelaunch`, …) are `odd`: they are not moved blindly. */
export type GuestStatus =
  | { readonly kind: 'running' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'odd'; readonly word: string };

export interface GuestHa {
  /** What the administrator asked for: `started`, `stopped`, `ignored`, … */
  readonly requested: string;
  /** What the manager does with it now: `started`, `migrate`, `freeze`, `error`, … (facts 4.2). */
  readonly crmState: string;
  readonly comment?: string;
}

/** The part of a guest's config that decides whether it can move (facts 3.3, 3.8). */
export interface GuestConfig {
  readonly volumes: readonly GuestVolume[];
  /** Keys of raw host devices that pin it to its node: `hostpci0`, `usb1`, `serial0`, a container's `dev0`, … */
  readonly pinnedBy: readonly string[];
  readonly bridges: readonly string[];
  readonly cpuType: string;
  readonly onBoot: boolean;
  /** Those of `pinnedBy` that are mapped resources: while it is down they come along where the mapping has the target. */
  readonly mapped?: readonly MappedDevice[];
  /** Names of its snapshots, oldest first in the file. */
  readonly snapshots?: readonly string[];
  /** Images that only a snapshot or a pending change still names; they cannot be ejected (facts 3.2). */
  readonly heldImages?: readonly GuestVolume[];
  /** A machine version that is pinned: `pc-i440fx-9.2`. */
  readonly machine?: string;
  /** Memory in pages that its node must have in one piece. */
  readonly hugepages?: string;
  /** What the balloon may shrink it to, in bytes; 0 when ballooning is off. */
  readonly balloonBytes?: number;
  /** `startup: order=N`. */
  readonly startOrder?: number;
  /** `startup: down=S`: how long its administrator lets it take to shut down, in seconds. */
  readonly shutdownS?: number;
  /** `clipboard=vnc`, which an older QEMU cannot move live (facts 3.2). */
  readonly vncClipboard?: true;
}

export interface MappedDevice {
  /** Key in the config: `hostpci0`, `usb1`, `virtiofs0`. */
  readonly key: string;
  readonly kind: 'pci' | 'usb' | 'dir';
  readonly mapping: string;
}

export interface GuestVolume {
  /** Key in the config: `scsi0`, `rootfs`, `mp1`. */
  readonly key: string;
  /** Storage id, or `undefined` for a path on the host. */
  readonly storage?: string;
  readonly volume: string;
  /** `cloud-init` is copied by qm itself; a local `iso` blocks (facts 3.8). */
  readonly use: 'disk' | 'iso' | 'cloud-init' | 'bind-mount' | 'state';
  /** The admin's own promise that the path is the same everywhere (`shared=1`). */
  readonly declaredShared: boolean;
  /** From `size=`; missing where the config does not say it. */
  readonly bytes?: number;
  /** False when replication leaves it out (`replicate=0`). */
  readonly replicated?: false;
}

/** `vm 101` or `ct 200`, with its name: how a guest is named to people. */
export function guestTitle(guest: Pick<GuestFacts, 'kind' | 'vmid' | 'name'>): string {
  const kind = guest.kind === 'qemu' ? 'vm' : 'ct';
  return guest.name === '' ? `${kind} ${guest.vmid}` : `${kind} ${guest.vmid} (${guest.name})`;
}

/** The HA manager's own name of it: `vm:101`, `ct:200`. */
export function serviceId(guest: Pick<GuestFacts, 'kind' | 'vmid'>): string {
  return `${guest.kind === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`;
}

/**
 * How a person clears the error of a service: only on the way through `disabled` is it forgotten (facts 4.2), in which the manager stops a
 * guest that runs (`man ha-manager`).
 */
export function clearErrorText(sid: string): string {
  return `ha-manager set ${sid} --state disabled (stops it if it runs), and once its error is gone: ha-manager set ${sid} --state started`;
}

/** Whether it is known to run, suspended in memory or paused included. Of one that nobody knows anything about this is not said. */
export function seenRunning({ status }: GuestFacts): boolean {
  return status.known && status.value.kind !== 'stopped';
}

/** Whether it has to be somewhere else before its node goes down. Templates and stopped guests stay. */
export function needsPlace(guest: GuestFacts): boolean {
  return !guest.template && !(guest.status.known && guest.status.value.kind === 'stopped');
}
