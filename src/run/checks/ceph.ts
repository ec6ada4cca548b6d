/** Ceph can do without one host now: nothing degraded, nothing down, no health code but those known to be harmless (facts 5.3). */
import type { CephFacts } from '../../model/snapshot.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { countText, listText, notKnown, severityOn } from './scope.ts';

/** What Proxmox VE itself passes over in rolling restarts. */
export const harmlessCephCodes: readonly string[] = [
  'MON_CLOCK_SKEW',
  'RECENT_CRASH',
  'TELEMETRY_CHANGED',
  'AUTH_INSECURE_GLOBAL_ID_RECLAIM',
  'AUTH_INSECURE_GLOBAL_ID_RECLAIM_ALLOWED',
  'BLUESTORE_DISK_SIZE_MISMATCH',
  'BLUESTORE_SLOW_OP_ALERT',
  'PG_NOT_SCRUBBED',
  'PG_NOT_DEEP_SCRUBBED',
  'LARGE_OMAP_OBJECTS',
];

export const checkCeph: Check = (context) => {
  const { ceph } = context.snapshot;
  if (!ceph.known) return [notKnown('cluster', 'the health of Ceph is unknown', ceph.why)];
  return ceph.value.kind === 'absent' ? [] : health(ceph.value, context);
};

type PresentCeph = CephFacts & { readonly kind: 'present' };

function health(ceph: PresentCeph, context: CheckContext): readonly Said[] {
  const said: Said[] = [];
  const blocked = (what: string, seen: string, next: string): void =>
    void said.push({ severity: 'blocker', subject: 'cluster', what, seen, next });
  if (ceph.health === 'HEALTH_ERR')
    blocked(
      'Ceph is in error',
      `${ceph.health}: ${listText(ceph.checks)}`,
      'ceph health detail; no host may leave before that is repaired',
    );
  else if (ceph.health !== 'HEALTH_OK' && ceph.health !== 'HEALTH_WARN')
    said.push(notKnown('cluster', 'the health of Ceph is unknown', `it says ${ceph.health}, which this proxroll does not know`));
  if (ceph.osdsUp < ceph.osds)
    blocked(
      `${countText(ceph.osds - ceph.osdsUp, 'OSD')} of Ceph ${ceph.osds - ceph.osdsUp === 1 ? 'is' : 'are'} down`,
      `${ceph.osdsUp} of ${ceph.osds} are up`,
      'ceph osd tree down; bring them back and wait until Ceph is clean',
    );
  if (ceph.unsettledPgs > 0)
    blocked(
      `${countText(ceph.unsettledPgs, 'placement group')} of Ceph ${ceph.unsettledPgs === 1 ? 'is' : 'are'} not active+clean`,
      `health is ${ceph.health}`,
      'wait until ceph -s shows all of them active+clean',
    );
  const codes = ceph.checks.filter(
    (code) => !harmlessCephCodes.includes(code) && !context.config.harmless_ceph_checks.includes(code) && !isExplained(code, ceph),
  );
  if (codes.length > 0 && ceph.health !== 'HEALTH_ERR')
    blocked(
      'Ceph warns of something that may matter',
      `${ceph.health}: ${listText(codes)}`,
      codes.includes('OSDMAP_FLAGS')
        ? 'ceph health detail; take flags that were left behind away, such as: ceph osd unset noout'
        : 'ceph health detail; repair it, or say that it is harmless: harmless_ceph_checks in the config, or ceph health mute CODE',
    );
  said.push(...strangers(ceph, context), ...daemons(ceph, context));
  const foreign = ceph.nooutHosts.filter((host) => !context.ours.noout.includes(host));
  if (foreign.length > 0)
    said.push({
      severity: 'warning',
      subject: 'cluster',
      what: `somebody set noout for ${listText(foreign)}`,
      seen: 'it is not ours, so it stays as it is',
      next: `if it was left behind: ${foreign.map((host) => `ceph osd unset-group noout ${host}`).join('; ')}`,
    });
  return said;
}

/** Flags of single hosts are raised as one code; a noout of a host is the one we know. */
function isExplained(code: string, ceph: PresentCeph): boolean {
  return code === 'OSD_FLAGS' && ceph.nooutHosts.length > 0;
}

/**
 * OSDs are found by the host they stand below in the CRUSH tree, which is the node's name as a rule (facts 5.1). Below another name they may
 * be this node's, and nobody would ask whether they can be spared.
 */
function strangers({ osdsByHost }: PresentCeph, context: CheckContext): readonly Said[] {
  const nodes = context.snapshot.nodes.map(({ name }) => name);
  const others = Object.entries(osdsByHost).flatMap(([host, osds]) => (osds.length > 0 && !nodes.includes(host) ? [host] : []));
  if (others.length === 0) return [];
  return context.inQuestion.flatMap(({ name }) => {
    const own = (osdsByHost[name] ?? []).length > 0;
    // `pve1-ssd` beside `pve1`: the usual way to part the disks of one host.
    const mayBeIts = own ? others.filter((host) => host.startsWith(name) && /^[^A-Za-z0-9]/.test(host.slice(name.length))) : others;
    if (mayBeIts.length === 0) return [];
    const seen = `the CRUSH tree has OSDs below ${listText(mayBeIts)}, which is no node of this cluster${own ? '' : `, and none below ${name}`}`;
    return [notKnown(name, `it is unknown which OSDs live on ${name}`, seen, context.leaves(name) ? 'unknown' : 'warning')];
  });
}

/** Without a quorum of monitors all of Ceph stands still, and without a manager nobody sees how it is (facts 5.3, 5.4). */
function daemons({ monitors, managers }: PresentCeph, context: CheckContext): readonly Said[] {
  return context.inQuestion.flatMap(({ name }): readonly Said[] => {
    const said = (what: string, seen: string, next: string): Said => ({
      severity: severityOn(name, context),
      subject: name,
      what,
      seen,
      next,
    });
    const needed = monitors === undefined ? 0 : Math.floor(monitors.configured / 2) + 1;
    return [
      ...(monitors?.inQuorum.includes(name) === true && monitors.inQuorum.length - 1 < needed
        ? [
            said(
              `Ceph would lose the quorum of its monitors without ${name}`,
              `${monitors.inQuorum.length} of ${monitors.configured} are in quorum, and ${needed} are needed`,
              'bring the others back (ceph mon stat), or add a monitor on another node',
            ),
          ]
        : []),
      ...(managers?.active === name && managers.standbys.every((standby) => standby === name)
        ? [
            said(
              `Ceph would have no manager without ${name}`,
              'its manager is the active one, and there is no standby',
              'add a manager on another node: pveceph mgr create',
            ),
          ]
        : []),
    ];
  });
}
