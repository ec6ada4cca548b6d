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

/** Whether it has to be somewhere else before its node goes down. Templates and stopped guests stay. */
export function needsPlace(guest: GuestFacts): boolean {
  return !guest.template && !(guest.status.known && guest.status.value.kind === 'stopped');
}
