/** One node of a real cluster as the spec of its twin: what it said of itself, in the simulator's words. */
import type { HostFacts, KernelFacts, NodeFacts } from '../model/node.ts';
import { bareVersion } from '../model/obstacles.ts';
import type { PackageSet } from '../model/packages.ts';
import type { Reading } from '../model/reading.ts';
import type { StorageFacts } from '../model/snapshot.ts';
import { majorOf } from '../model/version.ts';
import { compatibilityPackages } from '../clients/dpkg.ts';
import { ownHoldPath } from '../clients/hold.ts';
import type { NodeSpec, PackageSpec, PveMajor } from './spec.ts';

/** Of one package with a kernel; no simulation of apt tells sizes. */
const kernelBytes = 110_000_000;

/** Told what could not be carried over, in the operator's words. */
export type Missing = (text: string) => void;

/** What of the cluster belongs to this node. */
export interface NodeSurroundings {
  /** What its running guests may take together, in bytes. */
  readonly guestBytes: number;
  readonly storages: readonly StorageFacts[];
  readonly osds: readonly number[];
}

/** Smaller offsets are the error of the measurement, and simulated calls have one of their own. */
const offsetMs = 500;

export function nodeSpec(node: NodeFacts, around: NodeSurroundings, missing: Missing): NodeSpec {
  const spec: NodeSpec = {
    votes: node.votes,
    ...(node.address === undefined ? {} : { address: node.address }),
    ...(around.osds.length === 0 ? {} : { osds: around.osds }),
  };
  if (!node.host.answered) return silentNode(node, spec, missing);
  if (!node.online) {
    missing(`${node.name} answers and is no member of the cluster; in the twin it is off`);
    return { ...spec, off: true };
  }
  const host = hostSpec(node.name, node.host.facts, around, missing);
  // Its own is among those it has; twice in a migration network it would be as good as none.
  return {
    ...spec,
    ...host,
    ...optional(
      'addresses',
      host.addresses?.filter((address) => address !== node.address),
    ),
  };
}

function silentNode({ name, online, host }: NodeFacts, spec: NodeSpec, missing: Missing): NodeSpec {
  const why = host.answered ? '' : host.why;
  missing(`${name}: its packages, kernels and memory, because it did not answer (${why})`);
  if (!online) return { ...spec, off: true };
  if (!host.answered && host.code === 'host-key') return { ...spec, login: 'host-key' };
  if (!host.answered && host.code !== 'login') missing(`${name}: why it cannot be reached; in the twin it refuses the login`);
  return { ...spec, login: 'refused' };
}

function hostSpec(name: string, facts: HostFacts, around: NodeSurroundings, missing: Missing): NodeSpec {
  /** A fact, or nothing with a word about it: then the simulator's usual value stands for it. */
  const fact = <T>(reading: Reading<T>, what: string): T | undefined => {
    if (reading.known) return reading.value;
    missing(`${name}: ${what} (${reading.why}); the usual one is taken`);
    return undefined;
  };
  const kernel = fact(facts.kernel, 'its kernels');
  const memory = fact(facts.memory, 'its memory');
  const pending = fact(facts.pending, 'what apt would install');
  const files = fact(facts.fileSystems, 'its file systems');
  const clock = fact(facts.clockOffsetMs, 'its clock') ?? 0;
  const zfs = fact(facts.zfs, 'its ZFS pools');
  const services = fact(facts.services, 'its services') ?? {};
  const hold = fact(facts.hold, 'whether it is on hold') ?? 'none';
  const held = fact(facts.aptHolds, 'which packages are held') ?? [];
  const codename = fact(facts.codename, 'its Debian release');
  const pve = majorOfHost(facts, codename);
  if (codename !== undefined && codename !== (pve === 8 ? 'bookworm' : 'trixie'))
    missing(`${name}: Debian ${codename}; in the twin it is ${pve === 8 ? 'bookworm' : 'trixie'}`);
  if (facts.ourUnits.known && facts.ourUnits.value.length > 0)
    missing(`${name}: units of an earlier run (${facts.ourUnits.value.join(', ')})`);
  const failed = fact(facts.failedUnits, 'which units have failed') ?? [];
  if (kernel !== undefined && !kernel.installed.includes(kernel.running))
    missing(`${name}: that its running kernel ${kernel.running} is not installed any more`);
  const sick = Object.entries(services).filter(([unit, state]) => state !== 'active' && unit !== 'corosync');
  const away = around.storages.filter((row) => !row.available).map((row) => row.storage);
  return {
    pve,
    installed: installedOn(facts, pending),
    ...optional('cpuModel', fact(facts.cpuModel, 'its processor')),
    ...(memory === undefined
      ? {}
      : { memoryBytes: memory.totalBytes, otherMemoryBytes: memory.totalBytes - memory.availableBytes - around.guestBytes }),
    ...(kernel === undefined
      ? {}
      : {
          kernel: kernel.running,
          kernels: bootable(kernel.installed, kernel.expected).filter((release) => release !== kernel.running),
          ...(kernel.pinned ? { pinnedKernel: kernel.expected } : {}),
        }),
    ...(kernel === undefined ? {} : loaderSpec(kernel, facts)),
    ...(pending === undefined ? {} : { pending: packageSpecs(name, pending, held, missing), removals: pending.removals }),
    held,
    ...optional('repositories', fact(facts.repositories, 'its repositories')),
    ...optional('subscribed', fact(facts.subscribed, 'its subscription')),
    ...optional('dpkgAudit', fact(facts.dpkgAudit, 'whether dpkg is whole')),
    ...(files === undefined ? {} : { fileSystems: Object.fromEntries(files.map(({ mountPoint, ...room }) => [mountPoint, room])) }),
    ...(zfs === undefined ? {} : { zfs: zfs.kind === 'unhealthy' ? 'degraded' : zfs.kind }),
    failedUnits: failed.filter((unit) => !sick.some(([name]) => unit === `${name}.service`)),
    ...optional('links', fact(facts.links, 'its interfaces and bridges')),
    ...(facts.addresses === undefined ? {} : optional('addresses', fact(facts.addresses, 'its addresses'))),
    ...optional('kernelErrors', fact(facts.kernelErrors, 'what its kernel complained of')),
    ...(facts.changedSinceBoot?.known === true ? { installedAfterBoot: facts.changedSinceBoot.value } : {}),
    ...optional('rebootRequired', fact(facts.rebootRequired, 'whether somebody asked for a reboot')),
    ...(fact(facts.proxlb, 'whether ProxLB runs on it') === true ? { proxlb: true } : {}),
    ...(sick.length === 0 ? {} : { sickUnits: Object.fromEntries(sick) }),
    ...(away.length === 0 ? {} : { missingStorages: away }),
    ...(hold === 'none' ? {} : hold.path === ownHoldPath ? { hold: hold.text } : { files: { [hold.path]: hold.text } }),
    clock: {
      synchronised: fact(facts.clockSynchronised, 'whether its clock is synchronised') ?? true,
      ...(Math.abs(clock) < offsetMs ? {} : { offsetMs: clock }),
    },
  };
}

/** EFI partitions with the kernels as they are; only in whether an entry can be taken once do other loaders differ. */
function loaderSpec({ loader }: KernelFacts, { bootOnce }: HostFacts): Pick<NodeSpec, 'esps' | 'loader' | 'grubOn'> {
  const by = bootOnce?.known === true && bootOnce.value.can ? bootOnce.value.by : undefined;
  if (loader?.kind === 'managed')
    return { esps: loader.partitions.map(({ uuid }) => uuid), loader: by === 'systemd-boot' ? 'systemd-boot' : 'grub' };
  return by === 'grub' ? { grubOn: '/dev/sda2' } : {};
}

function majorOfHost(facts: HostFacts, codename: string | undefined): PveMajor {
  const major = facts.pveVersion.known ? majorOf(bareVersion(facts.pveVersion.value)) : undefined;
  return major === 8 || (major === undefined && codename === 'bookworm') ? 8 : 9;
}

/** Versions that decide compatibility are the node's own; what is new to it must not be there before. */
function installedOn(facts: HostFacts, pending: PackageSet | undefined): Readonly<Record<string, string>> {
  const known = facts.versions.known ? facts.versions.value : undefined;
  const versions = known === undefined ? {} : Object.fromEntries(compatibilityPackages.map((name) => [name, known[name] ?? '']));
  const manager = facts.pveVersion.known ? { 'pve-manager': bareVersion(facts.pveVersion.value) } : {};
  const fresh = (pending?.changes ?? []).filter((change) => change.from === undefined).map((change) => [change.name, ''] as const);
  return { ...versions, ...manager, ...Object.fromEntries(fresh) };
}

/** A Debian kernel beside Proxmox's own is never what boots, and the simulator goes by version alone (facts 6.6). */
function bootable(installed: readonly string[], expected: string): readonly string[] {
  return /-pve$/.test(expected) ? installed.filter((release) => /-pve$/.test(release)) : installed;
}

/** Held packages wait with a version that nobody was told; they are kept back whatever it is. */
function packageSpecs(name: string, set: PackageSet, held: readonly string[], missing: Missing): readonly PackageSpec[] {
  const waiting = set.keptBack.filter((kept) => held.includes(kept));
  const others = set.keptBack.filter((kept) => !held.includes(kept));
  if (others.length > 0) missing(`${name}: packages that apt keeps back of itself (${others.join(', ')})`);
  return [
    ...set.changes.map(({ name: change, from, to, origin }) => ({
      name: change,
      ...(from === undefined ? {} : { from }),
      to,
      origin,
      // Much larger than what else there is, so they alone say how long a download takes.
      ...(/^(proxmox|pve)-kernel-\d.*-pve/.test(change) ? { bytes: kernelBytes } : {}),
    })),
    ...waiting.map((kept) => ({ name: kept, to: 'newer' })),
  ];
}

function optional<Key extends string, T>(key: Key, value: T | undefined): { readonly [K in Key]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: T });
}
