/** The node is back when all is as it was before it left (facts 8.3): from inside, from its peers, and for longer than a moment. */
import { cephFacts } from '../../../clients/ceph.ts';
import { clusterResourcesQuery } from '../../../clients/cluster-resources.ts';
import { auditQuery } from '../../../clients/dpkg.ts';
import { clockSynchronisedQuery } from '../../../clients/host.ts';
import { kernelErrorsQuery } from '../../../clients/kernel-log.ts';
import { corosyncLinksQuery, linksQuery } from '../../../clients/network.ts';
import { membersQuery, pmxcfsWritableQuery } from '../../../clients/pmxcfs.ts';
import { askNamed } from '../../../clients/query.ts';
import { quorumQuery } from '../../../clients/quorum.ts';
import { failedUnitsQuery, nodeServicesQuery } from '../../../clients/systemd.ts';
import { zpoolQuery } from '../../../clients/zpool.ts';
import type { Loan } from '../../../model/loan.ts';
import { Pause } from '../../../model/pause.ts';
import type { RejoinStep } from '../../../model/step.ts';
import { at, atOwn, type Context } from '../../../run/context.ts';
import { observeHa } from '../../../run/discover.ts';
import type { Handler } from '../../../run/handler.ts';
import { missingInCeph, missingMonitors, missingInHa, missingInside, missingOutside, newKernelErrors } from '../whole-again.ts';

export const rejoin: Handler<RejoinStep> = {
  remember: () => Promise.resolve({}),
  run: () => Promise.resolve(),
  satisfied: async (step, _remembered, context) => {
    const [inside, outside, ha, ceph] = await Promise.all([
      lookInside(step, context),
      lookOutside(step, context),
      lookAtHa(step.node, context),
      lookAtCeph(step.node, context),
    ]);
    const missing = [...inside.missing, ...outside, ...ha, ...ceph];
    if (missing.length > 0) return { yes: false, seen: [...missing, ...inside.errors].join('; ') };
    const [said] = inside.errors;
    if (said === undefined) return { yes: true };
    if (context.site.config.kernel_errors === 'warn') return { yes: true, detail: said };
    // Waiting does not make it unsaid.
    throw new Pause('rejoin.kernel-error', {
      what: `${step.node} is whole again, but its kernel complains`,
      seen: said,
      next: `look at it on ${step.node}: journalctl -k -p err; if it is harmless, set kernel_errors: warn; then: proxroll resume`,
    });
  },
  pollMs: 1000,
  // A look is three pvesh and more on our node, and a dozen programs on the one that came back: twenty minutes of that without a breath are a core each.
  patientPollMs: 5000,
  late: ({ node }, seen) => ({
    code: 'rejoin.deadline',
    reason: {
      what: `the cluster is not whole again after ${node} was patched`,
      seen,
      next: 'mend what was seen, on the machine it names, then: proxroll resume',
    },
  }),
};

async function lookInside(
  { node, before }: RejoinStep,
  context: Context,
): Promise<{ readonly missing: readonly string[]; readonly errors: readonly string[] }> {
  const { kernelErrors, ...now } = await askNamed(at(context, node), {
    services: nodeServicesQuery,
    failed: failedUnitsQuery,
    audit: auditQuery,
    zfs: zpoolQuery,
    quorum: quorumQuery,
    pmxcfs: pmxcfsWritableQuery,
    links: linksQuery,
    corosyncLinks: corosyncLinksQuery,
    clockSynchronised: clockSynchronisedQuery,
    kernelErrors: kernelErrorsQuery,
  });
  const missing = missingInside(node, before, now, context.seen().membership.kind === 'lone', waitingGuests(context).length > 0);
  if (before.kernelErrors === undefined) return { missing, errors: [] };
  if (!kernelErrors.known) return { missing: [...missing, kernelErrors.why], errors: [] };
  const errors = newKernelErrors(before, kernelErrors.value);
  if (errors.length === 0) return { missing, errors: [] };
  const more = errors.length > 3 ? ` and ${errors.length - 3} more` : '';
  return { missing, errors: [`the kernel of ${node} says what it did not say before: ${errors.slice(0, 3).join(' / ')}${more}`] };
}

async function lookOutside({ node, before }: RejoinStep, context: Context): Promise<readonly string[]> {
  const now = await askNamed(atOwn(context), { members: membersQuery, resources: clusterResourcesQuery });
  const stopped = context.state().loans.flatMap((loan) => (loan.kind === 'guest-stopped' ? [loan.vmid] : []));
  return missingOutside(node, before, now, stopped, context.seen().membership.kind === 'lone', waitingGuests(context));
}

/** Guests that are started once the node is whole, if it did not start them itself, by vmid. */
function waitingGuests(context: Context): readonly number[] {
  const kinds: readonly Loan['kind'][] = ['guest-stopped', 'ha-stopped', 'guest-left'];
  return context.state().loans.flatMap((loan) => ('vmid' in loan && kinds.includes(loan.kind) ? [loan.vmid] : []));
}

async function lookAtHa(node: string, context: Context): Promise<readonly string[]> {
  const { ha } = context.seen();
  if (!ha.known || ha.value.kind === 'unused') return [];
  return missingInHa(node, await observeHa(atOwn(context), context.site.ports.clock.now()));
}

async function lookAtCeph(node: string, context: Context): Promise<readonly string[]> {
  const { ceph } = context.seen();
  if (!ceph.known || ceph.value.kind === 'absent') return [];
  const storesData = (ceph.value.osdsByHost[node] ?? []).length > 0;
  if (!storesData && ceph.value.monitors?.inQuorum.includes(node) !== true) return [];
  const now = await cephFacts(atOwn(context));
  if (!now.known) return [now.why];
  return storesData ? missingInCeph(now.value) : missingMonitors(now.value);
}
