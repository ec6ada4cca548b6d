/** Whether a node must reboot, foreseen from what apt would install and judged from what it runs. One reason an entry (facts 6.6, 6.7). */
import { needsBoot } from '../../clients/dpkg.ts';
import type { HostFacts } from '../../model/node.ts';
import type { PackageSet } from '../../model/packages.ts';
import { compareVersions } from '../../model/version.ts';

const kernelPackage = /^(?:proxmox|pve)-kernel-(\d.*-pve)(?:-signed)?$/;

/**
 * @returns why the node will have to reboot once `set` is installed; a pinned kernel stays what it is, whatever is installed, and a kernel of
 * an older series that is kept up beside a newer one is not what boots
 */
export function foreseenRebootReasons(facts: HostFacts, set: PackageSet): readonly string[] {
  const { kernel } = facts;
  const kernels = kernelsIn(set).filter(
    (version) => !kernel.known || (!kernel.value.pinned && compareVersions(version, kernel.value.expected) > 0),
  );
  return [
    ...kernels.map((version) => `kernel ${version} will be installed, ${runningKernel(facts)} is running`),
    ...afterBootReasons(set),
    ...dueRebootReasons(facts).filter((reason) => kernels.length === 0 || !reason.startsWith('kernel ')),
  ];
}

/**
 * @param set what will be installed before the reboot; empty once it is
 * @returns the kernel that the node would boot for the first time, where its next boot takes another than runs
 */
export function newKernel({ kernel }: HostFacts, set: PackageSet): string | undefined {
  if (!kernel.known) return undefined;
  const { running, expected, pinned } = kernel.value;
  const coming = pinned ? [] : kernelsIn(set);
  const next = [...coming, expected].sort((a, b) => compareVersions(b, a))[0];
  return next === running ? undefined : next;
}

/** Releases of the kernels that a set installs. */
function kernelsIn(set: PackageSet): readonly string[] {
  return [...new Set(set.changes.flatMap(({ name }) => kernelPackage.exec(name)?.[1] ?? []))];
}

/** @returns why the node should reboot as it is now, whatever installed that */
export function dueRebootReasons(facts: HostFacts): readonly string[] {
  const { kernel, rebootRequired, changedSinceBoot } = facts;
  const reasons: string[] = [];
  if (kernel.known && kernel.value.expected !== kernel.value.running)
    reasons.push(
      `kernel ${kernel.value.expected} ${kernel.value.pinned ? 'is pinned' : 'is installed'}, ${kernel.value.running} is running`,
    );
  if (rebootRequired.known && rebootRequired.value.length > 0)
    reasons.push(`the system asks for it because of ${rebootRequired.value.join(', ')}`);
  if (changedSinceBoot?.known === true)
    reasons.push(
      ...changedSinceBoot.value.filter((name) => !isInUse(name, facts)).map((name) => `${name} was installed after the last boot`),
    );
  return [...reasons, ...oldLibraries(facts)];
}

/**
 * @param facts read after `installed` went in
 * @returns why the node must reboot. A node that lost its power in between has booted with what was installed by then, and owes
 * no second reboot for that
 */
export function rebootReasonsAfter(facts: HostFacts, installed: PackageSet): readonly string[] {
  const names = installed.changes.map(({ name }) => `${bareName(name)} was installed after the last boot`);
  const { changedSinceBoot } = facts;
  const since = changedSinceBoot?.known === true ? new Set(changedSinceBoot.value) : undefined;
  const changes = installed.changes.filter(({ name }) => (since?.has(bareName(name)) ?? true) && !isInUse(bareName(name), facts));
  // What this upgrade brought is told with its versions.
  return [...dueRebootReasons(facts).filter((reason) => !names.includes(reason)), ...afterBootReasons({ ...installed, changes })];
}

function afterBootReasons(set: PackageSet): readonly string[] {
  return set.changes
    .filter((change) => change.from !== undefined && needsBoot(bareName(change.name)))
    .map((change) => `${change.name} ${change.from} → ${change.to}`);
}

const libraries = /^(libc6|systemd|dbus|dbus-broker)$/;
const microcode = /^(intel|amd64)-microcode$/;

/** Whether needrestart can tell that the new version of this package is in use without a boot. */
export function isJudgedByNeedrestart(name: string): boolean {
  return libraries.test(name) || microcode.test(name);
}

/** Everything that used the old one was restarted since, or the processor has nothing newer to load. Only where needrestart says so. */
function isInUse(name: string, { restarts }: HostFacts): boolean {
  if (restarts?.known !== true) return false;
  if (libraries.test(name)) return restarts.value.services.length === 0;
  return microcode.test(name) && restarts.value.microcode === 'current';
}

/** Who is meant by the reason above, where it stands. */
function oldLibraries({ restarts, changedSinceBoot }: HostFacts): readonly string[] {
  if (restarts?.known !== true || changedSinceBoot?.known !== true || !changedSinceBoot.value.some((name) => libraries.test(name)))
    return [];
  const { services } = restarts.value;
  if (services.length === 0) return [];
  const more = services.length > 3 ? ` and ${services.length - 3} more` : '';
  return [`replaced libraries are still in use by ${services.slice(0, 3).join(', ')}${more}`];
}

function bareName(name: string): string {
  return name.replace(/:.*$/, '');
}

function runningKernel(facts: HostFacts): string {
  return facts.kernel.known ? facts.kernel.value.running : 'an unknown one';
}

/** Packages whose upgrade restarts something that running guests or the HA manager feel (facts 6.8, 6.9, 4.9). */
const disturbsGuests = /^(corosync|pve-cluster|lxc-pve|lxcfs|openvswitch-switch|ifupdown2|frr|ceph-(osd|mon|mgr|mds|base))$/;
const disturbsHa = /^(pve-ha-manager|pve-manager|qemu-server|pve-container|libpve-.+|pve-guest-common)$/;

/** @returns the packages for which the node should be empty, foreseen reboot or not */
export function disturbingPackages(set: PackageSet, haInUse: boolean): readonly string[] {
  return set.changes
    .filter((change) => change.from !== undefined && (disturbsGuests.test(change.name) || (haInUse && disturbsHa.test(change.name))))
    .map((change) => change.name);
}
