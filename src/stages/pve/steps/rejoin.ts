/** The node is back when all is as it was before it left (facts 8.3): from inside, from its peers, and for longer than a moment. */
import { nodeServicesQuery, failedUnitsQuery } from '../../../clients/systemd.ts';
import { auditQuery } from '../../../clients/dpkg.ts';
import { askNamed } from '../../../clients/query.ts';
import { quorumQuery } from '../../../clients/quorum.ts';
import { zpoolQuery } from '../../../clients/zpool.ts';
import { membersQuery } from '../../../clients/pmxcfs.ts';
import { clusterResourcesQuery } from '../../../clients/cluster-resources.ts';
import { cephFacts } from '../../../clients/ceph.ts';
import type { RejoinStep } from '../../../model/step.ts';
import { at, atOwn, type Context } from '../../../run/context.ts';
import { observeHa } from '../../../run/discover.ts';
import type { Handler } from '../../../run/handler.ts';

export const rejoin: Handler<RejoinStep> = {
  remember: () => Promise.resolve({}),
  run: () => Promise.resolve(),
  satisfied: async (step, _remembered, context) => {
    const missing = (
      await Promise.all([
        missingInside(step, context),
        missingOutside(step, context),
        missingInHa(step.node, context),
        missingInCeph(step.node, context),
      ])
    ).flat();
    return missing.length === 0 ? { yes: true } : { yes: false, seen: missing.join('; ') };
  },
  pollMs: 1000,
  late: ({ node }, seen) => ({
    code: 'rejoin.deadline',
    reason: {
      what: `the cluster is not whole again after ${node} was patched`,
      seen,
      next: 'mend what was seen, on the machine it names, then: proxroll resume',
    },
  }),
};

/** What the node says of itself. */
async function missingInside({ node, before }: RejoinStep, context: Context): Promise<readonly string[]> {
  const lone = context.seen().membership.kind === 'lone';
  const { services, failed, audit, zfs, quorum } = await askNamed(at(context, node), {
    services: nodeServicesQuery,
    failed: failedUnitsQuery,
    audit: auditQuery,
    zfs: zpoolQuery,
    quorum: quorumQuery,
  });
  const missing: string[] = [];
  if (!services.known) missing.push(services.why);
  else
    missing.push(
      ...before.activeServices
        .filter((unit) => services.value[unit] !== 'active')
        .map((unit) => `${unit} on ${node} is ${services.value[unit] ?? 'not there'}`),
    );
  if (!failed.known) missing.push(failed.why);
  else
    missing.push(
      ...failed.value
        .filter((unit) => !before.failedUnits.includes(unit))
        .map((unit) => `${unit} on ${node} has failed and had not before`),
    );
  if (!audit.known) missing.push(audit.why);
  else if (audit.value !== '') missing.push(`dpkg on ${node} is not whole: ${audit.value}`);
  if (!zfs.known) missing.push(zfs.why);
  else if (zfs.value.kind === 'unhealthy') missing.push(`ZFS on ${node}: ${zfs.value.text}`);
  if (lone) return missing;
  if (!quorum.known) missing.push(quorum.why);
  else if (!quorum.value.quorate) missing.push(`${node} itself has no quorum`);
  return missing;
}

/** What the own node sees of it: member, quorate, its metrics flowing, its storages as before. */
async function missingOutside({ node, before }: RejoinStep, context: Context): Promise<readonly string[]> {
  const { members, resources } = await askNamed(atOwn(context), { members: membersQuery, resources: clusterResourcesQuery });
  const missing: string[] = [];
  if (!members.known) missing.push(members.why);
  else if (members.value.kind === 'cluster') {
    missing.push(
      ...members.value.nodes.filter((member) => !member.online).map((member) => `${member.name} is not a member of the cluster`),
    );
    if (!members.value.quorate) missing.push('the cluster has no quorum');
  }
  if (!resources.known) return [...missing, resources.why];
  const row = resources.value.nodes.find((candidate) => candidate.name === node);
  // Right after a boot the rows lack memory for some seconds; deciding on them would be deciding on nothing (measured).
  if (row === undefined || row.status !== 'online' || row.memoryBytes === undefined)
    missing.push(`${node} does not broadcast its state yet`);
  const available = new Set(
    resources.value.storages.filter((storage) => storage.node === node && storage.available).map((storage) => storage.storage),
  );
  missing.push(
    ...before.storages.filter((storage) => !available.has(storage)).map((storage) => `storage ${storage} is not available on ${node}`),
  );
  return missing;
}

async function missingInHa(node: string, context: Context): Promise<readonly string[]> {
  const { ha } = context.seen();
  if (!ha.known || ha.value.kind === 'unused') return [];
  const now = await observeHa(atOwn(context), context.site.ports.clock.now());
  if (now.kind === 'unused') return [];
  const seen = now.nodes[node];
  if (seen === undefined) return [`HA does not know ${node}`];
  const missing: string[] = [];
  if (seen.state !== 'online' && seen.state !== 'maintenance') missing.push(`HA says ${node} is ${seen.state}`);
  // An LRM that has been silent for 30 s counts as dead in Proxmox VE too (facts 4.2).
  if (seen.lrmAgeS > 30) missing.push(`the LRM of ${node} has been silent for ${Math.round(seen.lrmAgeS)} s`);
  const wrong = now.services.filter((service) => service.node === node && /^(error|fence|recovery)$/.test(service.state));
  return [...missing, ...wrong.map((service) => `HA service ${service.sid} is in state ${service.state}`)];
}

async function missingInCeph(node: string, context: Context): Promise<readonly string[]> {
  const { ceph } = context.seen();
  if (!ceph.known || ceph.value.kind === 'absent' || (ceph.value.osdsByHost[node] ?? []).length === 0) return [];
  const now = await cephFacts(atOwn(context));
  if (!now.known) return [now.why];
  if (now.value.kind === 'absent') return ['Ceph is not there any more'];
  const missing: string[] = [];
  if (now.value.osdsUp < now.value.osds) missing.push(`${now.value.osdsUp} of ${now.value.osds} OSDs are up`);
  if (now.value.unsettledPgs > 0) missing.push(`${now.value.unsettledPgs} placement groups are not active+clean yet`);
  return missing;
}
