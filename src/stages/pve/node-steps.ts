/** The steps of one node's turn, before and after its upgrade, and what is done once more when a run is taken up in between. Pure. */
import type { Config } from '../../config/schema.ts';
import { counted } from '../../model/count.ts';
import type { KernelTrial } from '../../model/kernel-trial.ts';
import type { HostFacts } from '../../model/node.ts';
import type { Loan } from '../../model/loan.ts';
import { emptySet, isEmptySet, type PackageSet } from '../../model/packages.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { stepId, type NodeBaseline, type Step } from '../../model/step.ts';
import { kernelOutlook } from './kernel-trial.ts';
import { disturbingPackages } from './reboot-due.ts';
import { answered, baselineOf, guestsToLeave, haInUse, osdsOn, startsGuests } from './node-now.ts';

/** Up to and including the upgrade. @param rebootReasons foreseen; they decide whether Ceph is told now */
export function stepsBefore(
  name: string,
  snapshot: Snapshot,
  config: Config,
  set: PackageSet,
  drained: boolean,
  rebootReasons: readonly string[],
): readonly Step[] {
  const why = rebootReasons[0] ?? `${disturbingPackages(set, haInUse(snapshot)).join(', ') || 'packages'} would disturb what runs here`;
  const steps: Step[] = drained
    ? [...emptying(name, snapshot, config.drain === 'always' && rebootReasons.length === 0 ? 'drain: always' : why)]
    : [];
  if (!isEmptySet(set)) steps.push({ id: stepId(name, 'upgrade'), kind: 'upgrade', node: name, why: pendingText(set), set });
  return steps;
}

function pendingText({ changes, removals }: PackageSet): string {
  const pending = `${counted(changes.length, 'package')} pending`;
  return removals.length === 0 ? pending : `${pending}; ${removals.join(', ')} will be removed`;
}

/**
 * From the upgrade on, decided on what is true now.
 * @param rebootReasons why it must reboot; empty when it need not or may not
 * @param drained whether it is empty already
 * @param coming what will be installed before it; nothing once it is
 */
export function stepsAfter(
  name: string,
  snapshot: Snapshot,
  rebootReasons: readonly string[],
  drained: boolean,
  config: Config,
  baseline?: NodeBaseline,
  coming: PackageSet = emptySet,
): readonly Step[] {
  const reboots = rebootReasons.length > 0;
  const before = baseline ?? baselineOf(name, snapshot);
  const steps: Step[] = [];
  if (reboots) {
    const why = rebootReasons.join('; ');
    if (!drained) steps.push(...emptying(name, snapshot, why));
    if (osdsOn(snapshot, name) > 0)
      steps.push({
        id: stepId(name, 'protect'),
        kind: 'protect',
        node: name,
        why: `${counted(osdsOn(snapshot, name), 'OSD')} here will be away while it boots`,
      });
    const facts = answered(snapshot, name);
    const trial = trialFor(facts, coming, config);
    if (trial !== undefined)
      steps.push({
        id: stepId(name, 'try-kernel'),
        kind: 'try-kernel',
        node: name,
        why: `${trial.kernel} boots once, and a power cycle brings back ${trial.before}`,
        trial,
      });
    const peers = name === snapshot.ownNode ? peersOf(name, snapshot) : [];
    if (peers.length > 0)
      steps.push({
        id: stepId(name, 'guard-on'),
        kind: 'guard-on',
        node: name,
        why: `${peers.join(' and ')} ${peers.length === 1 ? 'speaks' : 'speak'} up if it does not come back`,
        peers,
      });
    steps.push({
      id: stepId(name, 'reboot'),
      kind: 'reboot',
      node: name,
      why,
      ...(facts.kernel.known ? { expectedKernel: facts.kernel.value.expected } : {}),
      ...(trial === undefined ? {} : { trial }),
    });
  }
  if (reboots && name === snapshot.ownNode && peersOf(name, snapshot).length > 0)
    steps.push({ id: stepId(name, 'guard-off'), kind: 'guard-off', node: name, why: 'it is back' });
  steps.push({
    id: stepId(name, 'rejoin'),
    kind: 'rejoin',
    node: name,
    why: 'it must be whole before anything else happens',
    before,
  });
  if (steps.some((step) => step.kind === 'try-kernel'))
    steps.push({ id: stepId(name, 'keep-kernel'), kind: 'keep-kernel', node: name, why: 'the new kernel has proven itself' });
  if (reboots && osdsOn(snapshot, name) > 0)
    steps.push({ id: stepId(name, 'protect-off'), kind: 'protect-off', node: name, why: 'return what we borrowed' });
  if (reboots || drained) {
    if (haInUse(snapshot))
      steps.push({ id: stepId(name, 'maintenance-off'), kind: 'maintenance-off', node: name, why: 'return what we borrowed' });
    steps.push({ id: stepId(name, 'return'), kind: 'return', node: name, why: 'guests that left it go home' });
  }
  return [...steps, ...cleanUp(name, before, config)];
}

function trialFor(facts: HostFacts, coming: PackageSet, { new_kernel: wanted }: Config): KernelTrial | undefined {
  const outlook = wanted === 'boot' ? undefined : kernelOutlook(facts, coming);
  return outlook?.kind === 'trial' ? outlook.trial : undefined;
}

/** Last of all: when it fails, nothing is borrowed any more. A round of reboots installs and removes nothing. */
function cleanUp(name: string, { kernel }: NodeBaseline, { clean_up: what, upgrade }: Config): readonly Step[] {
  if (what === 'none' || upgrade === 'none') return [];
  const kernelBefore = kernel === undefined ? {} : { kernelBefore: kernel };
  return [{ id: stepId(name, 'clean-up'), kind: 'clean-up', node: name, why: `clean_up: ${what}`, what, ...kernelBefore }];
}

/**
 * What must be done once more when a run goes on before this node's reboot: emptying it, if guests run there again or are about to, or somebody
 * ended its maintenance, and protecting it. A guard that spoke meanwhile has taken our flags away, whatever the journal says is on loan.
 */
export function stepsAgain(
  name: string,
  snapshot: Snapshot,
  config: Config,
  after: readonly Step[],
  loans: readonly Loan[],
): readonly Step[] {
  const { ha, ceph } = snapshot;
  const lent = loans.some((loan) => loan.kind === 'ha-maintenance' && loan.node === name);
  const on = ha.known && ha.value.kind === 'used' && ha.value.nodes[name]?.maintenanceRequested === true;
  const why = lent && !on ? 'its maintenance was ended' : whyNotEmpty(name, snapshot, config);
  const emptied = why === undefined ? [] : emptying(name, snapshot, why);
  const protectedStill = ceph.known && ceph.value.kind === 'present' && ceph.value.nooutHosts.includes(name);
  return [
    ...emptied.filter((step) => step.kind !== 'maintenance-on' || !on),
    ...after.filter((step) => step.kind === 'guard-on' || (step.kind === 'protect' && !protectedStill)),
  ];
}

/** Nothing when it is empty and stays so. */
function whyNotEmpty(name: string, snapshot: Snapshot, config: Config): string | undefined {
  if (guestsToLeave(snapshot, name, config).length > 0) return 'guests run here again';
  const { uptimeS, services } = answered(snapshot, name);
  const starts = !uptimeS.known || !services.known || startsGuests(uptimeS.value, services.value);
  return starts ? 'it was booted meanwhile and may start guests' : undefined;
}

function emptying(name: string, snapshot: Snapshot, why: string): readonly Step[] {
  const drain: Step = { id: stepId(name, 'drain'), kind: 'drain', node: name, why };
  if (!haInUse(snapshot)) return [drain];
  return [
    {
      id: stepId(name, 'maintenance-on'),
      kind: 'maintenance-on',
      node: name,
      why: 'the HA manager moves its guests away and leaves the node alone',
    },
    drain,
  ];
}

/** Two are enough: the guard must survive the failure of one. */
function peersOf(name: string, snapshot: Snapshot): readonly string[] {
  return snapshot.nodes
    .filter((node) => node.name !== name && node.online && node.host.answered)
    .map((node) => node.name)
    .slice(0, 2);
}
