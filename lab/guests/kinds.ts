/** The guests of the proof, one of each kind that the lab's programs can carry, and what the configuration says of them once each was refused as it must be. */
import { GiB, MiB, type GuestSpec, type WorldSpec } from '../../src/sim/spec.ts';
import type { GuestPolicy } from '../../src/model/policy.ts';

export interface LabKind {
  readonly vmid: number;
  readonly title: string;
  readonly guest: GuestSpec;
  /** What is said against it before anything is allowed for it; missing for a guest that may go as it is. */
  readonly refused?: RegExp;
  /** Allowed for the run, by its vmid or by one of its tags; missing for one that goes by the default, `migrate`. */
  readonly policy?: { readonly by: string; readonly is: GuestPolicy };
}

/** Stands in the configuration from the beginning. */
export const keepTag = { tag: 'keep', policy: 'block' } as const;

const small = { memoryBytes: 256 * MiB, cores: 1 };
const vm = (on: string, more: Partial<GuestSpec> = {}): GuestSpec => ({ ...small, on, ...more });
const ct = (on: string, more: Partial<GuestSpec> = {}): GuestSpec => ({ ...small, kind: 'lxc', on, ...more });
const local = { storage: 'local', diskBytes: GiB / 4 };
const byVmid = (is: GuestPolicy) => ({ by: 'vmid', is });
const byTag = (tag: string, is: GuestPolicy) => ({ by: `tag ${tag}`, is });

export const kinds: readonly LabKind[] = [
  { vmid: 101, title: 'VM, disks on shared storage', guest: vm('pve1') },
  { vmid: 102, title: 'VM, local disk', guest: vm('pve2', local), refused: /scsi0 is on local/, policy: byVmid('migrate-with-disks') },
  {
    vmid: 103,
    title: 'VM, image on local storage',
    guest: vm('pve3', { config: { ide2: 'local:iso/debian.iso,media=cdrom' } }),
    refused: /ide2 is the image/,
    policy: byVmid('shutdown'),
  },
  {
    vmid: 104,
    title: 'VM, cloud-init drive on local storage',
    guest: vm('pve1', { config: { ide2: 'local:104/vm-104-cloudinit.qcow2,media=cdrom' } }),
  },
  {
    vmid: 105,
    title: 'VM, PCI device',
    guest: vm('pve2', { config: { hostpci0: '0000:01:00.0' }, tags: ['pinned'] }),
    refused: /devices of its node \(hostpci0\)/,
    policy: byTag('pinned', 'shutdown'),
  },
  {
    vmid: 106,
    title: 'VM, local disk with a snapshot',
    guest: vm('pve3', { ...local, snapshots: ['before'], tags: ['may-die'] }),
    refused: /scsi0 is on local/,
    policy: byTag('may-die', 'leave'),
  },
  { vmid: 107, title: 'VM, locked by a backup, then unlocked', guest: vm('pve1', { lock: 'backup' }), refused: /is locked \(backup\)/ },
  { vmid: 108, title: 'VM, paused', guest: vm('pve2', { status: 'paused' }) },
  {
    vmid: 109,
    title: 'VM, mapped PCI device',
    guest: vm('pve3', { config: { hostpci0: 'mapping=gpu' } }),
    refused: /devices of its node \(hostpci0\)/,
    policy: byVmid('restart'),
  },
  {
    vmid: 110,
    title: 'VM that a tag blocks, then allowed by its vmid',
    guest: vm('pve1', { tags: [keepTag.tag] }),
    refused: /its policy is block/,
    policy: byVmid('migrate'),
  },
  { vmid: 111, title: 'VM, stopped', guest: vm('pve2', { status: 'stopped', onBoot: false, ...local }) },
  { vmid: 112, title: 'VM, local disk with a fresh replica', guest: vm('pve3', { ...local, replicas: { pve2: { ageMs: 60_000 } } }) },
  { vmid: 201, title: 'Container, volumes on shared storage', guest: ct('pve1') },
  {
    vmid: 202,
    title: 'Container, bind mount',
    guest: ct('pve2', { config: { mp0: '/srv/data,mp=/data' } }),
    refused: /mp0/,
    policy: byVmid('shutdown'),
  },
  {
    vmid: 203,
    title: 'Container, local volume',
    guest: ct('pve3', { ...local, tags: ['copied'] }),
    refused: /rootfs is on local/,
    policy: byTag('copied', 'migrate-with-disks'),
  },
  { vmid: 301, title: 'HA: VM', guest: vm('pve1', { ha: { state: 'started' } }) },
  { vmid: 302, title: 'HA: VM, its node and pve3 only (strict, restricted)', guest: vm('pve2', { ha: { state: 'started' } }) },
  { vmid: 303, title: 'HA: VM, no failback', guest: vm('pve3', { ha: { state: 'started', failback: false } }) },
  { vmid: 304, title: 'HA: container', guest: ct('pve1', { ha: { state: 'started' } }) },
  { vmid: 305, title: 'HA: VM, stopped for the reboot', guest: vm('pve2', { ha: { state: 'started' } }), policy: byVmid('shutdown') },
];

/** What the cluster has besides these guests. */
export const around: Partial<WorldSpec> = {
  mappings: { gpu: { kind: 'pci', nodes: ['pve1', 'pve2', 'pve3'] } },
  ha: { rules: [{ services: ['vm:302'], nodes: ['pve2', 'pve3'], strict: true }] },
};

/** Before anybody has looked at the guests one by one. */
export function configBefore(): readonly string[] {
  return ['guests:', '  by_tag:', `    ${keepTag.tag}: ${keepTag.policy}`];
}

/** With what is allowed for each of them. */
export function configAfter(): readonly string[] {
  const named = kinds.flatMap(({ vmid, policy }) => (policy === undefined ? [] : [{ vmid, ...policy }]));
  return [
    ...configBefore(),
    ...named.flatMap(({ by, is }) => (by === 'vmid' ? [] : [`    ${by.slice('tag '.length)}: ${is}`])),
    '  by_vmid:',
    ...named.flatMap(({ by, is, vmid }) => (by === 'vmid' ? [`    ${vmid}: ${is}`] : [])),
  ];
}

export const guestsOfKinds: Readonly<Record<number, GuestSpec>> = Object.fromEntries(
  kinds.map(({ vmid, guest }) => [vmid, { name: `g${vmid}`, ...guest }]),
);
