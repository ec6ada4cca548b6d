/** Ceph must not move data away from a host that is only rebooting: noout for this host, not for the cluster (facts 5.4). */
import { cephFacts, okToStopQuery, setNoout } from '../../../clients/ceph.ts';
import { ask } from '../../../clients/query.ts';
import { Pause } from '../../../model/pause.ts';
import type { CephFacts } from '../../../model/snapshot.ts';
import type { ProtectOffStep, ProtectStep } from '../../../model/step.ts';
import { atOwn, type Context } from '../../../run/context.ts';
import type { Handler } from '../../../run/handler.ts';
import { Unseen } from '../../../run/passing.ts';

export const protect: Handler<ProtectStep, { osds: readonly string[]; wasSet: boolean }> = {
  // A flag that somebody else has set is not ours to take away later.
  remember: async ({ node }, context) => {
    const ceph = await cephNow(context);
    return { osds: (ceph.osdsByHost[node] ?? []).map(String), wasSet: ceph.nooutHosts.includes(node) };
  },
  run: async ({ node }, { osds, wasSet }, context) => {
    const safety = await ask(atOwn(context), okToStopQuery(osds.map(Number)));
    if (!safety.safe)
      throw new Pause('protect.failed', {
        what: `Ceph says that the OSDs of ${node} must not stop now`,
        seen: safety.why,
        next: 'wait until ceph -s shows all placement groups active+clean, then: proxroll resume',
      });
    if (wasSet) return;
    await context.record({ type: 'loan.taken', loan: { kind: 'noout', node } });
    await setNoout(atOwn(context), node, 'set');
  },
  satisfied: async ({ node }, _remembered, context) =>
    (await cephNow(context)).nooutHosts.includes(node) ? { yes: true } : { yes: false, seen: `noout is not set for ${node}` },
  pollMs: 2000,
  late: ({ node }, seen) => ({
    code: 'protect.failed',
    reason: { what: `Ceph was not told that ${node} will be away`, seen, next: 'look at ceph -s, then: proxroll resume' },
  }),
};

export const protectOff: Handler<ProtectOffStep> = {
  remember: () => Promise.resolve({}),
  run: async ({ node }, _remembered, context) => {
    if (loaned(node, context)) await setNoout(atOwn(context), node, 'unset');
  },
  satisfied: async ({ node }, _remembered, context) => {
    if (!loaned(node, context)) return { yes: true, detail: 'noout was set before us and stays' };
    if ((await cephNow(context)).nooutHosts.includes(node)) return { yes: false, seen: `noout is still set for ${node}` };
    await context.record({ type: 'loan.returned', loan: { kind: 'noout', node } });
    return { yes: true };
  },
  pollMs: 2000,
  late: ({ node }, seen) => ({
    code: 'protect.failed',
    reason: { what: `noout of ${node} could not be taken back`, seen, next: `ceph osd unset-group noout ${node}, then: proxroll resume` },
  }),
};

function loaned(node: string, context: Context): boolean {
  return context.state().loans.some((loan) => loan.kind === 'noout' && loan.node === node);
}

/** @throws Unseen when Ceph does not answer, Pause when it is gone: then nothing that needs it may go on */
async function cephNow(context: Context): Promise<Extract<CephFacts, { kind: 'present' }>> {
  const ceph = await cephFacts(atOwn(context));
  if (!ceph.known) throw new Unseen(ceph.why);
  if (ceph.value.kind === 'present') return ceph.value;
  throw new Pause('protect.failed', {
    what: 'Ceph does not say how it is',
    seen: 'there is no /etc/pve/ceph.conf any more',
    next: 'look at ceph -s, then: proxroll resume',
  });
}
