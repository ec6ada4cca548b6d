/**
 * A smaller twin for many rehearsals: of each kind of guest on a node one stays, and the memory of the others counts where they are. Guests of
 * one kind are treated alike, so what one of them meets the others would meet too.
 */
import type { Config, GuestPolicy } from '../config/schema.ts';
import { guestTitle } from '../model/guest.ts';
import { policyFor } from '../model/policy.ts';
import type { GuestSpec, NodeSpec, WorldSpec } from './spec.ts';
import { sharedTypes } from './storages.ts';

export interface Sample {
  readonly world: WorldSpec;
  /** The config without what it says of guests that are left out. */
  readonly config: Config;
  /** For each guest that stays, how many there are of its kind, itself included. */
  readonly kinds: readonly GuestKindSample[];
}

export interface GuestKindSample {
  readonly vmid: number;
  readonly title: string;
  readonly node: string;
  /** Equal for guests that are treated alike. */
  readonly kind: string;
  readonly count: number;
  readonly lxc: boolean;
  readonly ha: boolean;
  readonly policy: GuestPolicy;
}

/** @param node whose turn it is; elsewhere one HA guest a node is enough to keep its watchdog armed */
export function sampled(world: WorldSpec, config: Config, node: string): Sample {
  const guests = Object.entries(world.guests ?? {}).map(([vmid, spec]) => ({ vmid: Number(vmid), spec }));
  const kept = new Map<string, GuestKindSample & { readonly key: string }>();
  for (const { vmid, spec } of guests) {
    if (spec.template === true || spec.status === 'stopped') continue;
    const policy = policyFor({ vmid, tags: spec.tags ?? [] }, config);
    if (spec.on !== node && !isManaged(spec)) continue;
    const key = spec.on === node ? kindOf(spec, policy, world) : spec.on;
    const before = kept.get(key);
    if (before !== undefined) kept.set(key, { ...before, count: before.count + 1 });
    else
      kept.set(key, {
        key,
        vmid,
        kind: kindOf(spec, policy, world),
        title: guestTitle({ kind: spec.kind ?? 'qemu', vmid, name: spec.name ?? '' }),
        node: spec.on,
        count: 1,
        lxc: spec.kind === 'lxc',
        ha: isManaged(spec),
        policy,
      });
  }
  const stay = new Set([...kept.values()].map(({ vmid }) => vmid));
  const left = guests.filter(({ vmid }) => !stay.has(vmid));
  return {
    world: {
      ...world,
      nodes: Object.fromEntries(Object.entries(world.nodes).map(([name, node]) => [name, withMemoryOf(node, left, name)])),
      guests: Object.fromEntries(guests.filter(({ vmid }) => stay.has(vmid)).map(({ vmid, spec }) => [vmid, spec])),
    },
    config: {
      ...config,
      guests: {
        ...config.guests,
        by_vmid: Object.fromEntries(Object.entries(config.guests.by_vmid).filter(([vmid]) => stay.has(Number(vmid)))),
      },
    },
    kinds: [...kept.values()].map(({ key: _key, ...sample }) => sample),
  };
}

function isManaged({ ha }: GuestSpec): boolean {
  return ha !== undefined && ha.state !== 'ignored';
}

/** All that decides how proxroll and the HA manager treat it. */
function kindOf(spec: GuestSpec, policy: GuestPolicy, world: WorldSpec): string {
  const config = spec.config ?? {};
  const storages = [spec.storage ?? 'shared', ...Object.values(config).flatMap((value) => /^([a-zA-Z][\w.-]*):/.exec(value)?.[1] ?? [])];
  const local = storages.some((id) => {
    const storage = world.storages?.[id];
    return id !== 'shared' && !(storage?.shared ?? sharedTypes.has(storage?.type ?? 'dir'));
  });
  const pins = Object.keys(config).filter((key) => /^(hostpci|usb|serial|parallel|virtiofs|dev|ivshmem|amd-sev|intel-tdx)/.test(key));
  return [
    spec.kind ?? 'qemu',
    spec.ha?.state ?? '',
    spec.ha?.failback === false ? 'stays' : '',
    policy,
    spec.status ?? '',
    spec.lock ?? '',
    local ? 'local' : 'shared',
    ...Object.keys(spec.replicas ?? {}).map((target) => `replica on ${target}`),
    (spec.snapshots ?? []).length > 0 ? 'snapshots' : '',
    ...pins,
  ].join('/');
}

function withMemoryOf(node: NodeSpec, left: readonly { readonly spec: GuestSpec }[], name: string): NodeSpec {
  const gib = 1024 ** 3;
  const bytes = left
    .filter(({ spec }) => spec.on === name && spec.status !== 'stopped' && spec.template !== true)
    .reduce((sum, { spec }) => sum + (spec.memoryBytes ?? 2 * gib), 0);
  return bytes === 0 ? node : { ...node, otherMemoryBytes: (node.otherMemoryBytes ?? 2 * gib) + bytes };
}
